// Reviewed tables: the digests given by `--digest`.
// In: a digest, or `file:` and a file of digests. Out: a source that accepts no
// other table.
// INVARIANT: the file is read again for each table.

import { resolve } from 'node:path'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { finding } from '../diagnostics/report.ts'
import { plain, plainLines } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { readRegularText } from '../regular.ts'
import type { Reading, Source } from './source.ts'
import type { Io } from './verb.ts'

const DIGEST = /^[0-9a-f]{64}$/

const FILE_BYTES = 2 ** 20

export interface Pins {
  /** Absolute; absent if the digest itself was given. */
  readonly file?: string
  readonly admits: (digest: string) => boolean
}

function readPins(named: string, io: Io): Pins {
  const [, path] = /^file:(.+)$/.exec(named) ?? []
  if (path === undefined) {
    const digest = named.toLowerCase()
    if (DIGEST.test(digest)) return { admits: (one) => one === digest }
    throw new Unanswerable(
      plain`--digest ${named}: neither 64 hexadecimal digits nor file:PATH`,
    )
  }
  const file = resolve(io.cwd, path)
  const digests = new Set(readLines(file))
  return { file, admits: (one) => digests.has(one) }
}

/** One digest on each line; text after `#` is a comment. */
function readLines(file: string): readonly string[] {
  let text: string
  try {
    text = readRegularText(file, FILE_BYTES)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw new Unanswerable(plain`cannot read ${file} (${code})`)
  }
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().toLowerCase())
    .filter((line) => line !== '')
}

export function pinSource(source: Source, named: string, io: Io): Source {
  return { read: async () => pin(await source.read(), named, io) }
}

function pin(reading: Reading, named: string, io: Io): Reading {
  const { artefact, files } = reading
  let pins: Pins
  try {
    pins = readPins(named, io)
  } catch (error) {
    if (!(error instanceof Unanswerable)) throw error
    return refuse(reading, String(error.message), 2)
  }
  const watched = pins.file ? [...files, pins.file] : files
  const pinned = { ...reading, files: watched }
  if (!artefact || pins.admits(artefact.digest)) return pinned
  const { code, message } = describeUnpinned(artefact.digest, named)
  return refuse(pinned, `${code}  ${message}`, 1)
}

function refuse(reading: Reading, what: string, exit: 1 | 2): Reading {
  const help =
    'review the change, then give its digest: `gateway compile | jq -r .digest`'
  return {
    ...reading,
    artefact: undefined,
    report: plainLines([`error: ${what}`, `help: ${help}`]),
    findings: [...reading.findings, what],
    exit,
  }
}

/** For `check`: nothing, or a finding that the table is another one. */
export function findUnpinned(
  digest: string,
  named: string,
  io: Io,
): readonly Diagnostic[] {
  return readPins(named, io).admits(digest)
    ? []
    : [describeUnpinned(digest, named)]
}

function describeUnpinned(digest: string, named: string): Diagnostic {
  const message = `the table has the digest ${digest}, which ${named} does not contain`
  return finding('GW6003', '', message)
}
