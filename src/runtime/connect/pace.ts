// Bounds how often one address sends forms and returns from sign-ins.
// In: an address. Out: how long it must wait; 0: not at all.
// INVARIANT: memory is bounded, whatever addresses come.

import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import { countArrival, type Rate } from '../base/gcra.ts'
import { nameNetwork } from '../stages/auth-throttle.ts'

/** People behind one address share it. */
const RATE: Rate = Object.freeze({ calls: 1, per: 'second', burst: 60 })

const MAX_ADDRESSES = 10_000

export class Pace {
  readonly #clock: Clock
  /** Address → theoretical arrival time, monotonic. */
  readonly #due = createCache<string, number>(MAX_ADDRESSES)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds; a request that must wait is not counted. */
  charge(ip: string): number {
    const address = nameNetwork(ip)
    const now = this.#clock.monotonic()
    const { arrival, wait } = countArrival(RATE, this.#due.get(address), now)
    if (wait > 0) return wait
    this.#due.set(address, arrival)
    return 0
  }
}
