// The clock of a gateway; tests inject another.
// INVARIANT: audit times, token expiry, limits and deadlines of calls use it.
// Timers (a drain, a retry, a probe) use the machine's clock.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds that never go backwards, with fractions. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
