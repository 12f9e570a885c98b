// The identity provider of a company on loopback: metadata, keys, and tokens of
// any shape; it can lose its keys, get new ones, or not answer.
// In: claims. Out: tokens; what was fetched of it.

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>

export interface Signer {
  readonly alg: string
  readonly kid: string
  readonly privateKey: Pair['privateKey']
  readonly publicJwk: JWK
}

export async function makeSigner(kid: string, alg = 'ES256'): Promise<Signer> {
  const pair = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(pair.publicKey)
  const publicJwk = { ...jwk, kid, alg, use: 'sig' }
  return { alg, kid, privateKey: pair.privateKey, publicJwk }
}

export interface Company {
  readonly issuer: string
  /** Paths of all requests. */
  readonly paths: string[]
  /** What is at /jwks. */
  keys: readonly object[]
  readonly signer: Signer
  /** Answers instead of it. */
  fault: RequestListener | undefined
  /** What it says of opaque tokens. */
  readonly introspected: Record<string, object>
  readonly asked: { readonly body: string; readonly authorization: string }[]
  countFetches(path: string): number
  /** A token with these claims; undefined takes one away. */
  sign(claims?: object, header?: object, signer?: Signer): Promise<string>
  /** The claims of a good token. */
  claims(): Readonly<Record<string, unknown>>
  /** Whom a good token is for. */
  audience: string
  now(): number
  close(): Promise<void>
}

/** `now`: the clock of the provider. */
export async function startCompany(now = Date.now): Promise<Company> {
  const signer = await makeSigner('first')
  const server = createServer((request, response) => {
    one.paths.push(request.url ?? '')
    if (one.fault) return one.fault(request, response)
    void answer(one, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const one: Company = {
    issuer: `http://127.0.0.1:${port}`,
    paths: [],
    keys: [signer.publicJwk],
    signer,
    fault: undefined,
    introspected: {},
    asked: [],
    audience: '',
    now,
    countFetches: (path) => one.paths.filter((own) => own === path).length,
    claims: () => makeClaims(one),
    sign: (claims = {}, header = {}, by = signer) =>
      sign({ ...makeClaims(one), ...claims }, header, by),
    close: () => end(server),
  }
  return one
}

function makeClaims({ issuer, audience, now }: Company) {
  const seconds = Math.floor(now() / 1_000)
  return {
    iss: issuer,
    aud: audience,
    sub: '00u-ada',
    email: 'ada@acme.com',
    groups: ['everyone', 'mcp-platform'],
    iat: seconds - 5,
    auth_time: seconds - 60,
    exp: seconds + 600,
    cid: 'claude',
  }
}

export function sign(
  claims: object,
  header: object,
  { alg, kid, privateKey }: Signer,
): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(claims))
  const whole = { alg, kid, typ: 'at+jwt', ...header }
  const given = Object.entries(whole).filter(([, value]) => value !== undefined)
  const crit = { b64: true }
  return new CompactSign(payload)
    .setProtectedHeader(Object.fromEntries(given) as { alg: string })
    .sign(privateKey, { crit })
}

const answer: (
  one: Company,
  ...rest: Parameters<RequestListener>
) => Promise<void> = async (one, request, response) => {
  const { issuer } = one
  const reply = (body: unknown, status = 200) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
  switch (request.url) {
    case '/.well-known/oauth-authorization-server':
      return reply({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        introspection_endpoint: `${issuer}/introspect`,
        introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
      })
    case '/jwks':
      return reply({ keys: one.keys })
    case '/introspect': {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks).toString()
      const authorization = request.headers.authorization ?? ''
      one.asked.push({ body, authorization })
      const token = new URLSearchParams(body).get('token') ?? ''
      return reply(one.introspected[token] ?? { active: false })
    }
    default:
      return reply({ error: 'not_found' }, 404)
  }
}

function end(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
