// Browsers on their way: from a client to us, to the provider, and back.
// In: an authorization request; a state. Out: what is known of it.
// INVARIANT: each counts only in the browser that began it, once, and for ten
// minutes; memory is bounded; no network pushes out the visits of another.

import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { FairStore } from '../base/fair-store.ts'
import type { Departure } from './company.ts'
import type { KeptPerson } from './kept.ts'
import { nameBlock } from './pace.ts'
import type { Place } from './redirects.ts'

const GOOD_MS = 600_000
const MAX = 10_000

/** An authorization request of a client. */
export interface Visit {
  readonly uid: string
  readonly browser: string
  /** Whose browser it is, as far as that can be told. */
  readonly network: string
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
  readonly #visits: FairStore<Visit>
  readonly #away: FairStore<Away>

  constructor(clock: Pick<Clock, 'monotonic'>) {
    const monotonic = () => clock.monotonic()
    this.#visits = new FairStore(MAX, monotonic, nameBlock)
    this.#away = new FairStore(MAX, monotonic, nameBlock)
  }

  begin(visit: Visit): void {
    this.#visits.set(visit.uid, { ...visit }, placeOf(visit.network))
  }

  /** `browser`: the visit began in another one. */
  find(
    uid: string,
    browser: string | undefined,
  ): Visit | 'browser' | undefined {
    const visit = this.#visits.get(uid)
    if (!visit) return undefined
    return isSame(visit.browser, browser) ? visit : 'browser'
  }

  end({ uid }: Visit): void {
    this.#visits.delete(uid)
  }

  depart(
    { browser, network }: Pick<Visit, 'browser' | 'network'>,
    to: Away['to'],
    prompt: string | undefined,
  ): Departure {
    const [state, nonce, verifier] = [makeRandom(), makeRandom(), makeRandom()]
    const departure = { state, nonce, verifier, prompt }
    const visit = 'uid' in to ? this.#visits.get(to.uid) : undefined
    if (visit?.state !== undefined) this.#away.delete(visit.state)
    if (visit) visit.state = state
    this.#away.set(state, { ...departure, browser, to }, placeOf(network))
    return departure
  }

  /** Once. `browser`: it left from another one, and is over now. */
  comeBack(
    state: string,
    browser: string | undefined,
  ): Away | 'browser' | undefined {
    const away = this.#away.get(state)
    this.#away.delete(state)
    if (!away) return undefined
    return isSame(away.browser, browser) ? away : 'browser'
  }
}

function placeOf(owner: string) {
  return { owner, ms: GOOD_MS }
}

function makeRandom(): string {
  return randomBytes(32).toString('base64url')
}

function isSame(own: string, given: string | undefined): boolean {
  const [a, b] = [Buffer.from(own), Buffer.from(given ?? '')]
  return a.length === b.length && timingSafeEqual(a, b)
}
