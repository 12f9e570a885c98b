// The state of the authorization server, opened when it is first needed.
// In: where it is. Out: the state; the keys by which its tokens are verified.
// INVARIANT: a gateway without `login.server` reads and writes nothing here.

import type { webcrypto } from 'node:crypto'
import type { Person } from '../../contract/login.ts'
import type { Logout } from '../login/logouts.ts'
import type { LoginFault } from '../login/problem.ts'
import {
  pickKey,
  type TokenHeader,
  type TokenKeys,
} from '../login/token-keys.ts'
import { idOf } from './people.ts'
import { type IsEnded, LoginState, type StateOptions } from './state.ts'

/** Between two rounds that remove what has expired. */
const CLEAN_MS = 60_000

export class OwnState implements TokenKeys {
  readonly #options: StateOptions
  #state: LoginState | undefined
  #timer: NodeJS.Timeout | undefined
  #isEnded: IsEnded = () => false

  constructor(options: StateOptions) {
    this.#options = options
  }

  open(): LoginState {
    if (this.#state) return this.#state
    const state = new LoginState(this.#options)
    this.#state = state
    const clean = () => void state.clean(this.#isEnded)
    this.#timer = setInterval(clean, CLEAN_MS).unref()
    return state
  }

  /** Sign-ins of which this is true are removed. */
  watch(isEnded: IsEnded): void {
    this.#isEnded = isEnded
  }

  async find(header: TokenHeader): Promise<webcrypto.CryptoKey | LoginFault> {
    const keys = await this.open().readKeys()
    return (await pickKey(keys, header)) ?? { problem: 'unknown key' }
  }

  /** What the provider has logged out; how many sign-ins that were. */
  async endLoggedOut(logout: Logout): Promise<number> {
    return await this.open().endLoggedOut(logout)
  }

  endedAt(person: Person): number | undefined {
    return this.open().people.get(idOf(person))?.ended
  }

  /** Resolves when what was begun is on disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#state?.close()
  }
}
