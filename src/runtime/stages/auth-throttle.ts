// Delays the refusals of an address that sends many unknown tokens.
// INVARIANT: a request with a good token is never delayed; a delayed refusal
// stays the same 401.

import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import type { Rate } from '../base/gcra.ts'
import { countArrival } from '../base/gcra.ts'
import type { HttpResponse } from '../http/request-response.ts'

/** Refusals of one address. */
const REFUSALS: Rate = Object.freeze({ calls: 1, per: 'second', burst: 60 })

/** Bounds of a delay, of delayed refusals and of addresses. */
const MAX_DELAY_MS = 5_000
const MAX_DELAYED = 1_000
const MAX_ADDRESSES = 10_000

interface Delayed {
  readonly due: number
  readonly answer: () => void
}

/** Only the delay grows, never the answer: clients behind one proxy share an
 * address and must not learn what another client did. */
export class AuthThrottle {
  readonly #clock: Clock
  /** Address → theoretical arrival time of its next refusal, monotonic. */
  readonly #due = createCache<string, number>(MAX_ADDRESSES)
  #delayed: Delayed[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `busy`: what is sent in place of no answer at all. */
  pace(
    ip: string,
    response: HttpResponse,
    answer: () => void,
    busy?: () => void,
  ): void {
    const address = nameNetwork(ip)
    const now = this.#clock.monotonic()
    const { arrival, wait } = countArrival(
      REFUSALS,
      this.#due.get(address),
      now,
    )
    const full = this.#delayed.length >= MAX_DELAYED
    if (wait > MAX_DELAY_MS || (wait > 0 && full)) {
      if (busy) busy()
      else response.destroy()
      return
    }
    this.#due.set(address, arrival)
    if (wait <= 0) answer()
    else this.#delayed.push({ due: now + wait, answer })
  }

  /** Whether the next refusal of an address would be no answer: nothing is asked
   * of others for it then. */
  isOver(ip: string): boolean {
    const due = this.#due.get(nameNetwork(ip))
    const { wait } = countArrival(REFUSALS, due, this.#clock.monotonic())
    return wait > MAX_DELAY_MS
  }

  /** Sends the answers that are due. */
  tick(now: number): void {
    if (this.#delayed.length === 0) return
    const delayed = this.#delayed
    this.#delayed = delayed.filter(({ due }) => due > now)
    for (const { due, answer } of delayed) if (due <= now) answer()
  }
}

/** One holder of IPv6 addresses has 2^64 of them: their /64 counts as one. */
export function nameNetwork(ip: string): string {
  if (!ip.includes(':') || ip.startsWith('::ffff:')) return ip
  const [head = '', tail] = ip.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [
    ...left,
    ...Array.from({ length: zeros }, () => '0'),
    ...right,
  ]
  return groups.slice(0, 4).join(':')
}
