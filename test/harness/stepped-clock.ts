// A clock of the machine that a test moves on; housekeeping runs at its steps
// only.
// In: milliseconds to move on. Out: a clock for a gateway.
// INVARIANT: tokens do not expire by a step, which moves no `now`.

import type { Clock } from '../../src/runtime/base/clock.ts'

export interface SteppedClock extends Clock {
  /** Moves on; what housekeeping does every second was done when it returns. */
  step(ms: number): void
}

/** In ticks of housekeeping. */
const SECOND = 10

export function makeSteppedClock(): SteppedClock {
  let ahead = 0
  const running = new Set<() => void>()
  return {
    now: Date.now,
    monotonic: () => performance.now() + ahead,
    every: (_, run) => {
      running.add(run)
      return () => running.delete(run)
    },
    step: (ms) => {
      ahead += ms
      for (let tick = 0; tick < SECOND; tick++) for (const run of running) run()
    },
  }
}
