// Whom a token of the company's login names; each token is checked once.
// In: tokens as they came. Out: a person, or why there is none.
// INVARIANT: the key of a verdict is the SHA-256 of the whole token; a refused
// token never pushes a good one out; what waits is bounded.

import { hash } from 'node:crypto'
import type { Person } from '../../contract/login.ts'
import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import { judgeClaims, type Terms } from './claims.ts'
import type { Introspection } from './introspection.ts'
import type { LoginFault } from './problem.ts'
import { isOpaque, readForm, type TokenForm } from './token-form.ts'
import { isSigned, type TokenKeys } from './token-keys.ts'

export interface Named {
  readonly person: Person
  /** From then on, the provider must be asked again. */
  readonly until: number
}

export type Verdict = Named | LoginFault

export interface VerifierOptions extends Terms {
  readonly clock: Clock
  readonly keys: TokenKeys
  readonly introspection: Introspection | undefined
}

const MAX_NAMED = 10_000
const MAX_REFUSED = 10_000
const MAX_WAITING = 256
const BUSY_MS = 1_000

/** A verdict on a token that only the provider can read. */
const ASKED_MS = 60_000
/** A refusal: a key may be published a moment later. */
const REFUSED_MS = 10_000

interface Refused {
  readonly fault: LoginFault
  /** Monotonic. */
  readonly until: number
}

export class Verifier {
  readonly #options: VerifierOptions
  readonly #named = createCache<string, Named>(MAX_NAMED)
  readonly #refused = createCache<string, Refused>(MAX_REFUSED)
  readonly #waiting = new Map<string, Promise<Verdict>>()

  constructor(options: VerifierOptions) {
    this.#options = options
  }

  /** The terms under which it checks. */
  get terms(): Terms {
    return this.#options
  }

  /** What is known of a token without asking anybody; undefined: nothing. */
  recall(token: string): Verdict | undefined {
    const key = hash('sha256', token, 'hex')
    const named = this.#named.get(key)
    const { clock } = this.#options
    if (named && clock.now() < named.until) return named
    const refused = this.#refused.get(key)
    return refused && clock.monotonic() < refused.until
      ? refused.fault
      : undefined
  }

  /** Whether the provider is asked about this one. */
  isAsked(token: string): boolean {
    return this.#options.introspection !== undefined && isOpaque(token)
  }

  /** Checks a token; once for all requests that come with it meanwhile. */
  verify(token: string): Promise<Verdict> {
    const key = hash('sha256', token, 'hex')
    const waiting = this.#waiting.get(key)
    if (waiting) return waiting
    if (this.#waiting.size >= MAX_WAITING) {
      return Promise.resolve({ problem: 'busy', retryAfterMs: BUSY_MS })
    }
    const verdict = this.#check(token, this.#named.get(key)?.person)
      .then((found) => {
        this.#keep(key, found)
        return found
      })
      .finally(() => this.#waiting.delete(key))
    this.#waiting.set(key, verdict)
    return verdict
  }

  /** The person that a token was found to name, for what is done by person. */
  findPerson(token: string): Person | undefined {
    return this.#named.get(hash('sha256', token, 'hex'))?.person
  }

  /** Tokens of a person that were good are checked again. */
  forget({ issuer, sub }: Pick<Person, 'issuer' | 'sub'>): void {
    for (const [key, { person }] of this.#named.entries()) {
      const isSame = person.issuer === issuer && person.sub === sub
      if (isSame) this.#named.delete(key)
    }
  }

  #keep(key: string, verdict: Verdict): void {
    const { clock } = this.#options
    if ('person' in verdict) return void this.#named.set(key, verdict)
    const { problem } = verdict
    if (problem === 'unreachable' || problem === 'busy') return
    const until = clock.monotonic() + REFUSED_MS
    this.#refused.set(key, { fault: verdict, until })
  }

  /** `before`: whom it named when it was checked last. */
  async #check(token: string, before: Person | undefined): Promise<Verdict> {
    const { login, issuer, introspection } = this.#options
    if (introspection && isOpaque(token)) {
      return this.#ask(token, introspection, before)
    }
    // The head of each JWT begins so.
    if (!login.server && !token.startsWith('eyJ')) return { problem: 'opaque' }
    const form = readForm(token, { algorithms: login.algorithms, issuer })
    if ('problem' in form) return form
    const key = await this.#options.keys.find(form)
    if ('problem' in key) return key
    if (!(await isSigned(token, form, key))) return { problem: 'signature' }
    return this.#judge(form.claims, false)
  }

  async #ask(
    token: string,
    introspection: Introspection,
    before: Person | undefined,
  ): Promise<Verdict> {
    const claims = await introspection.ask(token)
    if (isFault(claims)) return claims
    const verdict = this.#judge(claims, true)
    if (!('person' in verdict) || claims.iat !== undefined) return verdict
    // It was issued before it first came: it gets no younger.
    const { person, until } = verdict
    const issued = Math.min(person.issued, before?.issued ?? person.issued)
    return { person: { ...person, issued }, until }
  }

  #judge(claims: TokenForm['claims'], opaque: boolean): Verdict {
    const now = this.#options.clock.now()
    const person = judgeClaims(this.#options, claims, now, opaque)
    if ('problem' in person) return person
    const ended = this.#options.keys.endedAt?.(person)
    if (ended !== undefined && person.issued <= ended) {
      return { problem: 'revoked' }
    }
    const { expires } = person
    const until = opaque ? Math.min(expires, now + ASKED_MS) : expires
    return { person, until }
  }
}

/** The answer of a provider may have a member `problem` too. */
function isFault(answer: object): answer is LoginFault {
  return 'problem' in answer && !('active' in answer)
}
