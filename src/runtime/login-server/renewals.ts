// Asks the provider about a person again, when a client renews its tokens.
// In: a person. Out: what is kept of them now; undefined: nothing more is given.
// INVARIANT: one request at a time for each person, as a provider's refresh
// token counts once; what the provider has ended ends here.

import type { Logger } from '../../contract/log.ts'
import type { Login } from '../../contract/login.ts'
import type { Company } from './company.ts'
import type { KeptPerson } from './kept.ts'
import { identify } from './people.ts'
import type { LoginState } from './state.ts'

export interface RenewalsOptions {
  readonly login: Login
  readonly company: Pick<Company, 'renew'>
  readonly state: LoginState
  readonly now: () => number
  /** Whether ID tokens are kept. */
  readonly keepsWords: () => boolean
  readonly log: Pick<Logger, 'info' | 'warn'>
}

export class Renewals {
  readonly #options: RenewalsOptions
  readonly #running = new Map<string, Promise<KeptPerson | undefined>>()

  constructor(options: RenewalsOptions) {
    this.#options = options
  }

  isRunning(id: string): boolean {
    return this.#running.has(id)
  }

  /** Rejects where the provider cannot be asked now. */
  renew(id: string): Promise<KeptPerson | undefined> {
    const found = this.#running.get(id)
    if (found) return found
    const running = this.#renew(id).finally(() => this.#running.delete(id))
    this.#running.set(id, running)
    return running
  }

  async #renew(id: string): Promise<KeptPerson | undefined> {
    const { login, company, state, now, log } = this.#options
    const person = state.people.get(id)
    if (!person || person.refreshToken === null) return person
    const { subject } = person
    const renewed = await company.renew(person.sub, person.refreshToken)
    const kept = state.people.get(id)
    // Who has signed in meanwhile has another token; who is gone, none.
    if (!kept || kept.refreshToken !== person.refreshToken) return kept
    if (!renewed) {
      log.info({ subject }, 'the provider has ended a sign-in')
      const gone = { refreshToken: null, idToken: null, groups: [] }
      const ended = { ...kept, ...gone }
      await Promise.all([keep(state, id, ended), state.endPerson(id)])
      return undefined
    }
    const { claims, refreshToken = person.refreshToken } = renewed
    if (!claims || Object.keys(claims).length === 0) {
      // Nothing is known anew: what was said before counts for `maxAge`.
      await keep(state, id, { ...kept, refreshToken })
      return now() - kept.seen < login.maxAge ? kept : undefined
    }
    const identity = identify(login, claims)
    if (typeof identity === 'string') {
      log.warn({ subject, reason: identity }, 'the provider names nobody')
      await keep(state, id, { ...kept, refreshToken })
      return undefined
    }
    const { subject: name, groups } = identity
    const word = this.#options.keepsWords() ? renewed.idToken : undefined
    const idToken = word ? { ...word, came: now() } : null
    const next = {
      ...kept,
      ...{ subject: name, groups, refreshToken, idToken, seen: now() },
    }
    await keep(state, id, next)
    return next
  }
}

/** The provider may have ended the token before: with it, the next request would
 * end the sign-in. */
async function keep(
  { people }: LoginState,
  id: string,
  person: KeptPerson,
): Promise<void> {
  try {
    await people.set(id, person)
  } catch (error) {
    people.hold(id, person)
    throw error
  }
}
