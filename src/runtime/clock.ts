// Time, as the runtime sees it.
// In: nothing. Out: a wall clock for records and expiry, a monotonic one for
// limits and deadlines.
// INVARIANT: no other file of the runtime asks the machine for the time.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds that never run backwards, fractions included. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
