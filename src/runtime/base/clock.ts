// The clock that a gateway is given; tests give it another.
// Out: a wall clock for records and expiry, a monotonic one for limits.
// INVARIANT: audit times, token expiry, limits and deadlines of calls use it. What
// waits for a timer of Node (a drain, a new try, a probe) uses the machine's.

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
