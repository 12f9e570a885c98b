// The pause before the next attempt: doubled each time, with jitter.
// INVARIANT: attempts that fail at the same time are not repeated at the same
// time.

export class Backoff {
  readonly #first: number
  readonly #most: number
  readonly #random: () => number
  #pause: number

  /** `random` returns numbers from 0 up to 1. */
  constructor(first: number, most: number, random: () => number = Math.random) {
    this.#first = first
    this.#most = most
    this.#random = random
    this.#pause = first
  }

  /** Returns half to all of the pause, and doubles it. */
  next(): number {
    const pause = this.#pause
    this.#pause = Math.min(2 * pause, this.#most)
    return pause * (0.5 + this.#random() / 2)
  }

  reset(): void {
    this.#pause = this.#first
  }
}
