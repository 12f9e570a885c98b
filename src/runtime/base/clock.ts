// The clock of a gateway; tests inject another.
// INVARIANT: audit times, token expiry, limits and deadlines of calls use it.
// Timers (a drain, a retry, a probe) use the machine's clock; the timer of
// housekeeping uses this one if it has `every`.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds that never go backwards, with fractions. */
  monotonic(): number
  /** Calls `run` every `ms` until the returned function is called. A clock
   * without it uses the machine's timer. */
  every?(ms: number, run: () => void): () => void
}

export const systemClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  every: (ms: number, run: () => void) => {
    const timer = setInterval(run, ms)
    return () => clearInterval(timer)
  },
} satisfies Clock
