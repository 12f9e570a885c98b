// What oidc-provider may do here, and what not.
// In: the login, the state, the pages. Out: its configuration.
// INVARIANT: the code flow with PKCE S256, for one resource; each authorization
// asks for a sign-in at the provider and for the consent of the person.

import type {
  AccessToken,
  Client,
  Context,
  Interaction,
} from 'oidc-provider/lib/provider.js'
import type { Login, LoginServer } from '../../contract/login.ts'
import type { Clock } from '../base/clock.ts'
import { makeAdapters } from './adapter.ts'
import { COOKIE, nameCookies } from './oidc-cookies.ts'
import { makeOidcFeatures } from './oidc-features.ts'
import type { Passing } from './passing.ts'
import { ROUTES } from './paths.ts'
import { rewriteResource } from './resource.ts'
import type { LoginState } from './state.ts'

export interface OidcParts {
  readonly login: Login
  readonly server: LoginServer
  readonly state: LoginState
  readonly clock: Clock
  readonly origin: string
  /** What tokens are for. */
  readonly resource: string
  readonly keys: readonly object[]
  readonly cookieKey: string
  readonly tokenKey: Buffer
  readonly passing: Passing
  /** Of the request that is answered now. */
  readonly network: () => string
  readonly fetch: (url: URL | string) => Promise<Response>
  /** Begins a visit; its page. */
  visit(context: Context, interaction: Interaction): Promise<string>
  /** Undefined: the person gets nothing more. */
  findPerson(id: string, token: Token | undefined): Promise<string | undefined>
  /** May throw an error of oidc-provider. */
  judgeRegistration(context: Context): void
  /** Whether a document may be fetched for this request now. */
  mayFetch(context: Context): boolean
  claimsOf(token: AccessToken): object
  renderError(context: Context, out: Readonly<Record<string, unknown>>): void
}

/** A code, or a refresh token. */
export interface Token {
  readonly kind?: string
  readonly consumed?: unknown
  readonly grantId?: string
}

type Interactions =
  typeof import('oidc-provider/lib/helpers/interaction_policy/index.js')
type Errors = typeof import('oidc-provider/lib/helpers/errors.js')

export function makeOidcConfig(
  parts: OidcParts,
  policy: Interactions,
  errors: Errors,
): object {
  const { keys, cookieKey, server } = parts
  return {
    adapter: makeAdapters({
      ...parts,
      mayRegister: () => server.registration === 'any',
    }),
    clients: [],
    jwks: { keys },
    routes: ROUTES,
    scopes: ['offline_access'],
    claims: {},
    responseTypes: ['code'],
    clientAuthMethods: [
      'none',
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    clientDefaults: {
      grant_types: ['authorization_code', 'refresh_token'],
      id_token_signed_response_alg: 'ES256',
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    cookies: {
      keys: [cookieKey],
      names: nameCookies(parts.origin),
      long: COOKIE,
      short: COOKIE,
    },
    interactions: makeInteractions(parts, policy),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_: Context, client: Client) =>
      client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    revokeGrantPolicy: () => true,
    clientBasedCORS: () => true,
    clockTolerance: 15,
    findAccount: async (context: Context, id: string, token?: Token) => {
      // Called for a code and for a refresh token before their resource counts.
      rewriteResource(context, parts.resource)
      const accountId = await parts.findPerson(id, token)
      if (accountId === undefined) return undefined
      return { accountId, claims: () => ({ sub: accountId }) }
    },
    extraTokenClaims: (_: Context, token: AccessToken) => parts.claimsOf(token),
    renderError: (context: Context, out: Readonly<Record<string, unknown>>) =>
      parts.renderError(context, out),
    fetch: parts.fetch,
    ttl: makeLives(parts),
    features: makeOidcFeatures(parts, errors),
  }
}

/** Each authorization asks once: for a sign-in and for consent. */
function makeInteractions(
  parts: OidcParts,
  { Prompt, Check }: Interactions,
): object {
  const ask = (context: Context) => context.oidc.result?.consent === undefined
  const check = new Check(
    'sign_in',
    'a sign-in is needed',
    'login_required',
    ask,
  )
  return {
    policy: [
      new Prompt({ name: 'login', requestable: true }, check),
      new Prompt({ name: 'consent', requestable: true }),
      new Prompt({ name: 'select_account', requestable: true }),
    ],
    url: (context: Context, interaction: Interaction) =>
      parts.visit(context, interaction),
  }
}

/** Seconds. */
function makeLives({ login, server, state, clock }: OidcParts): object {
  return {
    AuthorizationCode: 60,
    Grant: 300,
    Interaction: 600,
    Session: 600,
    AccessToken: Math.ceil(server.accessToken / 1_000),
    /** From the sign-in: renewals make it no longer. Where the provider cannot
     * be asked again, what it said counts for `maxAge`. */
    RefreshToken: (_: Context, token: RefreshToken) => {
      const person = state.people.get(token.accountId)
      const isAsked = typeof person?.refreshToken === 'string'
      const life = isAsked
        ? server.refreshToken
        : Math.min(server.refreshToken, login.maxAge)
      const now = Math.floor(clock.now() / 1_000)
      return Math.max(1, token.iiat + Math.ceil(life / 1_000) - now)
    },
  }
}

interface RefreshToken {
  readonly accountId: string
  /** When the first one of the sign-in was given. */
  readonly iiat: number
}
