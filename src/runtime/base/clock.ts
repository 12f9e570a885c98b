// Time, as the runtime sees it.
// Out: a wall clock for records and expiry, a monotonic one for limits.
// INVARIANT: records, expiry, limits and deadlines of calls go by this clock;
// what only paces the gateway itself (a drain, a probe) may ask the machine.

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
