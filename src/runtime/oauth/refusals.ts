// What a refusal of the server means for its token, and which scopes it needs.
// In: the status and the challenge of a refusal. Out: whether a new one may help.
// INVARIANT: scopes of the config are never widened; a server that refuses every
// token cannot cause more than a few token requests.

import type { ClientCredentials } from '../../contract/table.ts'
import type { Clock } from '../base/clock.ts'
import type { Challenge } from './challenge.ts'
import type { SignInFailure } from './problem.ts'

/** Most renewals that refusals cause in such a time. */
const MOST = 5
const WITHIN_MS = 30_000

const MAX_SCOPES = 64

export class Refusals {
  readonly #name: string
  readonly #auth: ClientCredentials
  readonly #clock: Clock
  /** Monotonic milliseconds of the last renewals. */
  #renewals: readonly number[] = []
  /** Scopes that the server has asked for since. */
  #wanted: readonly string[] = []
  /** Scopes of the last token request. */
  #asked: readonly string[] = []

  constructor(name: string, auth: ClientCredentials, clock: Clock) {
    this.#name = name
    this.#auth = auth
    this.#clock = clock
  }

  /** `first`: those of the challenge or of the metadata. */
  scopesOf(first: readonly string[]): readonly string[] {
    this.#asked =
      this.#auth.scopes ?? [...new Set([...first, ...this.#wanted])].sort()
    return this.#asked
  }

  judge(
    status: number,
    { error, scopes }: Challenge,
  ): 'renew' | 'counts' | SignInFailure {
    if (status === 403) {
      return error === 'insufficient_scope' ? this.#widen(scopes) : 'counts'
    }
    const isToken = error === undefined || error === 'invalid_token'
    if (!isToken || !this.#mayRenew()) return 'counts'
    const wanted = [...new Set([...this.#wanted, ...scopes])]
    if (wanted.length <= MAX_SCOPES) this.#wanted = wanted
    return 'renew'
  }

  #mayRenew(): boolean {
    const now = this.#clock.monotonic()
    const recent = this.#renewals.filter((at) => now - at < WITHIN_MS)
    if (recent.length >= MOST) return false
    this.#renewals = [...recent, now]
    return true
  }

  #widen(scopes: readonly string[]): 'renew' | SignInFailure {
    const missing = scopes.filter((one) => !this.#asked.includes(one))
    if (this.#auth.scopes !== null) {
      return refuse(
        missing.length === 0
          ? 'the token has too few scopes'
          : `the token lacks ${list(missing)}; add to \`auth.scopes\` of servers.${this.#name} what it may have`,
      )
    }
    if (missing.length === 0) {
      return refuse(
        `it wants ${list(scopes)}, which was requested; give it to the client at the authorization server`,
      )
    }
    const wanted = [...new Set([...this.#asked, ...missing])]
    if (wanted.length > MAX_SCOPES || !this.#mayRenew()) {
      return refuse('it asks for more and more scopes')
    }
    this.#wanted = wanted
    return 'renew'
  }
}

function list(scopes: readonly string[]): string {
  if (scopes.length === 0) return 'more scopes'
  const shown = scopes.slice(0, 8).map((one) => one.slice(0, 64))
  return `${shown.length === 1 ? 'the scope' : 'the scopes'} ${shown.join(' ')}`
}

function refuse(why: string): SignInFailure {
  const detail = `HTTP 403 insufficient_scope: ${why}`
  return { kind: 'refused', detail, status: 403 }
}
