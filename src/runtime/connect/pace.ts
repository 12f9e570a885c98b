// Bounds how often an address is refused, and how often a person acts.
// In: an address or a token. Out: how long it must wait; 0: not at all.
// INVARIANT: memory is bounded, whatever addresses come; what others at the same
// address do keeps nobody from a sign-in of their own.

import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import { countArrival, type Rate } from '../base/gcra.ts'
import { nameNetwork } from '../stages/auth-throttle.ts'

const RATE: Rate = Object.freeze({ calls: 1, per: 'second', burst: 60 })

const MAX_KEYS = 10_000

export class Pace {
  readonly #clock: Clock
  /** Key → theoretical arrival time, monotonic. */
  readonly #refusals = createCache<string, number>(MAX_KEYS)
  readonly #acts = createCache<string, number>(MAX_KEYS)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds; what must wait is not counted. */
  chargeRefusal(ip: string): number {
    return this.#charge(this.#refusals, nameNetwork(ip))
  }

  chargeAct(token: string): number {
    return this.#charge(this.#acts, token)
  }

  #charge(due: ReturnType<typeof createCache<string, number>>, key: string) {
    const now = this.#clock.monotonic()
    const { arrival, wait } = countArrival(RATE, due.get(key), now)
    if (wait > 0) return wait
    due.set(key, arrival)
    return 0
  }
}
