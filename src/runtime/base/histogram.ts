// Counts durations in buckets.
// INVARIANT: observing allocates nothing.

/** Seconds. Bounds for calls: from cached answers to long reports. */
export const CALLS: readonly number[] = Object.freeze([
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
])

/** Seconds. Bounds for writes to disk. */
export const WRITES: readonly number[] = Object.freeze([
  0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5,
])

export class Histogram {
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[]
  /** Counts per bucket, not cumulative; the last is above all bounds. */
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(seconds: number): void {
    const { bounds, counts } = this
    let at = 0
    while (at < bounds.length && seconds > (bounds[at] as number)) at++
    counts[at] = (counts[at] as number) + 1
    this.sum += seconds
  }
}
