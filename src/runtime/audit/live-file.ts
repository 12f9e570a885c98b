// The file that is appended to now.
// In: bytes. Out: all of them in the kernel's hands, or none.
// INVARIANT: a write that fails half-way is taken back, at the latest before
// the next one, so that no line is cut.

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
  /** Else a pipe, a terminal, `/dev/full`: nothing to resume or to rotate. */
  readonly isRegular: boolean
  readonly #retire: (descriptor: number) => void
  #descriptor: number
  #size: number
  /** It may end in a cut line. */
  #torn = false

  /** Opens it for appending (0600), its folder included. `retire` closes a
   * descriptor that is no longer written to. */
  constructor(path: string, retire: (descriptor: number) => void) {
    this.path = path
    this.#retire = retire
    mkdirSync(dirname(path), { recursive: true })
    this.#descriptor = openSync(path, 'a', 0o600)
    const { size } = fstatSync(this.#descriptor)
    this.isRegular = fstatSync(this.#descriptor).isFile()
    this.#size = size
  }

  get descriptor(): number {
    return this.#descriptor
  }

  get size(): number {
    return this.#size
  }

  /** After somebody else wrote to it. */
  measure(): void {
    this.#size = fstatSync(this.#descriptor).size
  }

  put(bytes: Buffer): Error | null {
    let written = 0
    try {
      if (this.#torn) this.#takeBack()
      while (written < bytes.length) {
        written += writeSync(this.#descriptor, bytes, written)
      }
      this.#size += written
      return null
    } catch (error) {
      this.#torn ||= written > 0
      try {
        if (this.#torn) this.#takeBack()
      } catch {
        // Before the next write it is tried again.
      }
      return error as Error
    }
  }

  #takeBack(): void {
    ftruncateSync(this.#descriptor, this.#size)
    this.#torn = false
  }

  /** Gives it the name of the instant `at`, and begins another. `sync`: what
   * was written, and both names, reach the disk itself. */
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
