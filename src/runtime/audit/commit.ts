// `audit.fsync`: answers wait for the disk itself, many for one commit.
// In: who waits for what was written. Out: they are told, once it is synced.
// INVARIANT: nobody is told before an fdatasync that began after their record
// was written has ended; a descriptor is not closed under one.

import { closeSync, fdatasync, fdatasyncSync } from 'node:fs'
import type { Done } from './log.ts'

type Release = (waiting: readonly Done[], failure: Error | null) => void

export class GroupCommit {
  readonly #release: Release
  /** Written, and not yet in any commit. */
  #waiting: Done[] = []
  /** In the commit under way, if one is. */
  #running: readonly Done[] | undefined
  #retired: number[] = []

  constructor(release: Release) {
    this.#release = release
  }

  /** What gathers while one commit runs is the next one. */
  hold(waiting: readonly Done[], descriptor: () => number): void {
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

  /** All that is written, now. */
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

  /** Closes a descriptor when nothing syncs it any more. */
  retire(descriptor: number): void {
    if (this.#running) this.#retired.push(descriptor)
    else closeSync(descriptor)
  }
}
