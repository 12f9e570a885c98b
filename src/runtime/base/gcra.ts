// The generic cell rate algorithm: one theoretical arrival for each bucket.
// In: a rate, an arrival, the time. Out: the next arrival, or how long to wait.
// INVARIANT: pure; the clock is the caller's, monotonic milliseconds.

import type { Limit, Per } from '../../contract/table.ts'

export type Rate = NonNullable<Limit['rate']>

const PER_MS: Readonly<Record<Per, number>> = Object.freeze({
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
})

/** Milliseconds in which one call of a rate comes back. */
export function intervalOf({ per, calls }: Rate): number {
  return PER_MS[per] / calls
}

/** One step of GCRA: the next theoretical arrival, or how long to wait. */
export function arrive(
  rate: Rate,
  arrival: number | undefined,
  now: number,
): { readonly arrival: number; readonly wait: number } {
  const interval = intervalOf(rate)
  const due = Math.max(arrival ?? now, now)
  const wait = due - now - interval * (rate.burst - 1)
  // Sums of fractional intervals drift by less than a microsecond.
  return { arrival: due + interval, wait: wait > 1e-3 ? wait : 0 }
}
