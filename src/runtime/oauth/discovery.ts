// Finds the authorization server of an MCP server (MCP 2025-11-25,
// basic/authorization; RFC 9728, RFC 8414, OpenID Connect Discovery).
// INVARIANT: metadata is about this server, or it is refused; an issuer is the
// one that was asked for, letter by letter.

import { readScopes } from './challenge.ts'
import { type Answer, fetchGuarded, type Net, showUrl } from './fetch.ts'
import { cleanWord, SignInProblem } from './problem.ts'
import type { Reach } from './reach.ts'

/** What a server says of itself (RFC 9728). */
export interface ResourceMetadata {
  readonly resource: string
  readonly issuer: string
  readonly scopes: readonly string[]
}

/** What an authorization server says of itself. */
export interface Issuer {
  readonly issuer: string
  readonly tokenEndpoint: string
  /** Undefined: not said. */
  readonly methods: readonly string[] | undefined
  /** Where its metadata came from; undefined: it was not asked. */
  readonly reach: Reach | undefined
  /** For a sign-in in a browser; undefined: not read. */
  readonly browser?: BrowserSignIn | undefined
  /** Grant types and profiles of them; undefined: not said. */
  readonly grants?: OfferedGrants | undefined
}

export interface OfferedGrants {
  readonly types: readonly string[] | undefined
  readonly profiles: readonly string[] | undefined
}

/** What an authorization server says of sign-in in a browser. */
export interface BrowserSignIn {
  readonly authorizationEndpoint: string | undefined
  readonly registrationEndpoint: string | undefined
  readonly revocationEndpoint: string | undefined
  /** Whether it takes PKCE with S256. */
  readonly hasS256: boolean
  /** Whether it reads the metadata documents of clients. */
  readonly readsDocuments: boolean
  /** Whether all its answers name it (RFC 9207). */
  readonly namesItself: boolean
  readonly scopes: readonly string[]
}

const RESOURCE = '/.well-known/oauth-protected-resource'
const OAUTH = '/.well-known/oauth-authorization-server'
const OPENID = '/.well-known/openid-configuration'

/** `named`: the address in the server's challenge, which counts alone. */
export async function findResource(
  server: URL,
  named: string | undefined,
  from: Reach,
  net: Net,
): Promise<ResourceMetadata> {
  const path = server.pathname === '/' ? '' : server.pathname
  const urls =
    named === undefined
      ? [...new Set([RESOURCE + path, RESOURCE])].map(
          (at) => new URL(at, server),
        )
      : [readUrl(named, 'the metadata that its challenge names')]
  const found = await readFirst(urls, from, net)
  if ('metadata' in found) return judgeResource(found, server, net)
  throw new SignInProblem(
    `it names no authorization server: ${found.why}; write \`issuer\``,
  )
}

function judgeResource(
  { metadata, at }: Metadata,
  server: URL,
  { tell }: Net,
): ResourceMetadata {
  const { resource, authorization_servers: servers } = metadata
  if (typeof resource !== 'string' || !isAbout(resource, server)) {
    const shown = cleanWord(resource, 200, tell) || 'nothing'
    throw new SignInProblem(
      `its metadata at ${showUrl(at, tell)} is about ${shown}, not about this server`,
    )
  }
  const issuer = Array.isArray(servers) ? servers[0] : undefined
  if (typeof issuer !== 'string') {
    throw new SignInProblem(
      `its metadata at ${showUrl(at, tell)} names no authorization server; write \`issuer\``,
    )
  }
  const scopes = metadata.scopes_supported
  const listed = Array.isArray(scopes) ? scopes.join(' ') : ''
  return { resource, issuer, scopes: readScopes(listed) }
}

/** Whether the server is this resource, or a part of it. */
function isAbout(resource: string, server: URL): boolean {
  if (!URL.canParse(resource)) return false
  const { origin, pathname } = new URL(resource)
  const folder = pathname.endsWith('/') ? pathname : `${pathname}/`
  return origin === server.origin && `${server.pathname}/`.startsWith(folder)
}

export async function findIssuer(
  issuer: string,
  from: Reach,
  net: Net,
): Promise<Issuer> {
  return judgeIssuer(await findMetadata(issuer, from, net), issuer, net)
}

/** The metadata of an authorization server, as it says it. */
export async function findMetadata(
  issuer: string,
  from: Reach,
  net: Net,
): Promise<Metadata> {
  const url = readUrl(issuer, 'its authorization server')
  const found = await readFirst(listPlaces(url), from, net)
  if (!('metadata' in found)) {
    throw new SignInProblem(
      `the authorization server ${showUrl(url, net.tell)} has no metadata: ${found.why}; check \`issuer\`, or write \`tokenEndpoint\` too`,
    )
  }
  const { metadata, at } = found
  if (metadata.issuer === issuer) return found
  const shown = cleanWord(metadata.issuer, 200, net.tell) || 'nobody'
  throw new SignInProblem(
    `the metadata at ${showUrl(at, net.tell)} is of the issuer ${shown}, not of ${cleanWord(issuer, 200, net.tell)}: both must be equal, letter by letter`,
  )
}

/** In the order of the MCP specification. */
function listPlaces(issuer: URL): readonly URL[] {
  const path = issuer.pathname.replace(/\/$/, '')
  const places = path
    ? [OAUTH + path, OPENID + path, path + OPENID]
    : [OAUTH, OPENID]
  return places.map((place) => {
    const at = new URL(issuer)
    // As part of an address, `//name/…` would be on another host.
    at.pathname = place
    at.search = ''
    return at
  })
}

function judgeIssuer(
  { metadata, at, reach }: Metadata,
  issuer: string,
  { tell }: Net,
): Issuer {
  const { token_endpoint: tokenEndpoint } = metadata
  const methods = metadata.token_endpoint_auth_methods_supported
  if (typeof tokenEndpoint !== 'string' || !URL.canParse(tokenEndpoint)) {
    throw new SignInProblem(
      `the metadata at ${showUrl(at, tell)} has no token endpoint`,
    )
  }
  return {
    issuer,
    tokenEndpoint,
    methods: Array.isArray(methods) ? methods.map(String) : undefined,
    reach,
    browser: readBrowserSignIn(metadata),
    grants: readOfferedGrants(metadata),
  }
}

export function readOfferedGrants(
  metadata: Metadata['metadata'],
): OfferedGrants {
  const list = (name: string) => {
    const value = metadata[name]
    return Array.isArray(value) ? value.map(String) : undefined
  }
  return {
    types: list('grant_types_supported'),
    profiles: list('authorization_grant_profiles_supported'),
  }
}

function readBrowserSignIn(metadata: Metadata['metadata']): BrowserSignIn {
  const text = (name: string) => {
    const value = metadata[name]
    return typeof value === 'string' && URL.canParse(value) ? value : undefined
  }
  const list = (name: string) => {
    const value = metadata[name]
    return Array.isArray(value) ? value.map(String) : []
  }
  const isTrue = (name: string) => metadata[name] === true
  return {
    authorizationEndpoint: text('authorization_endpoint'),
    registrationEndpoint: text('registration_endpoint'),
    revocationEndpoint: text('revocation_endpoint'),
    hasS256: list('code_challenge_methods_supported').includes('S256'),
    readsDocuments: isTrue('client_id_metadata_document_supported'),
    namesItself: isTrue('authorization_response_iss_parameter_supported'),
    scopes: readScopes(list('scopes_supported').join(' ')),
  }
}

export interface Metadata {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly at: URL
  readonly reach: Reach
}

type Found = Metadata | { readonly why: string }

/** Some hosts answer a path that they do not know with a page or a redirect, so
 * the next place is tried. */
async function readFirst(
  urls: readonly URL[],
  from: Reach,
  net: Net,
): Promise<Found> {
  const reasons: string[] = []
  for (const at of urls) {
    const headers = { accept: 'application/json' }
    const answer = await fetchGuarded(at, { method: 'GET', headers }, from, net)
    const { status } = answer
    const shown = showUrl(at, net.tell)
    if (status >= 500 || status === 429) {
      throw new SignInProblem(`${shown} fails: HTTP ${status}`, 'later')
    }
    const metadata = status === 200 ? readObject(answer) : undefined
    if (metadata) return { metadata, at, reach: answer.reach }
    reasons.push(`${shown} ${describeAnswer(status)}`)
  }
  return { why: reasons.join(', ') }
}

function describeAnswer(status: number): string {
  if (status === 200) return 'is not JSON metadata'
  return status >= 300 && status < 400
    ? 'answers with a redirect, which is not followed'
    : `answers HTTP ${status}`
}

export function readObject({
  body,
}: Answer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString())
    const isObject = typeof value === 'object' && value && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function readUrl(text: string, what: string): URL {
  if (URL.canParse(text)) return new URL(text)
  throw new SignInProblem(`${what} is not an address`)
}
