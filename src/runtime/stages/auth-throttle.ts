// How fast one address is told that it guessed wrong.
// In: a refusal of a token that nobody has. Out: the same, now or later, or a
// closed connection.
// INVARIANT: a good token never comes here, and what is said stays the same.

import type { ServerResponse } from 'node:http'
import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import type { Rate } from '../base/gcra.ts'
import { arrive } from '../base/gcra.ts'

/** Wrong tokens of one address. */
const WRONG: Rate = Object.freeze({ calls: 1, per: 'second', burst: 60 })

/** Nobody waits longer, nor do more wait. */
const PATIENCE_MS = 5_000
const MAX_WAITING = 1_000
const MAX_ADDRESSES = 10_000

interface Waiting {
  readonly due: number
  readonly answer: () => void
}

/** The answer stays the 401 that it always is: behind a proxy many share an
 * address, and none of them may read in it what another did. */
export class AuthThrottle {
  readonly #clock: Clock
  /** Address → when its next guess is due, monotonic. */
  readonly #due = createCache<string, number>(MAX_ADDRESSES)
  #waiting: Waiting[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  pace(ip: string, response: ServerResponse, answer: () => void): void {
    const address = nameNetwork(ip)
    const now = this.#clock.monotonic()
    const { arrival, wait } = arrive(WRONG, this.#due.get(address), now)
    const full = this.#waiting.length >= MAX_WAITING
    if (wait > PATIENCE_MS || (wait > 0 && full)) {
      response.destroy()
      return
    }
    this.#due.set(address, arrival)
    if (wait <= 0) answer()
    else this.#waiting.push({ due: now + wait, answer })
  }

  /** Answers whose time has come. */
  tick(now: number): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = waiting.filter(({ due }) => due > now)
    for (const { due, answer } of waiting) if (due <= now) answer()
  }
}

/** Who has an address of IPv6 has 2^64 of them. */
function nameNetwork(ip: string): string {
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
