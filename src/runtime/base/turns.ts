// Large bodies, one after another, with time for everybody else in between.
// In: whose a body is, what is to be done with it. Out: it is done, in turn.
// INVARIANT: they take a third of the time at most; tokens take turns.

import type { Clock } from './clock.ts'

/** Bytes: less is judged at once. */
export const LARGE = 256 * 1024

/** How long others have, beside what a body took; and at most. */
const REST = 2
const LONGEST_REST_MS = 200

export class Turns {
  readonly #clock: Clock
  readonly #waiting = new Map<string, (() => void)[]>()
  #busy = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(owner: string, work: () => void): void {
    const own = this.#waiting.get(owner)
    if (own) own.push(work)
    else this.#waiting.set(owner, [work])
    if (this.#busy) return
    this.#busy = true
    setImmediate(() => this.#take())
  }

  #take(): void {
    const work = this.#next()
    if (!work) {
      this.#busy = false
      return
    }
    const began = this.#clock.monotonic()
    work()
    const rest = REST * (this.#clock.monotonic() - began)
    setTimeout(() => this.#take(), Math.min(rest, LONGEST_REST_MS))
  }

  #next(): (() => void) | undefined {
    const [first] = this.#waiting
    if (!first) return undefined
    const [owner, works] = first
    const work = works.shift()
    this.#waiting.delete(owner)
    // Behind all others.
    if (works.length > 0) this.#waiting.set(owner, works)
    return work
  }
}
