// Browsers on their way: from a client to us, to the provider, and back.
// In: an authorization request; a state. Out: what is known of it.
// INVARIANT: each counts only in the browser that began it, once, and for ten
// minutes; memory is bounded; one visit takes the place of no other.

import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import type { Departure } from './company.ts'
import type { KeptPerson } from './kept.ts'
import type { Place } from './redirects.ts'

const GOOD_MS = 600_000
const MAX = 10_000

/** An authorization request of a client. */
export interface Visit {
  readonly uid: string
  readonly browser: string
  readonly client: string
  /** As the client calls itself; '' for none. */
  readonly name: string
  readonly place: Place
  readonly prompt: string | undefined
  /** Whom the provider has named since. */
  person?: KeptPerson
  /** With which the browser left last: an earlier one counts no more. */
  state?: string
}

/** A browser that is at the provider now. */
export interface Away extends Departure {
  readonly browser: string
  /** The visit that it belongs to, or the page of accounts. */
  readonly to:
    | { readonly uid: string }
    | { readonly server: string | undefined }
}

export class Visits {
  readonly #clock: Clock
  readonly #visits = createCache<string, Visit & { until: number }>(MAX)
  readonly #away = createCache<string, Away & { until: number }>(MAX)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(visit: Visit): void {
    this.#visits.set(visit.uid, { ...visit, until: this.#until })
  }

  /** `browser`: the visit began in another one. */
  find(
    uid: string,
    browser: string | undefined,
  ): Visit | 'browser' | undefined {
    const visit = this.#visits.get(uid)
    if (!visit || visit.until <= this.#clock.monotonic()) return undefined
    return isSame(visit.browser, browser) ? visit : 'browser'
  }

  end({ uid }: Visit): void {
    this.#visits.delete(uid)
  }

  depart(
    browser: string,
    to: Away['to'],
    prompt: string | undefined,
  ): Departure {
    const [state, nonce, verifier] = [makeRandom(), makeRandom(), makeRandom()]
    const departure = { state, nonce, verifier, prompt }
    const until = this.#until
    const visit = 'uid' in to ? this.#visits.get(to.uid) : undefined
    if (visit?.state !== undefined) this.#away.delete(visit.state)
    if (visit) visit.state = state
    this.#away.set(state, { ...departure, browser, to, until })
    return departure
  }

  /** Once. `browser`: it left from another one, and is over now. */
  comeBack(
    state: string,
    browser: string | undefined,
  ): Away | 'browser' | undefined {
    const away = this.#away.get(state)
    this.#away.delete(state)
    if (!away || away.until <= this.#clock.monotonic()) return undefined
    return isSame(away.browser, browser) ? away : 'browser'
  }

  get #until(): number {
    return this.#clock.monotonic() + GOOD_MS
  }
}

function makeRandom(): string {
  return randomBytes(32).toString('base64url')
}

function isSame(own: string, given: string | undefined): boolean {
  const [a, b] = [Buffer.from(own), Buffer.from(given ?? '')]
  return a.length === b.length && timingSafeEqual(a, b)
}
