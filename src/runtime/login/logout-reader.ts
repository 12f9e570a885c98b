// Reads the logout tokens that the provider sends, and whatever else comes there.
// In: texts from anybody. Out: a logout, or why there is none.
// INVARIANT: only a token that the provider has signed is remembered; what is
// checked at once, and what is remembered, is bounded.

import type { Login } from '../../contract/login.ts'
import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import {
  type JudgedLogout,
  judgeLogout,
  LOGOUT_LIFE_MS,
} from './logout-token.ts'
import type { LoginFault } from './problem.ts'
import { LOGIN_PROBLEMS } from './problem.ts'
import type { ProviderKeys } from './provider-keys.ts'
import { LOGOUT, readForm } from './token-form.ts'
import { isSigned } from './token-keys.ts'

export interface LogoutReaderOptions {
  readonly login: Login
  readonly clock: Clock
  /** Of the provider. */
  readonly keys: Pick<ProviderKeys, 'find' | 'findLate'>
}

/** 400: it never will be one. 503: it may be one, and could not be checked now. */
export interface NoLogout {
  readonly status: 400 | 503
  readonly why: string
}

const MAX_WAITING = 64
const MAX_USED = 20_000
const BUSY: NoLogout = Object.freeze({
  status: 503,
  why: 'it could not be checked now: send it again',
})

export class LogoutReader {
  readonly #options: LogoutReaderOptions
  readonly #used = createCache<string, true>(MAX_USED, {
    ttl: LOGOUT_LIFE_MS * 2,
  })
  #waiting = 0

  constructor(options: LogoutReaderOptions) {
    this.#options = options
  }

  /** `isPatient`: waits for a key that is newer than the last fetch of keys. */
  async read(
    token: string,
    isPatient: boolean,
  ): Promise<JudgedLogout | NoLogout> {
    if (this.#waiting >= MAX_WAITING) return BUSY
    this.#waiting++
    try {
      return await this.#read(token, isPatient)
    } finally {
      this.#waiting--
    }
  }

  async #read(
    token: string,
    isPatient: boolean,
  ): Promise<JudgedLogout | NoLogout> {
    const { login, keys, clock } = this.#options
    const form = readForm(token, login, LOGOUT)
    if ('problem' in form) return refuseFault(form)
    const key = await (isPatient ? keys.findLate(form) : keys.find(form))
    if ('problem' in key) return refuseFault(key)
    if (!(await isSigned(token, form, key))) {
      return refuseFault({ problem: 'signature' })
    }
    const judged = judgeLogout(login, form.claims, clock.now())
    if (typeof judged === 'string') return refuse(judged)
    if (this.#used.has(judged.jti)) return refuse('it was used already')
    this.#used.set(judged.jti, true)
    return judged
  }

  /** What was read could not be kept: it may come again. */
  release({ jti }: Pick<JudgedLogout, 'jti'>): void {
    this.#used.delete(jti)
  }
}

function refuse(why: string): NoLogout {
  return { status: 400, why }
}

function refuseFault({ problem }: LoginFault): NoLogout {
  const { status, text } = LOGIN_PROBLEMS[problem]
  if (status === 503) return BUSY
  return refuse(problem === 'type' ? 'it is not a logout token' : text)
}
