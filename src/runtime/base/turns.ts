// Processes large bodies one after another, with pauses for other requests.
// INVARIANT: after each body follows a pause of twice its time, at most 200 ms;
// tokens take turns.

import type { Clock } from './clock.ts'

/** Bytes; smaller bodies are processed at once. */
export const LARGE = 256 * 1024

/** The pause after a body, as a multiple of its time; the longest pause. */
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
    // After all other owners.
    if (works.length > 0) this.#waiting.set(owner, works)
    return work
  }
}
