// The access token of one person, for whom the company's provider vouches.
// In: the grant in the store, refusals of the server. Out: a header.
// INVARIANT: nobody is asked while the provider vouches; a token is of the person
// that was vouched for; what the provider has ended is not used any more.

import type { OAuth } from '../../contract/table.ts'
import type { Grant } from '../grants/grant.ts'
import { type Challenge, readChallenge } from './challenge.ts'
import type { Credential } from './credential.ts'
import { HeldToken, type HeldTokenOptions } from './held-token.ts'
import type { IssuerRequests } from './issuer-requests.ts'
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

export interface VouchedOptions extends HeldTokenOptions {
  readonly auth: OAuth
  readonly subject: string
  readonly requests: IssuerRequests
  readonly vouch: Vouch
  hideAssertion(text: string): void
  tell(text: string): string
}

export class VouchedCredential implements Credential {
  readonly #options: VouchedOptions
  readonly #refusals: Refusals
  readonly #token: HeldToken
  readonly #next = () => this.#renew()

  constructor(options: VouchedOptions) {
    this.#options = options
    this.#refusals = new Refusals(options)
    this.#token = new HeldToken(options, {
      isUsable: (grant) => this.#isUsable(grant),
      canRenew: () => true,
      took: (grant) => {
        if (this.#isUsable(grant)) this.#refusals.granted(grant.requested)
      },
    })
  }

  get authorization(): string {
    return this.#token.authorization
  }

  get failure(): SignInFailure | undefined {
    this.#token.read()
    return this.#token.isGood ? undefined : this.#token.failure
  }

  /** Why the last request failed. */
  get trouble(): SignInFailure | undefined {
    this.#token.read()
    return this.#token.failure
  }

  keepFresh(): boolean {
    return this.#token.keepFresh(this.#next)
  }

  obtain(): Promise<void> {
    return this.#token.obtain(this.#next)
  }

  /** The person wants it now: a pause after a failure does not count. */
  connect(): Promise<void> {
    this.#token.retryNow()
    return this.obtain()
  }

  judge(
    used: string,
    status: number,
    header: string,
  ): Promise<void> | undefined {
    const token = this.#token
    if (token.isClosed) return undefined
    token.read()
    const challenge = readChallenge(header)
    if (used !== token.authorization) return this.obtain()
    if (token.isDoubted) return this.#renew()
    const verdict = this.#refusals.judge(status, challenge)
    if (verdict === 'counts') return undefined
    if (typeof verdict === 'object') return Promise.reject(verdict)
    if (verdict === 'widen') return this.#widen(challenge)
    this.#options.requests.challenged(challenge)
    return token.replace(this.#next)
  }

  close(): void {
    this.#token.isClosed = true
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
      if (!this.#token.isGood) throw failure
      throw this.#refusals.describeLack(challenge, failure.detail)
    }
  }

  #renew(): Promise<void> {
    const { subject, name } = this.#options
    const place = () => JSON.stringify(['vouched', name, subject])
    return this.#token.renew(place, () => this.#request())
  }

  async #request(): Promise<void> {
    if (this.#token.isClosed) throw CLOSING
    const { name, subject, clock, requests, vouch } = this.#options
    this.#token.read()
    const before = this.#token.grant
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
    this.#token.report(isSame ? 'refreshed' : 'created', next)
    this.#token.read()
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
    this.#token.report('refused', grant, reason)
    void requests.revoke(grant)
  }

  /** Who must sign in first may do so at any moment: that has no pause. */
  #fail(error: unknown): SignInFailure {
    const token = this.#token
    token.read()
    const { tell, requests } = this.#options
    const failure = describeProblem(error, tell)
    token.failure = failure
    if (error instanceof NeedsSignIn) return failure
    requests.forgetOld()
    const problem = error instanceof SignInProblem ? error : undefined
    const isFinal = problem?.chance === 'after a change'
    if (isFinal && this.#refusals.narrow() && token.isGood) return failure
    return token.pause(failure, problem?.waitMs)
  }
}
