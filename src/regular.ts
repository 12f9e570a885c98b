// The only way to read a file that somebody else may have put there.
// In: a path and a cap. Out: its bytes, or an error that names its kind.
// INVARIANT: opening never waits; the opened file is the checked one; a file
// that is not regular, or grows beyond the cap, is not read.

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
} from 'node:fs'
import { dirname, sep } from 'node:path'

/** Bytes that a config, a lock or a tokens file may have. */
export const MAX_BYTES = 16 * 2 ** 20

/** `code` as in Node's own errors; ours are `ENOTREG` and `EFBIG`. */
export class UnreadableError extends Error {
  readonly code: string
  readonly path: string

  constructor(code: string, path: string, what: string) {
    super(`${path} ${what}`)
    this.code = code
    this.path = path
  }
}

export function readRegular(path: string, cap = MAX_BYTES): Buffer {
  const descriptor = openRegular(path)
  try {
    return readUpTo(descriptor, path, cap)
  } finally {
    closeSync(descriptor)
  }
}

export function readRegularText(path: string, cap = MAX_BYTES): string {
  return readRegular(path, cap).toString('utf8')
}

/** Whether a file lies in the folder that its path names, or below: a link may
 * lead to any other place. */
export function isInside(path: string, folder = dirname(path)): boolean {
  const prefix = realpathSync(folder)
  const real = realpathSync(path)
  return real.startsWith(prefix.endsWith(sep) ? prefix : prefix + sep)
}

/** For readers without a cap: a read on this descriptor cannot hang. */
export function openRegular(path: string): number {
  // Without this flag a pipe without a writer would block the whole process.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
  const descriptor = openSync(path, flags)
  const status = fstatSync(descriptor)
  if (status.isFile()) return descriptor
  closeSync(descriptor)
  if (status.isDirectory()) {
    throw new UnreadableError('EISDIR', path, 'is a folder')
  }
  throw new UnreadableError('ENOTREG', path, 'is not a regular file')
}

/** Also for files with a wrong size: those of /proc, and those that grow. */
function readUpTo(descriptor: number, path: string, cap: number): Buffer {
  const { size } = fstatSync(descriptor)
  const chunks: Buffer[] = []
  let total = 0
  for (let next = Math.min(size, cap) + 1; ; next = 65_536) {
    const chunk = Buffer.allocUnsafe(next)
    const read = readSync(descriptor, chunk, 0, next, null)
    if (read === 0) return Buffer.concat(chunks, total)
    total += read
    if (total > cap) {
      const limit = `is larger than ${Math.floor(cap / 2 ** 20)} MiB`
      throw new UnreadableError('EFBIG', path, limit)
    }
    chunks.push(chunk.subarray(0, read))
  }
}
