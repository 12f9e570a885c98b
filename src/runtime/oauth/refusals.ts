// What a refusal of the server means for its token, and which scopes it needs.
// In: the status and the challenge of a refusal. Out: whether a new one may help.
// INVARIANT: scopes of the config are never widened; refusals cause only a few
// token requests; scopes that are not to be had are left out of the next ones.

import type { SignInSettings } from '../../contract/table.ts'
import type { Clock } from '../base/clock.ts'
import type { Challenge } from './challenge.ts'
import { cleanWord, type SignInFailure, type Tell } from './problem.ts'

/** Most renewals that refusals cause in such a time, and as many for scopes: one
 * caller whose calls want ever other scopes keeps no new token from the others. */
const MOST = 5
const WITHIN_MS = 30_000

const NONE: readonly number[] = Object.freeze([])

const MAX_SCOPES = 64

/** How long a scope is not asked for that the authorization server refused. */
const DENIED_MS = 300_000

interface RefusalsOptions {
  /** Of the server, in the config. */
  readonly name: string
  readonly auth: Pick<SignInSettings, 'scopes'>
  readonly clock: Clock
  readonly tell: Tell
}

export class Refusals {
  readonly #options: RefusalsOptions
  /** Monotonic milliseconds of the last renewals, by their reason. */
  readonly #renewals = { renew: NONE, widen: NONE }
  /** Scopes that the server has asked for since. */
  #wanted: readonly string[] = []
  /** Scopes of the last token request. */
  #asked: readonly string[] = []
  /** Those of the challenge or of the metadata, in it. */
  #first: readonly string[] = []
  /** Scopes of the last request that was granted. */
  #given: readonly string[] = []
  /** Scopes that are not to be had, and until when that is believed. */
  #denied: readonly string[] = []
  #deniedUntil = Number.NEGATIVE_INFINITY

  constructor(options: RefusalsOptions) {
    this.#options = options
  }

  /** `first`: those of the challenge or of the metadata. */
  scopesOf(first: readonly string[]): readonly string[] {
    this.#first = first
    this.#asked =
      this.#options.auth.scopes ??
      [...new Set([...first, ...this.#wanted])].sort()
    return this.#asked
  }

  judge(
    status: number,
    { error, scopes }: Challenge,
  ): 'renew' | 'widen' | 'counts' | SignInFailure {
    if (this.#options.clock.monotonic() >= this.#deniedUntil) this.#denied = []
    if (status === 403) {
      return error === 'insufficient_scope' ? this.#widen(scopes) : 'counts'
    }
    const isToken = error === undefined || error === 'invalid_token'
    if (!isToken || !this.#may('renew')) return 'counts'
    const open = without(scopes, this.#denied)
    const wanted = [...new Set([...this.#wanted, ...open])]
    if (wanted.length <= MAX_SCOPES) this.#wanted = wanted
    return 'renew'
  }

  /** There is a token for these scopes. Default: those of the last request. */
  granted(scopes: readonly string[] = this.#asked): void {
    this.#given = scopes
  }

  /** Scopes that the server has asked for since. */
  get wanted(): readonly string[] {
    return this.#wanted
  }

  /** The last request was refused for good. True if it held scopes that the
   * server has asked for since, and that the next one will not hold. */
  narrow(): boolean {
    const more = without(this.#asked, this.#first)
    const fresh = without(more, this.#given)
    const denied = fresh.length > 0 ? fresh : more
    if (denied.length === 0) return false
    this.#wanted = without(this.#wanted, denied)
    this.#denied = [...this.#denied, ...denied].slice(-MAX_SCOPES)
    this.#deniedUntil = this.#options.clock.monotonic() + DENIED_MS
    return true
  }

  /** Of a request for more scopes: its failure is that of one call. */
  describeLack({ scopes }: Challenge, why: string): SignInFailure {
    const { tell } = this.#options
    return refuse(`it wants ${list(scopes, tell)}; no token has that: ${why}`)
  }

  #may(reason: 'renew' | 'widen'): boolean {
    const now = this.#options.clock.monotonic()
    const recent = this.#renewals[reason].filter((at) => now - at < WITHIN_MS)
    if (recent.length >= MOST) return false
    this.#renewals[reason] = [...recent, now]
    return true
  }

  #widen(scopes: readonly string[]): 'widen' | SignInFailure {
    const { tell } = this.#options
    const missing = without(scopes, this.#given)
    if (this.#options.auth.scopes !== null) {
      return refuse(
        missing.length === 0
          ? 'the token has too few scopes'
          : `the token lacks ${list(missing, tell)}; add to \`auth.scopes\` of servers.${this.#options.name} what it may have`,
      )
    }
    if (missing.length === 0) {
      return refuse(
        `it wants ${list(scopes, tell)}, which was requested; give it to the client at the authorization server`,
      )
    }
    if (missing.some((one) => this.#denied.includes(one))) {
      return refuse(
        `it wants ${list(missing, tell)}, which the authorization server does not give to the client`,
      )
    }
    // Another call has asked for them; the request may not have been sent.
    if (without(missing, this.#wanted).length === 0) return 'widen'
    const wanted = [...new Set([...this.#given, ...missing])]
    if (wanted.length > MAX_SCOPES || !this.#may('widen')) {
      return refuse('it asks for more and more scopes')
    }
    this.#wanted = wanted
    return 'widen'
  }
}

function without(
  scopes: readonly string[],
  others: readonly string[],
): readonly string[] {
  return scopes.filter((one) => !others.includes(one))
}

function list(scopes: readonly string[], tell: Tell): string {
  if (scopes.length === 0) return 'more scopes'
  const shown = scopes.slice(0, 8).map((one) => cleanWord(one, 64, tell))
  return `${shown.length === 1 ? 'the scope' : 'the scopes'} ${shown.join(' ')}`
}

function refuse(why: string): SignInFailure {
  const detail = `HTTP 403 insufficient_scope: ${why}`
  return { kind: 'refused', detail, status: 403 }
}
