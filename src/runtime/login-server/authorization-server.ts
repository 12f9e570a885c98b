// The authorization server of the gateway, in front of the company's provider.
// In: the login of the table. Out: answers to clients; its public keys.
// INVARIANT: oidc-provider is loaded at the first request, and only where
// `login.server` is set; what it says in its answers comes from `origin`.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context, Provider } from 'oidc-provider/lib/provider.js'
import type { Login, LoginServer } from '../../contract/login.ts'
import { hasVouched } from '../../table/vouched.ts'
import { readAddress } from '../connect/arrival.ts'
import { MOUNT, redirectOf } from '../login/addresses.ts'
import { JWT_BEARER } from '../oauth/vouch.ts'
import { makeRefreshToken } from './adapter.ts'
import { makeAssertionGrant, type Vouched } from './assertion.ts'
import { Company } from './company.ts'
import type { LoginParts, OwnServer } from './context.ts'
import { makeDocumentFetch } from './documents.ts'
import { holdBack } from './early-error.ts'
import { makeHooks } from './hooks.ts'
import { makeOidcConfig } from './oidc-config.ts'
import { dropSession, keepNoSession } from './oidc-cookies.ts'
import { nameSite } from './pace.ts'
import { issuerOf, listScopes, resourceOf } from './paths.ts'
import { Renewals } from './renewals.ts'
import type { LoginState } from './state.ts'

/** In the words of oidc-provider. */
const REFUSED = [
  'authorization.error',
  'grant.error',
  'registration_create.error',
  'revocation.error',
]

export class AuthorizationServer implements OwnServer {
  readonly login: Login
  readonly server: LoginServer
  readonly origin: string
  readonly company: Company
  readonly renewals: Renewals
  readonly state: LoginState
  readonly #parts: LoginParts
  #opening: Promise<Provider> | undefined

  constructor(
    parts: LoginParts,
    origin: string,
    login: Login,
    server: LoginServer,
  ) {
    const { secrets, runtime } = parts
    const { clock, log } = runtime
    this.login = login
    this.server = server
    this.origin = origin
    this.#parts = parts
    this.state = parts.state()
    this.company = new Company({
      login,
      server,
      secrets,
      redirect: redirectOf(origin),
      monotonic: () => clock.monotonic(),
      outward: () => parts.outward(),
    })
    this.renewals = new Renewals({
      login,
      company: this.company,
      state: this.state,
      now: () => clock.now(),
      keepsWords: () => hasVouched(runtime.routing.table),
      log,
    })
  }

  get issuer(): string {
    return issuerOf(this.origin)
  }

  get resource(): string {
    return resourceOf(this.origin, this.login)
  }

  get scopes(): readonly string[] {
    return listScopes(this.login)
  }

  close(): void {
    this.company.close()
  }

  open(): Promise<Provider> {
    if (this.#opening) return this.#opening
    const opening = this.#open()
    this.#opening = opening
    opening.catch(() => {
      this.#opening = undefined
    })
    return opening
  }

  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> {
    const provider = await this.open()
    dropSession(request, this.origin)
    // oidc-provider takes the mount from here.
    Object.assign(request, { url: path, originalUrl: MOUNT + path })
    await new Promise<void>((resolve) => {
      response.once('close', resolve)
      provider.callback()(request, response)
    })
  }

  async #open(): Promise<Provider> {
    const [{ Provider }, policy, errors, running, keys] = await Promise.all([
      import('oidc-provider/lib/provider.js'),
      import('oidc-provider/lib/helpers/interaction_policy/index.js'),
      import('oidc-provider/lib/helpers/errors.js'),
      import('oidc-provider/lib/helpers/als.js'),
      this.state.readKeys(),
    ])
    const { runtime, signal, cookieKey, tokenKey, passing, documents } =
      this.#parts
    const outward = () => this.#parts.outward()
    const { redirects } = this.server
    const vouched: Vouched = new WeakMap()
    const config = makeOidcConfig(
      {
        login: this.login,
        server: this.server,
        state: this.state,
        clock: runtime.clock,
        origin: this.origin,
        resource: this.resource,
        keys,
        cookieKey: cookieKey.toString('base64url'),
        tokenKey,
        passing,
        network: () => this.#nameNetwork(running.default.getStore()),
        fetch: makeDocumentFetch({
          redirects,
          signal,
          own: documents,
          outward,
        }),
        ...makeHooks(this, this.#parts, errors, vouched),
      },
      policy,
      errors,
    )
    const provider = new Provider(this.issuer, config)
    this.#prepare(provider)
    const grant = makeAssertionGrant(this, this.#parts, errors, vouched)
    const answer = (context: Context) => grant.answer(context)
    const parameters = ['assertion', 'scope', 'resource']
    provider.registerGrantType(JWT_BEARER, answer, parameters)
    return provider
  }

  /** Things of no request are of nobody. */
  #nameNetwork(context: Context | undefined): string {
    if (!context) return ''
    return nameSite(readAddress(this.#parts, { raw: context.req }))
  }

  /** Requests have the address of `origin`, whatever their headers say. */
  #prepare(provider: Provider): void {
    const { protocol, host } = new URL(this.origin)
    Object.defineProperties(provider.request, {
      protocol: { get: () => protocol.slice(0, -1) },
      host: { get: () => host },
    })
    provider.use(async (context, next) => {
      await next()
      keepNoSession(context, this.origin)
      holdBack(context)
    })
    const tokenKey = this.#parts.tokenKey
    Object.defineProperty(provider.RefreshToken.prototype, 'generateTokenId', {
      value(this: { readonly grantId: string; readonly rotations?: number }) {
        const { grantId, rotations: turn = 0 } = this
        return makeRefreshToken(tokenKey, { grantId, turn })
      },
    })
    const { log } = this.#parts.runtime
    const report = (error: Error) =>
      log.error(error, 'a bug: the authorization server could not answer')
    provider.on('server_error', (_context: never, error: never) =>
      report(error),
    )
    provider.on('error', (error: never) => report(error))
    for (const event of REFUSED) {
      provider.on(event, () => this.state.countRefused())
    }
  }
}
