// Durations of many calls in little memory.
// In: milliseconds, one after another. Out: their sum, median and p95.
// INVARIANT: exact for a few; for more, wrong by at most 2.2 %, in a fixed
// number of bytes.

/** This many are stored exactly. */
const FEW = 256

/** Steps in which a duration doubles, and doublings from 1 µs to a month. */
const STEPS = 16
const DOUBLINGS = 42

export class Durations {
  sum = 0
  #few: number[] | undefined = []
  #buckets: Uint32Array | undefined
  #count = 0

  add(ms: number): void {
    this.sum += ms
    this.#count++
    if (this.#few && this.#few.length < FEW) {
      this.#few.push(ms)
      return
    }
    for (const one of this.#few ?? []) this.#sort(one)
    this.#few = undefined
    this.#sort(ms)
  }

  /** Undefined without any. */
  quantile(share: number): number | undefined {
    if (this.#count === 0) return undefined
    const rank = Math.ceil(this.#count * share) - 1
    if (this.#few) return [...this.#few].sort((a, b) => a - b)[rank]
    let before = 0
    const index = (this.#buckets ?? []).findIndex((own: number) => {
      before += own
      return before > rank
    })
    return (2 ** ((index + 0.5) / STEPS) - 1) / 1000
  }

  #sort(ms: number): void {
    this.#buckets ??= new Uint32Array(STEPS * DOUBLINGS)
    const step = Math.floor(Math.log2(ms * 1000 + 1) * STEPS)
    const index = Math.min(Math.max(step, 0), this.#buckets.length - 1)
    this.#buckets[index] = (this.#buckets[index] as number) + 1
  }
}
