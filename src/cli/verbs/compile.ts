// `gateway compile`: the routing table, for a host without the config.
// In: the config and its imports. Out: one artefact, as JSON.
// INVARIANT: offline; with errors nothing is written, and an existing file
// stays.

import { dirname, resolve } from 'node:path'
import type { Artefact } from '../../contract/table.ts'
import { json, plain, plainLines, type Shown } from '../../diagnostics/shown.ts'
import { compileConfig, tellFindings } from '../compiled.ts'
import type { CompileDocument } from '../documents/setup.ts'
import { writeFiles } from '../files.ts'
import { formOption } from '../reports.ts'
import { say } from '../say.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../verb.ts'

interface CompileVerbOptions extends ConfigOptions {
  readonly out?: string
  readonly report: 'human' | 'json'
}

export const compile: Verb<CompileVerbOptions> = {
  name: 'compile',
  summary: 'compile the config to a routing table',
  schemas: ['compile', 'table'],
  help: {
    reads:
      'the config, what it imports, the tokens file and the lock; no secret ' +
      'and no environment',
    writes: 'the file that --out names',
    contacts: 'nothing',
    exits: [
      'written',
      'the config has findings of severity error; nothing is written',
      'wrong usage, no config, or a file that cannot be read or written',
    ],
    examples: [
      'gateway compile -o table.json && gateway serve table.json',
      'gateway compile | jq -r .digest',
    ],
  },
  configure(command) {
    configOptions(command).option(
      '-o, --out <file>',
      'where to write it (default: standard output)',
    )
    formOption(command, ['human', 'json'])
  },
  async run(_args, { out, report, ...options }, io) {
    const compiled = await compileConfig(options, io, { places: 'always' })
    const { artefact, root } = compiled
    const exit = tellFindings(compiled, io)
    if (!artefact) return exit
    if (out === undefined || out === '-') say(io.stdout, json(artefact))
    else {
      writeTable(out, artefact, root, io)
      if (report === 'json') say(io.stdout, renderWritten(out, artefact, io))
    }
    return 0
  },
}

function renderWritten(written: string, { digest }: Artefact, io: Io): Shown {
  const { findings: diagnostics } = io.failure
  const object: CompileDocument = {
    formatVersion: 1,
    command: 'compile',
    written,
    digest,
    diagnostics,
  }
  return json(object)
}

function writeTable(
  out: string,
  artefact: Artefact,
  root: string,
  io: Io,
): void {
  const path = resolve(io.cwd, out)
  writeFiles([{ path, name: out, text: json(artefact).toString() }])
  say(io.stderr, plain`wrote ${out}, table ${artefact.digest.slice(0, 12)}\n`)
  if (dirname(path) === root) return
  say(
    io.stderr,
    plainLines([
      'the table is not in the folder of the config: its relative paths (cwd, audit, ' +
        'key, file: secrets) start at the folder of the table',
    ]),
  )
}
