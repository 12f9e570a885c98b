// The access token of one server: got, renewed, and forgotten at the end.
// In: the `auth` of a server, its challenges. Out: the value of a header.
// INVARIANT: in memory only; one token request at a time, however many calls
// wait; after a failure the next request waits, longer each time.

import type { ClientCredentials } from '../../contract/table.ts'
import { findPrograms } from '../../table/references.ts'
import { Backoff } from '../base/backoff.ts'
import { type Challenge, readChallenge } from './challenge.ts'
import { loadCredential, readCredential } from './client-key.ts'
import type { Credential } from './credential.ts'
import { planLife } from './life.ts'
import {
  CLOSING,
  cleanWord,
  describeProblem,
  type SignInFailure,
  SignInProblem,
} from './problem.ts'
import { Refusals } from './refusals.ts'
import type { SignedServer } from './signed-server.ts'
import type { Token } from './token-endpoint.ts'
import { requestToken } from './token-request.ts'
import { type Where, WhereToAsk } from './where.ts'

export interface SignInOptions extends SignedServer {
  readonly auth: ClientCredentials
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000
const LONGEST_ASKED_MS = 300_000
const BETWEEN_LOOKS_MS = 500

export class SignIn implements Credential {
  /** The header; '' while there is no token. */
  authorization = ''
  readonly #options: SignInOptions
  readonly #where: WhereToAsk
  readonly #refusals: Refusals
  readonly #stop = new AbortController()
  readonly #backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  #pending: Promise<void> | undefined
  /** The server has refused the token; another is being requested. */
  #isDoubted = false
  #failure: SignInFailure | undefined
  /** The secret or key of the last request. */
  #credential = ''
  #lookedAt = Number.NEGATIVE_INFINITY
  #issuer: string | undefined
  /** Monotonic milliseconds. */
  #retryAt = Number.NEGATIVE_INFINITY
  #renewAt = 0
  #endsAt = Number.NEGATIVE_INFINITY
  /** Wall-clock milliseconds; undefined: not known. */
  #ends: number | undefined

  constructor(options: SignInOptions) {
    this.#options = options
    this.#refusals = new Refusals(options)
    this.#where = new WhereToAsk(options, this.#stop.signal)
  }

  /** Whether requests can be sent now. Renews a token near its end beside them. */
  keepFresh(): boolean {
    const now = this.#options.clock.monotonic()
    if (now >= this.#endsAt || this.#isDoubted) return false
    if (now >= this.#renewAt) this.#renew().catch(() => {})
    return true
  }

  /** Why there is no token; undefined while there is one, or none was needed. */
  get failure(): SignInFailure | undefined {
    return this.#hasToken ? undefined : this.#failure
  }

  get #hasToken(): boolean {
    return this.#options.clock.monotonic() < this.#endsAt
  }

  /** Rejects with a SignInFailure. */
  async obtain(): Promise<void> {
    if (this.keepFresh()) return
    try {
      await this.#renew()
    } catch (failure) {
      // One that was refused may be good for other tools.
      if (!this.#hasToken) throw failure
    }
  }

  /** Judges a refusal of the server: `used` is the header that it refused.
   * Resolves when the request may be sent again; undefined: the refusal counts.
   * Rejects with a SignInFailure. */
  judge(
    used: string,
    status: number,
    header: string,
  ): Promise<void> | undefined {
    if (this.#stop.signal.aborted) return undefined
    const challenge = readChallenge(header)
    // Another request has renewed it, or is about to.
    if (used !== this.authorization) return this.obtain()
    if (this.#isDoubted) return this.#renew()
    const verdict = this.#refusals.judge(status, challenge)
    if (verdict === 'counts') return undefined
    if (typeof verdict === 'object') return Promise.reject(verdict)
    if (verdict === 'widen') return this.#widen(challenge)
    if (status === 401) this.#where.challenged(challenge)
    this.#isDoubted = true
    return this.#renew().finally(() => {
      this.#isDoubted = false
    })
  }

  /** One line for operators: as whom, and until when. */
  describe(): string {
    const { auth, tell } = this.#options
    const { id } = auth.client
    const issuer =
      this.#issuer ?? auth.issuer ?? 'the authorization server that it names'
    const of = cleanWord(issuer, 200, tell)
    const who = `client ${cleanWord(id, 100, tell)} of ${of}`
    const own = this.failure
    if (own) return tell(`${who}: ${own.detail}`)
    if (this.authorization === '') return tell(`${who}: no token yet`)
    const ends = this.#ends
    const until =
      ends === undefined
        ? 'its token has no known end'
        : `its token ends at ${new Date(ends).toISOString()}`
    const late = this.#failure
      ? `, and cannot be renewed: ${this.#failure.detail}`
      : ''
    return tell(`${who}: ${until}${late}`)
  }

  close(): void {
    this.#stop.abort()
    this.authorization = ''
    this.#endsAt = Number.NEGATIVE_INFINITY
  }

  /** Gets a token with more scopes. All other calls keep theirs, also if there
   * is none with more: one tool may want what nobody gives. */
  async #widen(challenge: Challenge): Promise<void> {
    try {
      await this.#renew()
    } catch (thrown) {
      const failure = thrown as SignInFailure
      if (!this.#hasToken) throw failure
      throw this.#refusals.describeLack(challenge, failure.detail)
    }
  }

  #renew(): Promise<void> {
    if (this.#pending) return this.#pending
    if (this.#stop.signal.aborted) return Promise.reject(CLOSING)
    const waitMs = this.#retryAt - this.#options.clock.monotonic()
    if (this.#failure && waitMs > 0 && !this.#hasNewCredential()) {
      return Promise.reject({ ...this.#failure, waitMs })
    }
    const pending = this.#request().finally(() => {
      this.#pending = undefined
    })
    this.#pending = pending
    return pending
  }

  /** Reads a file, so it looks only now and then. */
  #hasNewCredential(): boolean {
    const { auth, secrets, clock } = this.#options
    const now = clock.monotonic()
    if (now - this.#lookedAt < BETWEEN_LOOKS_MS) return false
    this.#lookedAt = now
    try {
      return readCredential(auth.client, secrets) !== this.#credential
    } catch {
      return false
    }
  }

  async #request(): Promise<void> {
    const began = this.#options.clock.monotonic()
    try {
      const token = await this.#askForToken()
      if (this.#stop.signal.aborted) throw CLOSING
      this.#accept(token, began)
    } catch (error) {
      throw this.#fail(error)
    }
  }

  async #askForToken(): Promise<Token> {
    const { name, auth, secrets, hide } = this.#options
    this.#credential = ''
    const credential = await loadCredential(auth.client, secrets)
    this.#credential = credential
    if (auth.client.secret) hide(credential, 'client secret')
    const where: Where = await this.#where.find()
    this.#issuer = where.issuer.issuer
    const { issuer, resource, from, net } = where
    const scopes = this.#refusals.scopesOf(where.scopes)
    return requestToken({
      server: name,
      auth,
      credential,
      issuer,
      scopes,
      resource,
      from,
      net,
      hide: (text) => hide(text, 'client assertion'),
    })
  }

  #accept({ value, life }: Token, began: number): void {
    const { clock, hide } = this.#options
    hide(value, 'access token')
    const ms = Math.max(0, life ?? Number.POSITIVE_INFINITY)
    const { renewAt, endsAt } = planLife(began, ms)
    this.#renewAt = renewAt
    this.#endsAt = endsAt
    this.#ends = Number.isFinite(ms) ? clock.now() + ms : undefined
    this.authorization = `Bearer ${value}`
    this.#refusals.granted()
    this.#failure = undefined
    this.#backoff.reset()
  }

  #fail(error: unknown): SignInFailure {
    if (this.#stop.signal.aborted) return CLOSING
    // The metadata may have changed since it was read, and the secret too.
    this.#where.forget()
    const { auth, secrets } = this.#options
    secrets.programs.doubt(findPrograms(auth.client))
    const failure = describeProblem(error, this.#options.tell)
    const problem = error instanceof SignInProblem ? error : undefined
    const isFinal = problem?.chance === 'after a change'
    if (isFinal && this.#refusals.narrow() && this.#hasToken) return failure
    const asked = problem?.waitMs ?? 0
    const pause = Math.max(
      this.#backoff.next(),
      Math.min(asked, LONGEST_ASKED_MS),
    )
    this.#retryAt = this.#options.clock.monotonic() + pause
    this.#failure = failure
    return { ...failure, waitMs: pause }
  }
}
