// The codes by which an operator proves on a page that they hold the admin token.
// In: a server. Out: a code, once; whether a given one is right.
// INVARIANT: a code opens one sign-in of one server, within ten minutes and five
// tries; it is kept in memory only.

import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../base/clock.ts'

const GOOD_MS = 600_000
const TRIES = 5

/** Without signs that look alike: 32 of them, so that each byte is fair. */
const SIGNS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const LENGTH = 8

interface Issued {
  readonly digest: Buffer
  /** Monotonic milliseconds. */
  readonly until: number
  tries: number
}

export class OperatorCodes {
  readonly #clock: Clock
  readonly #issued = new Map<string, Issued>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Replaces an earlier code of the server. `expires`: wall clock. */
  issue(server: string): { readonly code: string; readonly expires: number } {
    const signs = [...randomBytes(LENGTH)].map((byte) => SIGNS[byte % 32])
    const code = `${signs.slice(0, 4).join('')}-${signs.slice(4).join('')}`
    const until = this.#clock.monotonic() + GOOD_MS
    this.#issued.set(server, { digest: digest(code), until, tries: 0 })
    return { code, expires: this.#clock.now() + GOOD_MS }
  }

  /** Whether it is the code of the server, which is then used up. */
  take(server: string, given: string): boolean {
    const issued = this.#issued.get(server)
    const same = timingSafeEqual(issued?.digest ?? NO_CODE, digest(given))
    if (!issued) return false
    if (this.#clock.monotonic() >= issued.until) {
      this.#issued.delete(server)
      return false
    }
    issued.tries++
    if (same || issued.tries >= TRIES) this.#issued.delete(server)
    return same
  }
}

/** As people type it: in small letters, without the hyphen. */
function digest(code: string): Buffer {
  return hash('sha256', code.toUpperCase().replace(/[\s-]/g, ''), 'buffer')
}

const NO_CODE = Buffer.alloc(32)
