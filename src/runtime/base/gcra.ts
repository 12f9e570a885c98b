// The generic cell rate algorithm: one theoretical arrival time per bucket.
// INVARIANT: pure; the caller gives the time, in monotonic milliseconds.

import type { Limit, Per } from '../../contract/table.ts'

export type Rate = NonNullable<Limit['rate']>

const PER_MS: Readonly<Record<Per, number>> = Object.freeze({
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
})

/** Milliseconds between two calls of a rate. */
export function intervalOf({ per, calls }: Rate): number {
  return PER_MS[per] / calls
}

/** One step: the next theoretical arrival time, or how long to wait. */
export function countArrival(
  rate: Rate,
  arrival: number | undefined,
  now: number,
): { readonly arrival: number; readonly wait: number } {
  const interval = intervalOf(rate)
  const due = Math.max(arrival ?? now, now)
  const exact = due - now - interval * (rate.burst - 1)
  // Sums of fractional times drift by less than a microsecond: a second would
  // else be told as two.
  const wait = Math.max(0, Math.round(exact * 1_000) / 1_000)
  return { arrival: due + interval, wait }
}
