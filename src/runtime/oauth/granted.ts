// The access token of one grant: of a person, or of the gateway.
// In: the grant in the store, refusals of the server. Out: a header.
// INVARIANT: the grant in the store counts, whoever has renewed it; only the
// issuer ends it, with `invalid_grant`; one renewal at a time for each grant.

import type { OAuth } from '../../contract/table.ts'
import { Backoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import type { Grant } from '../grants/grant.ts'
import type { GrantStore, Slot } from '../grants/store.ts'
import type { GrantEvent } from './account.ts'
import { type Challenge, readChallenge } from './challenge.ts'
import type { Credential } from './credential.ts'
import type { Given, IssuerRequests } from './issuer-requests.ts'
import { planLife } from './life.ts'
import {
  CLOSING,
  describeProblem,
  NeedsSignIn,
  type SignInFailure,
  SignInProblem,
} from './problem.ts'
import { Refusals } from './refusals.ts'

export interface GrantedOptions {
  /** Of the server, in the config. */
  readonly name: string
  readonly auth: OAuth
  readonly subject: string | null
  readonly clock: Clock
  readonly store: GrantStore
  readonly requests: IssuerRequests
  hide(token: string): void
  tell(text: string): string
  onEvent(event: GrantEvent): void
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000
const LONGEST_ASKED_MS = 300_000

const NEVER = Number.NEGATIVE_INFINITY

/** The issuer has ended the grant; two are names of it that some use. */
const ENDED = ['invalid_grant', 'bad_refresh_token', 'invalid_refresh_token']

export class GrantedCredential implements Credential {
  readonly #options: GrantedOptions
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

  constructor(options: GrantedOptions) {
    this.#options = options
    const { subject, name, store } = options
    this.#slot = store.slotOf(subject, name)
    this.#refusals = new Refusals(options)
  }

  get authorization(): string {
    this.#read()
    return this.#authorization
  }

  get failure(): SignInFailure | undefined {
    this.#read()
    if (this.#options.clock.monotonic() < this.#endsAt) return undefined
    return this.#canRenew() ? this.#failure : this.#lack()
  }

  /** Why the last renewal failed. */
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
      if (this.#options.clock.monotonic() >= this.#endsAt) throw failure
    }
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
    this.#isClosed = true
  }

  /** Takes over what the store holds now. */
  #read(): void {
    const { grant } = this.#slot
    if (grant === this.#grant) return
    this.#grant = grant
    this.#failure = undefined
    this.#retryAt = NEVER
    this.#backoff.reset()
    if (grant) this.#refusals.granted(grant.requested)
    this.#use(grant)
  }

  #use(grant: Grant | undefined): void {
    const { clock } = this.#options
    this.#authorization = ''
    this.#endsAt = NEVER
    if (!grant || !this.#isUsable(grant)) return
    const { accessToken, renewed, ends } = grant
    this.#options.hide(accessToken)
    const age = Math.max(0, clock.now() - renewed)
    const life = (ends ?? Number.POSITIVE_INFINITY) - renewed
    const { renewAt, endsAt } = planLife(clock.monotonic() - age, life)
    this.#renewAt = grant.refreshToken === null ? endsAt : renewAt
    this.#endsAt = endsAt
    this.#authorization = `Bearer ${accessToken}`
  }

  #isUsable({ state, issuer }: Grant): boolean {
    const own = this.#options.auth.issuer
    return state === 'connected' && (own === null || own === issuer)
  }

  #canRenew(): boolean {
    const grant = this.#grant
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
      this.#failure = this.#needs(why)
      return Promise.reject(this.#failure)
    }
    this.#isDoubted = true
    return this.#renew().finally(() => {
      this.#isDoubted = false
    })
  }

  /** Why somebody must sign in. */
  #lack(): SignInFailure {
    const grant = this.#grant
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
    if (this.#pending) return this.#pending
    if (this.#isClosed) return Promise.reject(CLOSING)
    const grant = this.#grant
    if (!grant || !this.#canRenew()) return Promise.reject(this.#lack())
    const waitMs = this.#retryAt - this.#options.clock.monotonic()
    if (this.#failure && waitMs > 0) {
      return Promise.reject({ ...this.#failure, waitMs })
    }
    const { store, subject, name } = this.#options
    const id = store.idOf(subject, name, grant.issuer)
    const pending = store
      .exclusive(id, () => this.#renewOnce(grant))
      .finally(() => {
        this.#pending = undefined
      })
    this.#pending = pending
    return pending
  }

  /** `from`: the grant that was to be renewed. */
  async #renewOnce(from: Grant): Promise<void> {
    const { store } = this.#options
    if (this.#isRenewed(from)) return
    if (this.#isClosed) throw CLOSING
    const known = this.#grant ?? from
    const grant = store.reread(known) ?? known
    if (grant !== known && this.#isRenewed(known)) return
    await this.#request(grant)
  }

  /** Whether another has done it. Throws if there is nothing to renew now. */
  #isRenewed(from: Grant): boolean {
    this.#read()
    if (this.#grant === from) return false
    if (this.#options.clock.monotonic() < this.#endsAt) return true
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
      this.#read()
      throw this.#lack()
    }
    this.#report('refreshed', next)
    this.#read()
  }

  async #end(grant: Grant, error: Error): Promise<void> {
    const { store, tell } = this.#options
    const other = store.reread(grant)
    this.#read()
    if (other && this.#options.clock.monotonic() < this.#endsAt) return
    const reason = tell(error.message)
    const ended: Grant = {
      ...(other ?? grant),
      state: 'ended',
      accessToken: '',
      refreshToken: null,
      reason,
    }
    if (!other && (await store.save(ended, grant))) {
      this.#report('refused', grant, reason)
    }
    this.#read()
    throw this.#lack()
  }

  #report(kind: GrantEvent['kind'], grant: Grant, detail?: string): void {
    const { name, subject, store } = this.#options
    const grantId = store.idOf(subject, name, grant.issuer)
    this.#options.onEvent({
      kind,
      server: name,
      subject,
      grantId,
      issuer: grant.issuer,
      ...(detail !== undefined && { detail }),
    })
  }

  #fail(error: Error): SignInFailure {
    const { tell, clock, requests } = this.#options
    if (error instanceof NeedsSignIn) requests.forget()
    else requests.forgetOld()
    const problem = error instanceof SignInProblem ? error : undefined
    const asked = Math.min(problem?.waitMs ?? 0, LONGEST_ASKED_MS)
    const pause = Math.max(this.#backoff.next(), asked)
    this.#retryAt = clock.monotonic() + pause
    this.#failure =
      error instanceof NeedsSignIn
        ? this.#needs(error.message)
        : describeProblem(error, tell)
    return { ...this.#failure, waitMs: pause }
  }
}
