// `gateway import`: a config from the files of MCP clients.
// In: files of clients. Out: gateway.config.ts, .env.example, and a report.
// INVARIANT: everything is written or nothing; no existing config is replaced
// without --force; no secret is written or printed.

import { existsSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { Option } from 'commander'
import { CONFIG_FILES } from '../../contract/formats.ts'
import { plain, plainLines, whole } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { readRegularText } from '../../regular.ts'
import { writeFiles } from '../files.ts'
import { IGNORE_FILE, planIgnored } from '../ignored.ts'
import { STARTERS, type Starter } from '../import/config-text.ts'
import {
  besideOf,
  EXAMPLE,
  exampleText,
  lookAround,
  readGivenFiles,
} from '../import/given.ts'
import { type Imported, importFiles } from '../import/import.ts'
import {
  renderImport,
  renderImportJson,
  tellDropped,
  tellUnread,
} from '../import/report.ts'
import { VALUES, writeValues } from '../import/values-file.ts'
import { withProgress } from '../progress.ts'
import { reportOption, type Target, writeReports } from '../reports.ts'
import { say } from '../say.ts'
import type { Io, Verb } from '../verb.ts'

interface ImportOptions {
  readonly cwd?: string
  readonly out?: string
  readonly force?: boolean
  readonly tools: Starter
  readonly report?: readonly Target<'human' | 'json'>[]
}

const NAME = 'gateway.config.ts'

export const importClients: Verb<ImportOptions> = {
  name: 'import',
  summary: 'write a config from the files of MCP clients',
  schemas: ['import'],
  help: {
    reads:
      'the named files: of Cursor, Claude, VS Code, Windsurf, Zed, Codex, ' +
      'Gemini, Goose and others, a server.json, a catalogue of Docker; names ' +
      'in their envFile; versions of packages on this machine',
    writes:
      `${NAME}, or what --out names; ${EXAMPLE} with the names of secrets and ` +
      `no value, and ${VALUES} for the values if there is none; lines in ` +
      '.gitignore; with --out - only stdout',
    contacts: 'nothing',
    exits: [
      'the config is written; QUESTION stands where it needs a decision',
      'no server was found; a config exists already, and nothing was written; ' +
        'or `gateway check` finds errors in what was written',
      'wrong usage, or a file that cannot be read, parsed or written; nothing ' +
        'was written',
    ],
    examples: [
      'gateway import ~/.cursor/mcp.json .vscode/mcp.json',
      'gateway import claude_desktop_config.json --out -',
      'gateway import mcp.json --report json',
    ],
  },
  configure(command) {
    command
      .argument('<file...>', 'files of clients, - for stdin')
      .option('--cwd <folder>', 'folder to write to (default: the current one)')
      .option('--out <file>', `file to write, - for stdout (default: ${NAME})`)
      .option('--force', 'replace the file that is there')
      .addOption(toolsOption())
    reportOption(command, ['human', 'json'])
  },
  async run(paths, options, io) {
    const { out = NAME, report } = options
    if (out !== '-' && !/\.m?[tj]s$/.test(out)) {
      throw new Unanswerable(
        plain`--out ${out}: the config is TypeScript, so the name ends in .ts, .mts, .js or .mjs`,
      )
    }
    if (out === '-' && report?.some(({ file }) => file === undefined)) {
      throw new Unanswerable(
        '--out - and --report both write to stdout: write --report json=FILE',
      )
    }
    const folder = resolve(io.cwd, options.cwd ?? '.')
    const given = await readGivenFiles(paths, io)
    const target = resolve(folder, out === '-' ? NAME : out)
    const around = lookAround(dirname(target), paths, io)
    const imported = await withProgress(
      'looking for the versions of packages here',
      io,
      () => importFiles(given, around, options.tools),
    )
    return finishImport(imported, target, options, io)
  },
}

/** Also of `init`. */
export function toolsOption(): Option {
  const said =
    'what a starter role allows: all tools, or those whose names say that they read'
  return new Option('--tools <which>', said)
    .choices(Object.keys(STARTERS))
    .default('all')
}

function finishImport(
  imported: Imported,
  target: string,
  { out = NAME, force = false, report }: ImportOptions,
  io: Io,
): number {
  if (imported.unread.length > 0) {
    tellUnread(imported.unread, io)
    return 2
  }
  tellDropped(imported.dropped, io)
  const show = (written: readonly string[]) => {
    const reporting = {
      render: (form: 'human' | 'json') =>
        form === 'json'
          ? renderImportJson(imported, written)
          : renderImport(imported, written, {
              env: io.env,
              folder: relative(io.cwd, dirname(target)),
            }),
      verdict: `${imported.drafts.length} servers imported`,
    }
    writeReports(report, reporting, io)
  }
  if (imported.drafts.length === 0) {
    say(io.stderr, plain`no server is left to write; nothing was written\n`)
    if (out !== '-') show([])
    return 1
  }
  const failed = imported.findings.some(({ severity }) => severity === 'error')
  if (out === '-') {
    say(io.stdout, plainLines(imported.text.trimEnd().split('\n').map(whole)))
    say(io.stderr, renderImport(imported, [], { env: io.env, folder: '' }))
    return failed ? 1 : 0
  }
  const there = findConfig(target, force)
  if (there !== undefined) {
    say(
      io.stderr,
      plain`${there} exists already; nothing was written\nhelp: read the servers with --out -, and paste what you need into it; --force replaces ${basename(target)}\n`,
    )
    return 1
  }
  show(writeImport(imported, target))
  return failed ? 1 : 0
}

/** A second config in a folder is an error, also with --force. */
function findConfig(target: string, force: boolean): string | undefined {
  const own = basename(target)
  const names = CONFIG_FILES.includes(own) ? CONFIG_FILES : [own]
  return names
    .filter((name) => !force || name !== own)
    .find((name) => existsSync(join(dirname(target), name)))
}

export function writeImport(
  imported: Imported,
  target: string,
): readonly string[] {
  const { text, variables } = imported
  const example = besideOf(target)
  const before = existsSync(example) ? readRegularText(example) : ''
  const names = variables.filter(({ name }) => name !== 'HOME')
  const after = exampleText(before, names, basename(target))
  const files = [
    { path: target, name: basename(target), text },
    ...(after === before
      ? []
      : [{ path: example, name: EXAMPLE, text: after }]),
  ]
  const ignored = planIgnored(dirname(target))
  const isMore = ignored.added.length > 0
  const ignore = { path: ignored.file, name: IGNORE_FILE, text: ignored.text }
  // Before there is a file that must not be in a commit.
  writeFiles(isMore ? [...files, ignore] : files)
  const values = writeValues(dirname(target), imported)
  return [
    ...files.map(({ name }) => name),
    ...(values ? [VALUES] : []),
    ...(isMore ? [IGNORE_FILE] : []),
  ]
}
