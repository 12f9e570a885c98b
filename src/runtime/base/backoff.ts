// How long to wait before the next attempt at what keeps failing.
// In: attempts, one after another. Out: milliseconds, ever more of them.
// INVARIANT: many that fail together do not come back together.

export class Backoff {
  readonly #first: number
  readonly #most: number
  readonly #chance: () => number
  #pause: number

  /** `chance` gives numbers from 0 up to 1. */
  constructor(first: number, most: number, chance: () => number = Math.random) {
    this.#first = first
    this.#most = most
    this.#chance = chance
    this.#pause = first
  }

  /** Between half of the pause and all of it; the next one is twice as long. */
  next(): number {
    const pause = this.#pause
    this.#pause = Math.min(2 * pause, this.#most)
    return pause * (0.5 + this.#chance() / 2)
  }

  reset(): void {
    this.#pause = this.#first
  }
}
