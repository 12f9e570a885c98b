// Bounds how often one network registers clients, has documents fetched, or
// begins an authorization.
// In: an address. Out: how long it must wait; 0: not at all.
// INVARIANT: memory is bounded, whatever addresses come.

import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import { countArrival, type Rate } from '../base/gcra.ts'
import { nameNetwork } from '../stages/auth-throttle.ts'

/** Whose things make place for those of others: who has an IPv6 network has many
 * of those that are paced. */
export function nameSite(ip: string): string {
  const network = nameNetwork(ip)
  if (network === ip) return ip
  return network.split(':').slice(0, 3).join(':')
}

/** The block that a site is of: whoever has the whole of it has many sites. */
export function nameBlock(site: string): string {
  const [first = '', second = ''] = site.includes('.')
    ? site.replace(/^.*:/, '').split('.')
    : site.split(':')
  return `${first}:${second}`
}

/** A whole office may be behind one address. */
const RATES = Object.freeze({
  registration: { calls: 30, per: 'minute', burst: 60 },
  document: { calls: 30, per: 'minute', burst: 60 },
  visit: { calls: 300, per: 'minute', burst: 600 },
} satisfies Record<string, Rate>)

const MAX_KEYS = 10_000

export class LoginPace {
  readonly #clock: Clock
  /** Key → theoretical arrival time, monotonic. */
  readonly #due = createCache<string, number>(MAX_KEYS)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds; what must wait is not counted. */
  charge(what: keyof typeof RATES, ip: string): number {
    const key = `${what} ${nameNetwork(ip)}`
    const now = this.#clock.monotonic()
    const { arrival, wait } = countArrival(RATES[what], this.#due.get(key), now)
    if (wait > 0) return wait
    this.#due.set(key, arrival)
    return 0
  }
}
