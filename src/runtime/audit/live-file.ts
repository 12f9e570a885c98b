// The audit file that records are appended to.
// INVARIANT: a partial write is undone, at the latest before the next write, so
// that no line is cut.

import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nameRotated } from '../../contract/audit-files.ts'

export class LiveFile {
  readonly path: string
  /** False for a pipe or a terminal: it cannot be resumed or rotated. */
  readonly isRegular: boolean
  readonly #retire: (descriptor: number) => void
  #descriptor: number
  #size: number
  /** It may end in a partial line. */
  #hasPartialLine = false

  /** Opens it for appending (0600) and creates its folder. `retire` closes a
   * descriptor that is no longer used. */
  constructor(path: string, retire: (descriptor: number) => void) {
    this.path = path
    this.#retire = retire
    mkdirSync(dirname(path), { recursive: true })
    this.#descriptor = openSync(path, 'a', 0o600)
    const stats = fstatSync(this.#descriptor)
    this.isRegular = stats.isFile()
    this.#size = stats.size
  }

  get descriptor(): number {
    return this.#descriptor
  }

  get size(): number {
    return this.#size
  }

  /** Reads the size again, after another writer. */
  measure(): void {
    this.#size = fstatSync(this.#descriptor).size
  }

  put(bytes: Buffer): Error | null {
    let written = 0
    try {
      if (this.#hasPartialLine) this.#undoPartialLine()
      while (written < bytes.length) {
        written += writeSync(this.#descriptor, bytes, written)
      }
      this.#size += written
      return null
    } catch (error) {
      this.#hasPartialLine ||= written > 0
      try {
        if (this.#hasPartialLine) this.#undoPartialLine()
      } catch {
        // The next write tries again.
      }
      return error as Error
    }
  }

  #undoPartialLine(): void {
    ftruncateSync(this.#descriptor, this.#size)
    this.#hasPartialLine = false
  }

  /** Renames it to the instant `at` and opens a new file. `sync`: waits until
   * both are on disk. */
  rotate(at: number, sync: boolean): void {
    const folder = dirname(this.path)
    const name = nameRotated(basename(this.path), at, readdirSync(folder))
    const old = this.#descriptor
    if (sync) fdatasyncSync(old)
    renameSync(this.path, join(folder, name))
    try {
      this.#descriptor = openSync(this.path, 'ax', 0o600)
    } catch (error) {
      renameSync(join(folder, name), this.path)
      throw error
    }
    this.#size = 0
    this.#retire(old)
    if (sync) syncFolder(folder)
  }

  close(): void {
    this.#retire(this.#descriptor)
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
