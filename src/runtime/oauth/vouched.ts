// The access token of one person, for whom the company's provider vouches.
// In: the grant in the store, refusals of the server. Out: a header.
// INVARIANT: nobody is asked while the provider vouches; a token is of the person
// that was vouched for; what the provider has ended is not used any more.

import type { OAuth } from '../../contract/table.ts'
import { Backoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import type { Grant } from '../grants/grant.ts'
import type { GrantStore, Slot } from '../grants/store.ts'
import type { GrantEvent } from './account.ts'
import { type Challenge, readChallenge } from './challenge.ts'
import type { Credential } from './credential.ts'
import type { IssuerRequests } from './issuer-requests.ts'
import { planLife } from './life.ts'
import {
  CLOSING,
  Denied,
  describeProblem,
  EndedThere,
  NeedsSignIn,
  type SignInFailure,
  SignInProblem,
} from './problem.ts'
import { Refusals } from './refusals.ts'
import { requestVouched, type Vouch, type VouchedToken } from './vouch.ts'

export interface VouchedOptions {
  /** Of the server, in the config. */
  readonly name: string
  readonly auth: OAuth
  readonly subject: string
  readonly clock: Clock
  readonly store: GrantStore
  readonly requests: IssuerRequests
  readonly vouch: Vouch
  hide(token: string): void
  hideAssertion(text: string): void
  tell(text: string): string
  onEvent(event: GrantEvent): void
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000
const LONGEST_ASKED_MS = 300_000

const NEVER = Number.NEGATIVE_INFINITY

export class VouchedCredential implements Credential {
  readonly #options: VouchedOptions
  readonly #slot: Slot
  readonly #refusals: Refusals
  readonly #backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  #isClosed = false
  /** The grant that the following is of. */
  #grant: Grant | undefined
  #authorization = ''
  /** Monotonic milliseconds. */
  #renewAt = NEVER
  #endsAt = NEVER
  #retryAt = NEVER
  /** The server has refused the token; another is being requested. */
  #isDoubted = false
  #pending: Promise<void> | undefined
  #failure: SignInFailure | undefined

  constructor(options: VouchedOptions) {
    this.#options = options
    this.#slot = options.store.slotOf(options.subject, options.name)
    this.#refusals = new Refusals(options)
  }

  get authorization(): string {
    this.#read()
    return this.#authorization
  }

  get failure(): SignInFailure | undefined {
    this.#read()
    return this.#hasToken ? undefined : this.#failure
  }

  /** Why the last request failed. */
  get trouble(): SignInFailure | undefined {
    this.#read()
    return this.#failure
  }

  keepFresh(): boolean {
    this.#read()
    const now = this.#options.clock.monotonic()
    if (now >= this.#endsAt || this.#isDoubted) return false
    if (now >= this.#renewAt) this.#renew().catch(() => {})
    return true
  }

  async obtain(): Promise<void> {
    if (this.keepFresh()) return
    try {
      await this.#renew()
    } catch (failure) {
      this.#read()
      // One that was refused may be good for other tools.
      if (!this.#hasToken) throw failure
    }
  }

  /** The person wants it now: a pause after a failure does not count. */
  connect(): Promise<void> {
    this.#retryAt = NEVER
    return this.obtain()
  }

  judge(
    used: string,
    status: number,
    header: string,
  ): Promise<void> | undefined {
    if (this.#isClosed) return undefined
    this.#read()
    const challenge = readChallenge(header)
    if (used !== this.#authorization) return this.obtain()
    if (this.#isDoubted) return this.#renew()
    const verdict = this.#refusals.judge(status, challenge)
    if (verdict === 'counts') return undefined
    if (typeof verdict === 'object') return Promise.reject(verdict)
    if (verdict === 'widen') return this.#widen(challenge)
    this.#options.requests.challenged(challenge)
    this.#isDoubted = true
    return this.#renew().finally(() => {
      this.#isDoubted = false
    })
  }

  close(): void {
    this.#isClosed = true
  }

  get #hasToken(): boolean {
    return this.#options.clock.monotonic() < this.#endsAt
  }

  /** Takes over what the store holds now. */
  #read(): void {
    const { grant } = this.#slot
    if (grant === this.#grant) return
    this.#grant = grant
    this.#failure = undefined
    this.#retryAt = NEVER
    this.#authorization = ''
    this.#endsAt = NEVER
    if (grant && this.#isUsable(grant)) this.#use(grant)
  }

  #use({ accessToken, renewed, ends, requested }: Grant): void {
    const { clock, hide } = this.#options
    hide(accessToken)
    const age = Math.max(0, clock.now() - renewed)
    const life = (ends ?? Number.POSITIVE_INFINITY) - renewed
    const { renewAt, endsAt } = planLife(clock.monotonic() - age, life)
    this.#renewAt = renewAt
    this.#endsAt = endsAt
    this.#authorization = `Bearer ${accessToken}`
    this.#refusals.granted(requested)
    this.#backoff.reset()
  }

  /** An account that the person signed in to by themselves may be another. */
  #isUsable({ state, issuer, isVouched }: Grant): boolean {
    const own = this.#options.auth.issuer
    const isHere = own === null || own === issuer
    return state === 'connected' && isHere && isVouched === true
  }

  /** Gets a token with more scopes; all other calls keep theirs. */
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
    if (this.#isClosed) return Promise.reject(CLOSING)
    const waitMs = this.#retryAt - this.#options.clock.monotonic()
    if (this.#failure && waitMs > 0) {
      return Promise.reject({ ...this.#failure, waitMs })
    }
    const { store, subject, name } = this.#options
    const place = JSON.stringify(['vouched', name, subject])
    const pending = store
      .exclusive(place, () => this.#request())
      .finally(() => {
        this.#pending = undefined
      })
    this.#pending = pending
    return pending
  }

  async #request(): Promise<void> {
    if (this.#isClosed) throw CLOSING
    const { name, subject, clock, requests, vouch } = this.#options
    this.#read()
    const before = this.#grant
    const began = clock.now()
    let given: VouchedToken
    try {
      given = await requestVouched(requests, {
        server: name,
        subject,
        vouch,
        pick: (first) => this.#refusals.scopesOf(first),
        hide: (text) => this.#options.hideAssertion(text),
      })
    } catch (error) {
      const isOver = error instanceof EndedThere || error instanceof Denied
      if (isOver && before) await this.#end(before, error)
      throw this.#fail(error)
    }
    await this.#accept(given, before, began)
  }

  async #accept(
    { token, client, issuer, scopes }: VouchedToken,
    before: Grant | undefined,
    began: number,
  ): Promise<void> {
    const { store, name, subject, requests } = this.#options
    const isSame = before !== undefined && this.#isUsable(before)
    const next: Grant = {
      subject,
      server: name,
      issuer,
      client,
      state: 'connected',
      accessToken: token.value,
      // It would outlive the word of the provider.
      refreshToken: null,
      requested: scopes,
      scopes: token.scopes ?? scopes,
      since: isSame ? before.since : began,
      renewed: began,
      ends: token.life === undefined ? null : began + token.life,
      isVouched: true,
    }
    if (!(await store.save(next, before))) {
      // It was taken away meanwhile: nobody may use what has come.
      void requests.revoke(next)
      throw this.#fail(new SignInProblem('the account was taken away', 'later'))
    }
    this.#report(isSame ? 'refreshed' : 'created', next)
    this.#read()
  }

  async #end(grant: Grant, error: Error): Promise<void> {
    if (!this.#isUsable(grant)) return
    const { store, tell, requests } = this.#options
    const reason = tell(error.message)
    const ended: Grant = {
      ...grant,
      state: 'ended',
      accessToken: '',
      reason,
    }
    if (!(await store.save(ended, grant))) return
    this.#report('refused', grant, reason)
    void requests.revoke(grant)
  }

  #report(kind: GrantEvent['kind'], grant: Grant, detail?: string): void {
    const { name, subject, store } = this.#options
    this.#options.onEvent({
      kind,
      server: name,
      subject,
      grantId: store.idOf(subject, name, grant.issuer),
      issuer: grant.issuer,
      ...(detail !== undefined && { detail }),
    })
  }

  /** Who must sign in first may do so at any moment: that has no pause. */
  #fail(error: unknown): SignInFailure {
    this.#read()
    const { tell, clock, requests } = this.#options
    const failure = describeProblem(error, tell)
    this.#failure = failure
    if (error instanceof NeedsSignIn) return failure
    requests.forgetOld()
    const problem = error instanceof SignInProblem ? error : undefined
    const isFinal = problem?.chance === 'after a change'
    if (isFinal && this.#refusals.narrow() && this.#hasToken) return failure
    const asked = Math.min(problem?.waitMs ?? 0, LONGEST_ASKED_MS)
    const pause = Math.max(this.#backoff.next(), asked)
    this.#retryAt = clock.monotonic() + pause
    return { ...failure, waitMs: pause }
  }
}
