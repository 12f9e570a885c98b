// The head file: a copy of the last checkpoint, beside the audit file.
// In: a checkpoint's line and where it stands. Out: the file, replaced whole.
// INVARIANT: never names a checkpoint that is not in the trail, so a trail
// that lacks it has lost its end.

import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'

export interface Head {
  /** The checkpoint's line, without its newline. */
  readonly line: string
  /** Where it begins in the file that was live; -1 before the first one. */
  readonly offset: number
}

export function headOf(file: string): string {
  return `${file}.head`
}

/** `sync`: to the disk itself. */
export function writeHead(
  file: string,
  { line, offset }: Head,
  sync: boolean,
): void {
  const target = headOf(file)
  const descriptor = openSync(`${target}.new`, 'w', 0o600)
  try {
    writeSync(descriptor, `${line}\n${offset}\n`)
    if (sync) fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${target}.new`, target)
}

/** Absent: there is none, or it is no head. */
export function readHead(path: string): Head | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const [line = '', offset] = text.split('\n')
  return offset === undefined ? undefined : { line, offset: Number(offset) }
}
