// Asks the provider about a person again, when a client renews its tokens.
// In: a person. Out: what is kept of them now; undefined: nothing more is given.
// INVARIANT: one request at a time for each person, as a provider's refresh
// token counts once; what the provider has ended ends here.

import type { Logger } from 'pino'
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
  readonly log: Pick<Logger, 'info' | 'warn'>
}

export class Renewals {
  readonly #options: RenewalsOptions
  readonly #running = new Map<string, Promise<KeptPerson | undefined>>()

  constructor(options: RenewalsOptions) {
    this.#options = options
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
    if (!renewed) {
      log.info({ subject }, 'the provider has ended a sign-in')
      await state.endPerson(id)
      await state.people.set(id, { ...person, refreshToken: null, groups: [] })
      return undefined
    }
    const { claims, refreshToken = person.refreshToken } = renewed
    const isSilent = !claims || Object.keys(claims).length === 0
    const identity = isSilent ? person : identify(login, claims)
    if (typeof identity === 'string') {
      log.warn({ subject, reason: identity }, 'the provider names nobody')
      await state.people.set(id, { ...person, refreshToken })
      return undefined
    }
    const { subject: name, groups } = identity
    const next = { ...person, subject: name, groups, refreshToken, seen: now() }
    await state.people.set(id, next)
    return next
  }
}
