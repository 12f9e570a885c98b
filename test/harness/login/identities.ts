// The identity provider of a company: a real oidc-provider on loopback, at which
// people sign in without a page.
// In: people and their claims. Out: its issuer, its faults, what it was asked.

import {
  createServer,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, importJWK, type JWK, SignJWT } from 'jose'
import { makeKey } from '../oauth/authorization-server.ts'
import {
  type Choices,
  INTERACTION,
  type Interactive,
  interact,
} from '../oauth/interactions.ts'
import { type Kept, makeAdapter } from '../oauth/memory-adapter.ts'
import {
  type Exchanges,
  exchangeWords,
  type GrantTypes,
  TOKEN_EXCHANGE,
} from './vouching.ts'

interface Provider extends Interactive, GrantTypes {
  callback(): RequestListener
}
type ProviderClass = new (issuer: string, config: object) => Provider

export interface Identities {
  readonly issuer: string
  /** Who signs in next. */
  readonly choices: Choices
  /** By name. */
  readonly people: Record<string, Readonly<Record<string, unknown>>>
  /** Paths of all requests. */
  readonly paths: string[]
  readonly kept: Kept
  /** Answers instead of it. */
  fault: RequestListener | undefined
  /** What the token endpoint answers in its place, and the one of userinfo says;
   * `nonce`: of the last sign-in. */
  tokens:
    | ((nonce: string) => Promise<{ readonly id_token: string }>)
    | undefined
  /** Leaves names and groups out of ID tokens. */
  isSparse: boolean
  /** Says in ID tokens and logout tokens which session they are of. */
  namesSessions: boolean
  /** Seconds that an ID token is good for. */
  wordLife: number
  /** Whom it vouches for, and at which servers. */
  readonly exchanges: Exchanges
  /** An identity assertion (ID-JAG) with these claims. */
  vouch(claims: object, header?: object): Promise<string>
  /** The gateway as its client, at this origin. */
  register(origin: string): void
  close(): Promise<void>
}

export const CLIENT_ID = 'the-gateway'
export const CLIENT_SECRET = 'canary-secret-of-the-gateway-at-the-provider'

export async function startIdentities(): Promise<Identities> {
  const key = makeKey('identities')
  const name: string = 'oidc-provider/lib/provider.js'
  const { Provider } = (await import(name)) as { Provider: ProviderClass }
  let answer: RequestListener = () => {}
  const server = createServer((request, response) => {
    one.paths.push(request.url ?? '')
    if (one.tokens && ['/token', '/me'].includes(request.url ?? '')) {
      return void answerTokens(one, request.url === '/me', response)
    }
    ;(one.fault ?? answer)(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  const one: Identities = {
    // Another site than the gateway, as in life.
    issuer: `http://localhost:${port}`,
    choices: { person: 'ada', refuses: false, withheld: [] },
    people: {
      ada: { email: 'ada@acme.com', groups: ['everyone', 'mcp-platform'] },
      ben: { email: 'ben@acme.com', groups: ['contractors'] },
      eve: { email: 'eve@acme.com', groups: ['everyone'] },
    },
    paths: [],
    kept: makeAdapter(),
    fault: undefined,
    tokens: undefined,
    isSparse: false,
    namesSessions: true,
    wordLife: 600,
    exchanges: {
      refuse: () => undefined,
      given: [],
      clients: {},
      jwk: key.publicJwk,
    },
    register: (origin) => {
      const provider = new Provider(
        one.issuer,
        configure(one, key.privateJwk, origin),
      )
      exchangeWords(provider, one)
      const own = provider.callback()
      answer = (request, response) =>
        request.url?.startsWith(INTERACTION)
          ? interact(provider, one.choices, request, response)
          : own(request, response)
    },
    vouch: async (claims, header = {}) => {
      const now = Math.floor(Date.now() / 1_000)
      const whole = { iss: one.issuer, iat: now, exp: now + 300, ...claims }
      const { kid } = key.privateJwk
      return await new SignJWT(whole)
        .setProtectedHeader({
          alg: 'ES256',
          kid,
          typ: 'oauth-id-jag+jwt',
          ...header,
        })
        .sign(await importJWK(key.privateJwk as JWK, 'ES256'))
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return one
}

async function answerTokens(
  { tokens, paths }: Identities,
  isUserInfo: boolean,
  response: ServerResponse,
): Promise<void> {
  const last = paths.findLast((path) => path.startsWith('/auth?')) ?? ''
  const nonce = new URLSearchParams(last.split('?')[1]).get('nonce') ?? ''
  response.writeHead(200, { 'content-type': 'application/json' })
  const answer = await tokens?.(nonce)
  const { id_token: word = '' } = answer ?? {}
  response.end(JSON.stringify(isUserInfo ? decodeJwt(word) : answer))
}

type Options = RequestInit & { readonly dispatcher?: unknown }

function configure(one: Identities, key: object, origin: string): object {
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [`${origin}/login/callback`],
        grant_types: ['authorization_code', 'refresh_token', TOKEN_EXCHANGE],
        id_token_signed_response_alg: 'ES256',
        backchannel_logout_uri: `${origin}/login/backchannel-logout`,
        backchannel_logout_session_required: one.namesSessions,
      },
    ],
    adapter: one.kept.Adapter,
    // It refuses to reach this host, where the gateway is.
    fetch: (url: URL, { dispatcher: _, ...options }: Options) =>
      fetch(url, options),
    jwks: { keys: [key] },
    scopes: ['openid', 'email', 'profile', 'groups', 'offline_access'],
    claims: { email: ['email', 'email_verified'], groups: ['groups'] },
    conformIdTokenClaims: one.isSparse,
    cookies: { keys: ['of a company'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    ttl: {
      RefreshToken: 86_400,
      Interaction: 600,
      Session: 3_600,
      Grant: 86_400,
      AccessToken: 600,
      IdToken: () => one.wordLife,
    },
    interactions: {
      url: (_: unknown, { uid }: { uid: string }) => INTERACTION + uid,
    },
    findAccount: (_: unknown, accountId: string) => {
      const claims = one.people[accountId]
      return (
        claims && { accountId, claims: () => ({ ...claims, sub: accountId }) }
      )
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
    },
  }
}
