// Group commit for `audit.fsync`: many answers wait for one fdatasync.
// INVARIANT: a callback runs after an fdatasync that began after its record was
// written; a descriptor is not closed during one.

import { closeSync, fdatasync, fdatasyncSync } from 'node:fs'
import type { Waiting } from './log.ts'

type Release = (waiting: readonly Waiting[], failure: Error | null) => void

export class GroupCommit {
  readonly #release: Release
  /** Callbacks of records that no commit covers yet. */
  #waiting: Waiting[] = []
  /** Callbacks of the current commit, if there is one. */
  #running: readonly Waiting[] | undefined
  #retired: number[] = []

  constructor(release: Release) {
    this.#release = release
  }

  /** Adds callbacks; those that come during a commit wait for the next. */
  hold(waiting: readonly Waiting[], descriptor: () => number): void {
    this.#waiting.push(...waiting)
    if (!this.#running && this.#waiting.length > 0) this.#begin(descriptor)
  }

  #begin(descriptor: () => number): void {
    this.#running = this.#waiting
    this.#waiting = []
    fdatasync(descriptor(), (failure) => {
      const running = this.#running ?? []
      this.#running = undefined
      for (const one of this.#retired.splice(0)) closeSync(one)
      this.#release(running, failure)
      if (!this.#running) this.hold([], descriptor)
    })
  }

  /** Syncs now, and calls all callbacks. */
  syncNow(descriptor: number): void {
    const waiting = [...(this.#running ?? []), ...this.#waiting]
    if (waiting.length === 0) return
    this.#waiting = []
    if (this.#running) this.#running = []
    let failure: Error | null = null
    try {
      fdatasyncSync(descriptor)
    } catch (error) {
      failure = error as Error
    }
    this.#release(waiting, failure)
  }

  /** Closes a descriptor after the current commit. */
  retire(descriptor: number): void {
    if (this.#running) this.#retired.push(descriptor)
    else closeSync(descriptor)
  }
}
