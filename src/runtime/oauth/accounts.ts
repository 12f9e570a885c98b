// All accounts at one server that wants somebody to sign in.
// In: its `auth`, the grants on disk. Out: a credential for each subject; the
// sign-in itself; who is signed in.
// INVARIANT: a subject gets the credential of its own grant, or none.

import type { LRUCache } from 'lru-cache'
import { createCache } from '../base/cache.ts'
import type { Grant } from '../grants/grant.ts'
import type { GrantStore } from '../grants/store.ts'
import { type Account, describeGrant, type GrantEvent } from './account.ts'
import type { Credential } from './credential.ts'
import { describeAccounts } from './describe-accounts.ts'
import type { Flow } from './flows.ts'
import { GrantedCredential } from './granted.ts'
import {
  type Given,
  IssuerRequests,
  type IssuerRequestsOptions,
  type Revocation,
} from './issuer-requests.ts'
import {
  describeProblem,
  type SignInFailure,
  SignInProblem,
} from './problem.ts'
import type { Vouch } from './vouch.ts'
import { VouchedCredential } from './vouched.ts'

export interface AccountsOptions extends IssuerRequestsOptions {
  readonly store: GrantStore
  /** The word of the company's provider for a person. */
  readonly vouch: Vouch
  /** What the audit records. */
  onEvent(event: GrantEvent): void
}

const MOST_CREDENTIALS = 10_000

/** Of so many subjects the last tokens are taken out of what the server says: of
 * each the current one, and the one before, which may not have ended. */
const MOST_HIDDEN = 256
const HIDDEN_EACH = 2

const VOUCHED = 'nobody signs in to this server in a browser'

export class Accounts {
  readonly #options: AccountsOptions
  readonly #requests: IssuerRequests
  readonly #credentials: LRUCache<
    string,
    GrantedCredential | VouchedCredential
  > = createCache(MOST_CREDENTIALS)
  /** By place, those that are hidden. */
  readonly #hidden: LRUCache<string, true> = createCache(MOST_HIDDEN, {
    dispose: (_, place) => this.#options.unhide(place),
  })
  readonly #listeners = new Set<(subject: string | null) => void>()
  readonly #unfollow: () => void
  #isClosed = false

  constructor(options: AccountsOptions) {
    this.#options = options
    this.#requests = new IssuerRequests(options)
    this.#unfollow = options.store.onChange(
      ({ server, subject, grant, before }) => {
        if (server !== options.name || grant?.state !== 'connected') return
        if (before?.state === 'connected' && before.since === grant.since)
          return
        for (const listener of this.#listeners) listener(subject)
      },
    )
  }

  /** Null: the gateway. The same object while it is in use. */
  credentialOf(subject: string | null): Credential {
    return this.#credentialOf(subject)
  }

  accountOf(subject: string | null): Account | undefined {
    const { store, name } = this.#options
    const grant = store.find(subject, name)
    return grant && this.#describe(grant)
  }

  list(): readonly Account[] {
    const { store, name } = this.#options
    return store
      .list()
      .filter(({ server }) => server === name)
      .map((grant) => this.#describe(grant))
  }

  /** The address where somebody signs in. `browser`: a digest that the callback
   * must bring again. Rejects with a SignInFailure. */
  async begin(subject: string | null, browser: string): Promise<URL> {
    const credential = this.#credentialOf(subject)
    try {
      if (credential instanceof VouchedCredential)
        throw new SignInProblem(VOUCHED)
      return await this.#requests.begin(subject, browser, (first) =>
        credential.pickScopes(first),
      )
    } catch (error) {
      throw this.#fail(error)
    }
  }

  /** Only with `via`: without a browser. Rejects with a SignInFailure. */
  async connect(subject: string): Promise<void> {
    const credential = this.#credentialOf(subject)
    if (credential instanceof VouchedCredential) await credential.connect()
  }

  /** The caller has taken the flow by its state, and compared the browser.
   * Rejects with a SignInFailure. */
  async finish(flow: Flow, parameters: URLSearchParams): Promise<Account> {
    const { name, clock } = this.#options
    try {
      if (flow.server !== name) {
        throw new SignInProblem('the sign-in began for another server')
      }
      const began = clock.now()
      const given = await this.#requests.exchange(flow, parameters)
      return await this.#keep(flow, given, began)
    } catch (error) {
      const code = error instanceof SignInProblem ? error.code : undefined
      const credential = this.#credentialOf(flow.subject)
      const isNarrowed = credential instanceof GrantedCredential
      if (code === 'invalid_scope' && isNarrowed) credential.narrow()
      throw this.#fail(error)
    }
  }

  /** Takes the grant away, then ends its tokens at the issuer. Undefined: there
   * was none. */
  async disconnect(subject: string | null): Promise<Revocation | undefined> {
    const { store, name } = this.#options
    const grant = await store.delete(subject, name)
    if (!grant) return undefined
    const outcome =
      grant.state === 'ended'
        ? { revoked: false, detail: 'it had ended' }
        : await this.#requests.revoke(grant)
    this.#report('revoked', grant, outcome.detail)
    return outcome
  }

  /** What the gateway says of itself as a client of this server's issuer. */
  clientMetadata(): object | undefined {
    return this.#requests.clients.document
  }

  /** One line for operators. */
  describe(): string {
    const { auth, name, tell } = this.#options
    const issuer = this.#requests.issuer
    return tell(describeAccounts({ auth, name, issuer }, this.list()))
  }

  /** Calls it after each sign-in, until the returned function is called. */
  onGranted(listener: (subject: string | null) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Renewals that have begun end by themselves. */
  close(): void {
    this.#isClosed = true
    this.#unfollow()
    this.#listeners.clear()
    for (const credential of this.#credentials.values()) credential.close()
    this.#requests.close()
  }

  #credentialOf(subject: string | null): GrantedCredential | VouchedCredential {
    const key = JSON.stringify(subject)
    const found = this.#credentials.get(key)
    if (found) return found
    const options = {
      ...this.#options,
      requests: this.#requests,
      hide: (token: string) => this.#hide(token, subject),
      tell: (text: string) => this.#options.tell(text),
      onEvent: (event: GrantEvent) => this.#options.onEvent(event),
    }
    const credential =
      this.#options.auth.via === 'login' && subject !== null
        ? new VouchedCredential({
            ...options,
            subject,
            hideAssertion: (text) =>
              this.#options.hide(text, 'identity assertion', MOST_HIDDEN),
          })
        : new GrantedCredential({ ...options, subject })
    if (this.#isClosed) credential.close()
    this.#credentials.set(key, credential)
    return credential
  }

  #hide(token: string, subject: string | null): void {
    const place = `access token of ${JSON.stringify(subject)}`
    this.#hidden.set(place, true)
    this.#options.hide(token, place, HIDDEN_EACH)
  }

  async #keep(
    flow: Flow,
    { token, client }: Given,
    began: number,
  ): Promise<Account> {
    const { store } = this.#options
    const grant: Grant = {
      subject: flow.subject,
      server: flow.server,
      issuer: flow.issuer,
      client,
      state: 'connected',
      accessToken: token.value,
      refreshToken: token.refresh ?? null,
      requested: flow.scopes,
      scopes: token.scopes ?? flow.scopes,
      since: began,
      renewed: began,
      ends: token.life === undefined ? null : began + token.life,
    }
    await store.save(grant)
    this.#report('created', grant)
    return this.#describe(grant)
  }

  #describe(grant: Grant): Account {
    const { store, clock } = this.#options
    const key = JSON.stringify(grant.subject)
    const trouble = this.#credentials.peek(key)?.trouble
    return describeGrant(grant, { store, now: clock.now(), trouble })
  }

  #fail(error: unknown): SignInFailure {
    // The metadata may have changed since it was read.
    this.#requests.forget()
    return describeProblem(error, (text) => this.#options.tell(text))
  }

  #report(kind: GrantEvent['kind'], grant: Grant, detail?: string): void {
    const { store, name } = this.#options
    const { subject, issuer } = grant
    this.#options.onEvent({
      kind,
      server: name,
      subject,
      grantId: store.idOf(subject, name, issuer),
      issuer,
      ...(detail !== undefined && { detail }),
    })
  }
}
