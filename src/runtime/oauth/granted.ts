// The access token of one grant: of a person, or of the gateway.
// In: the grant in the store, refusals of the server. Out: a header.
// INVARIANT: the grant in the store counts, whoever has renewed it; only the
// issuer ends it, with `invalid_grant`; one renewal at a time for each grant.

import type { OAuth } from '../../contract/table.ts'
import type { Grant } from '../grants/grant.ts'
import { type Challenge, readChallenge } from './challenge.ts'
import type { Credential } from './credential.ts'
import { HeldToken, type HeldTokenOptions } from './held-token.ts'
import type { Given, IssuerRequests } from './issuer-requests.ts'
import {
  CLOSING,
  describeProblem,
  NeedsSignIn,
  type SignInFailure,
  SignInProblem,
} from './problem.ts'
import { Refusals } from './refusals.ts'

export interface GrantedOptions extends HeldTokenOptions {
  readonly auth: OAuth
  readonly requests: IssuerRequests
  tell(text: string): string
}

/** The issuer has ended the grant; two are names of it that some use. */
const ENDED = ['invalid_grant', 'bad_refresh_token', 'invalid_refresh_token']

export class GrantedCredential implements Credential {
  readonly #options: GrantedOptions
  readonly #refusals: Refusals
  readonly #token: HeldToken
  readonly #next = () => this.#renew()

  constructor(options: GrantedOptions) {
    this.#options = options
    this.#refusals = new Refusals(options)
    this.#token = new HeldToken(options, {
      isUsable: (grant) => this.#isUsable(grant),
      canRenew: ({ refreshToken }) => refreshToken !== null,
      took: ({ requested }) => this.#refusals.granted(requested),
    })
  }

  get authorization(): string {
    return this.#token.authorization
  }

  get failure(): SignInFailure | undefined {
    this.#token.read()
    if (this.#token.isGood) return undefined
    return this.#canRenew() ? this.#token.failure : this.#lack()
  }

  /** Why the last renewal failed. */
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
    if (verdict === 'widen') return Promise.reject(this.#askForMore(challenge))
    this.#options.requests.challenged(challenge)
    return this.#replace()
  }

  /** The scopes of a new sign-in: with those that calls have wanted since. */
  pickScopes(first: readonly string[]): readonly string[] {
    return this.#refusals.scopesOf(first)
  }

  /** The issuer does not give the scopes of the last sign-in. */
  narrow(): void {
    this.#refusals.narrow()
  }

  close(): void {
    this.#token.isClosed = true
  }

  #isUsable({ state, issuer }: Grant): boolean {
    const own = this.#options.auth.issuer
    return state === 'connected' && (own === null || own === issuer)
  }

  #canRenew(): boolean {
    const { grant } = this.#token
    return (
      grant !== undefined &&
      this.#isUsable(grant) &&
      grant.refreshToken !== null
    )
  }

  /** The server does not take the token. If there is no other, that one stays:
   * only the issuer ends a grant. */
  #replace(): Promise<void> {
    if (!this.#canRenew()) {
      const why = 'the server refuses the token, which cannot be renewed'
      const failure = this.#needs(why)
      this.#token.failure = failure
      return Promise.reject(failure)
    }
    return this.#token.replace(this.#next)
  }

  /** Why somebody must sign in. */
  #lack(): SignInFailure {
    const { grant } = this.#token
    if (!grant) return this.#needs('nobody has signed in')
    const { reason } = grant
    if (grant.state === 'ended') {
      return this.#needs(`the sign-in has ended${reason ? `: ${reason}` : ''}`)
    }
    if (!this.#isUsable(grant)) {
      return this.#needs('the sign-in was at another authorization server')
    }
    return this.#needs('the token has ended, and cannot be renewed')
  }

  #needs(why: string): SignInFailure {
    const { auth, name, tell } = this.#options
    return auth.as === 'person'
      ? { kind: 'person', detail: tell(why) }
      : {
          kind: 'signin',
          detail: tell(`${why}: run \`gateway connect ${name} --as gateway\``),
        }
  }

  #askForMore({ scopes }: Challenge): SignInFailure {
    const { auth, name } = this.#options
    const shown = scopes.slice(0, 8).join(' ')
    const why = `it wants the scopes ${shown}, which the sign-in did not ask for`
    if (auth.as === 'person') return this.#needs(why)
    const detail = `HTTP 403 insufficient_scope: ${why}: run \`gateway connect ${name} --as gateway\` again`
    return { kind: 'refused', detail, status: 403 }
  }

  #renew(): Promise<void> {
    const token = this.#token
    const { grant } = token
    const isFree = !token.isRenewing && !token.isClosed
    if (isFree && !this.#canRenew()) {
      return Promise.reject(this.#lack())
    }
    const { store, subject, name } = this.#options
    const place = () => store.idOf(subject, name, grant?.issuer ?? '')
    return token.renew(place, async () => {
      if (grant) await this.#renewOnce(grant)
    })
  }

  /** `from`: the grant that was to be renewed. */
  async #renewOnce(from: Grant): Promise<void> {
    const { store } = this.#options
    if (this.#isRenewed(from)) return
    if (this.#token.isClosed) throw CLOSING
    const known = this.#token.grant ?? from
    const grant = store.reread(known) ?? known
    if (grant !== known && this.#isRenewed(known)) return
    await this.#request(grant)
  }

  /** Whether another has done it. Throws if there is nothing to renew now. */
  #isRenewed(from: Grant): boolean {
    this.#token.read()
    if (this.#token.grant === from) return false
    if (this.#token.isGood) return true
    if (this.#canRenew()) return false
    throw this.#lack()
  }

  async #request(grant: Grant): Promise<void> {
    const { clock, requests } = this.#options
    const began = clock.now()
    try {
      await this.#accept(await requests.renew(grant), grant, began)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const code = error instanceof SignInProblem ? error.code : undefined
      if (code !== undefined && ENDED.includes(code)) {
        return await this.#end(grant, error)
      }
      throw this.#fail(error)
    }
  }

  async #accept(
    { token, client }: Given,
    grant: Grant,
    began: number,
  ): Promise<void> {
    const { store, requests } = this.#options
    const next: Grant = {
      ...grant,
      client,
      accessToken: token.value,
      refreshToken: token.refresh ?? grant.refreshToken,
      scopes: token.scopes ?? grant.scopes,
      renewed: began,
      ends: token.life === undefined ? null : began + token.life,
    }
    if (!(await store.save(next, grant))) {
      // It was taken away meanwhile: nobody may use what has come.
      void requests.revoke(next)
      this.#token.read()
      throw this.#lack()
    }
    this.#token.report('refreshed', next)
    this.#token.read()
  }

  async #end(grant: Grant, error: Error): Promise<void> {
    const { store, tell } = this.#options
    const other = store.reread(grant)
    this.#token.read()
    if (other && this.#token.isGood) return
    const reason = tell(error.message)
    const ended: Grant = {
      ...(other ?? grant),
      state: 'ended',
      accessToken: '',
      refreshToken: null,
      reason,
    }
    if (!other && (await store.save(ended, grant))) {
      this.#token.report('refused', grant, reason)
    }
    this.#token.read()
    throw this.#lack()
  }

  #fail(error: Error): SignInFailure {
    const { tell, requests } = this.#options
    if (error instanceof NeedsSignIn) requests.forget()
    else requests.forgetOld()
    const problem = error instanceof SignInProblem ? error : undefined
    const failure =
      error instanceof NeedsSignIn
        ? this.#needs(error.message)
        : describeProblem(error, tell)
    return this.#token.pause(failure, problem?.waitMs)
  }
}
