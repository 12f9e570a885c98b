// A real authorization server on loopback, that can be out of order.
// In: clients, the life of a token. Out: its issuer, what it was asked, its
// faults, and the people who sign in there.

import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type GrantTypes,
  type Trusted,
  takeAssertions,
} from '../login/vouching.ts'
import {
  type Choices,
  INTERACTION,
  type Interactive,
  interact,
} from './interactions.ts'
import { type Kept, makeAdapter } from './memory-adapter.ts'

/** oidc-provider has no types of its own. */
interface Provider extends Interactive {
  callback(): RequestListener
  registerGrantType: GrantTypes['registerGrantType']
  readonly AccessToken: GrantTypes['AccessToken']
  readonly ResourceServer: GrantTypes['ResourceServer']
  on(event: string, listener: () => void): void
}
type ProviderClass = new (issuer: string, config: object) => Provider

/** How the next requests are answered; `undefined`: by the provider. */
export type Fault = RequestListener | undefined

export interface AuthorizationServer {
  readonly issuer: string
  readonly port: number
  /** Public half of the key that signs its tokens. */
  readonly jwk: object
  /** Token requests that reached it. */
  readonly requests: { readonly body: string; readonly authorization: string }[]
  /** Paths of all requests. */
  readonly paths: string[]
  fault: Fault
  /** As if there were no fault. */
  readonly answer: RequestListener
  /** Seconds. */
  life: number
  /** What its access tokens say of a person, beside the usual claims. */
  claims: (accountId: string) => object
  /** What people do who sign in. */
  readonly choices: Choices
  /** Clients, grants and tokens that it keeps. */
  readonly kept: Kept
  /** What it reads when a client is named by an address. */
  documents: (url: string) => object | undefined
  /** The provider whose word for people it takes. */
  trusts: Trusted | undefined
  /** Knows other clients, as after a registration. */
  register(clients: readonly object[]): void
  /** Connections that are open. */
  countConnections(): Promise<number>
  close(): Promise<void>
  /** Listens again on the same port. */
  open(): Promise<void>
}

export const KEY = makeKey('gateway')

/** The gateway by a secret, and by a key. */
export const CLIENTS: readonly object[] = [
  {
    client_id: 'gw',
    client_secret: 'a-client-secret-of-thirty-signs',
    ...clientOf('client_secret_basic'),
  },
  {
    client_id: 'post',
    client_secret: 'another-secret-of-thirty-signs',
    ...clientOf('client_secret_post'),
  },
  {
    client_id: 'keyed',
    jwks: { keys: [KEY.publicJwk] },
    token_endpoint_auth_signing_alg: 'ES256',
    ...clientOf('private_key_jwt'),
  },
]

function clientOf(method: string): object {
  return {
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256',
    token_endpoint_auth_method: method,
  }
}

export function makeKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
  })
  const more = { kid, alg: 'ES256', use: 'sig' }
  return {
    privateJwk: { ...privateKey.export({ format: 'jwk' }), ...more },
    publicJwk: { ...publicKey.export({ format: 'jwk' }), ...more },
  }
}

export async function startAuthorizationServer(
  clients: readonly object[] = CLIENTS,
): Promise<AuthorizationServer> {
  const key = makeKey('tokens')
  const name: string = 'oidc-provider'
  const { Provider } = (await import(name)) as { Provider: ProviderClass }
  let answer: RequestListener = () => {}
  let server: Server
  let port = 0
  const listen = async () => {
    server = createServer((request, response) => {
      void receive(one, request, response, answer)
    })
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve)
    })
    port = (server.address() as AddressInfo).port
  }
  await listen()
  const one: AuthorizationServer = {
    issuer: `http://127.0.0.1:${port}`,
    port,
    jwk: key.publicJwk,
    requests: [],
    paths: [],
    fault: undefined,
    answer: (...both) => answer(...both),
    life: 3_600,
    claims: () => ({}),
    choices: { person: 'somebody', refuses: false, withheld: [] },
    kept: makeAdapter(),
    documents: () => undefined,
    trusts: undefined,
    register: (all: readonly object[]) => {
      const config = configure(one, all, key.privateJwk)
      const provider = new Provider(one.issuer, config)
      takeAssertions(provider, one)
      const own = provider.callback()
      answer = (request, response) =>
        request.url?.startsWith(INTERACTION)
          ? interact(provider, one.choices, request, response)
          : own(request, response)
    },
    open: listen,
    countConnections: () =>
      new Promise((resolve) => {
        server.getConnections((_, count) => resolve(count))
      }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  one.register(clients)
  return one
}

function configure(
  one: AuthorizationServer,
  clients: readonly object[],
  key: object,
): object {
  return {
    clients,
    adapter: one.kept.Adapter,
    jwks: { keys: [key] },
    scopes: ['openid', 'offline_access', 'read', 'write'],
    cookies: { keys: ['of a test'] },
    pkce: { required: () => true },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    ttl: {
      ClientCredentials: () => one.life,
      AccessToken: () => one.life,
      RefreshToken: 86_400,
    },
    rotateRefreshToken: true,
    interactions: {
      url: (_: unknown, { uid }: { uid: string }) => INTERACTION + uid,
    },
    extraTokenClaims: (_: unknown, { accountId = '' }) => one.claims(accountId),
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    fetch: async (url: URL | string) => {
      const document = one.documents(String(url))
      return document
        ? Response.json(document)
        : new Response(null, { status: 404 })
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      registration: { enabled: true },
      revocation: { enabled: true },
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:nothing',
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'read write',
          audience: resource,
          accessTokenTTL: one.life,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}

async function receive(
  one: AuthorizationServer,
  request: Parameters<RequestListener>[0],
  response: Parameters<RequestListener>[1],
  answer: RequestListener,
): Promise<void> {
  one.paths.push(request.url ?? '')
  if (request.method === 'POST') {
    // The provider reads the body again from here.
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const authorization = request.headers.authorization ?? ''
    one.requests.push({ body, authorization })
    const isJson = request.headers['content-type']?.includes('json')
    const params = isJson
      ? JSON.parse(body)
      : Object.fromEntries(new URLSearchParams(body))
    Object.assign(request, { body: params })
  }
  await (one.fault ?? answer)(request, response)
}

/** Its metadata, with these members changed; undefined takes one away. */
export function rewriteMetadata(
  as: AuthorizationServer,
  members: object,
): void {
  as.fault = async (request, response) => {
    const { url = '' } = request
    if (!url.startsWith('/.well-known/')) return as.answer(request, response)
    as.fault = undefined
    const metadata = await (await fetch(as.issuer + url)).json()
    rewriteMetadata(as, members)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ...Object(metadata), ...members }))
  }
}
