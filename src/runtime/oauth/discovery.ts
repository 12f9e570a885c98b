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
  for (const url of urls) {
    const metadata = await readMetadata(url, from, net)
    if (metadata) return judgeResource(metadata, server, url)
  }
  const where = urls.map(showUrl).join(' and ')
  throw new SignInProblem(
    `it names no authorization server: there is no metadata at ${where}; write \`issuer\``,
  )
}

function judgeResource(
  metadata: Readonly<Record<string, unknown>>,
  server: URL,
  url: URL,
): ResourceMetadata {
  const { resource, authorization_servers: servers } = metadata
  if (typeof resource !== 'string' || !isAbout(resource, server)) {
    const shown = cleanWord(resource, 200) || 'nothing'
    throw new SignInProblem(
      `its metadata at ${showUrl(url)} is about ${shown}, not about this server`,
    )
  }
  const issuer = Array.isArray(servers) ? servers[0] : undefined
  if (typeof issuer !== 'string') {
    throw new SignInProblem(
      `its metadata at ${showUrl(url)} names no authorization server; write \`issuer\``,
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
  const url = readUrl(issuer, 'its authorization server')
  for (const at of listPlaces(url)) {
    const metadata = await readMetadata(at, from, net)
    if (metadata) return judgeIssuer(metadata, issuer, at)
  }
  throw new SignInProblem(
    `the authorization server ${showUrl(url)} has no metadata; check \`issuer\`, or write \`tokenEndpoint\` too`,
  )
}

/** In the order of the MCP specification. */
function listPlaces(issuer: URL): readonly URL[] {
  const path = issuer.pathname.replace(/\/$/, '')
  const places = path
    ? [OAUTH + path, OPENID + path, path + OPENID]
    : [OAUTH, OPENID]
  return places.map((place) => new URL(place, issuer))
}

function judgeIssuer(
  metadata: Readonly<Record<string, unknown>>,
  issuer: string,
  at: URL,
): Issuer {
  const { issuer: own, token_endpoint: tokenEndpoint } = metadata
  const methods = metadata.token_endpoint_auth_methods_supported
  if (own !== issuer) {
    const shown = cleanWord(own, 200) || 'nobody'
    throw new SignInProblem(
      `the metadata at ${showUrl(at)} is of the issuer ${shown}, not of ${cleanWord(issuer, 200)}: both must be equal, letter by letter`,
    )
  }
  if (typeof tokenEndpoint !== 'string' || !URL.canParse(tokenEndpoint)) {
    throw new SignInProblem(
      `the metadata at ${showUrl(at)} has no token endpoint`,
    )
  }
  return {
    issuer,
    tokenEndpoint,
    methods: Array.isArray(methods) ? methods.map(String) : undefined,
  }
}

/** Undefined: there is none. */
async function readMetadata(
  url: URL,
  from: Reach,
  net: Net,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const headers = { accept: 'application/json' }
  const answer = await fetchGuarded(url, { method: 'GET', headers }, from, net)
  const { status } = answer
  if (status >= 500) {
    throw new SignInProblem(`${showUrl(url)} fails: HTTP ${status}`, 'later')
  }
  if (status >= 300 && status < 400) {
    throw new SignInProblem(
      `${showUrl(url)} answers with a redirect, which is not followed`,
    )
  }
  if (status !== 200) return undefined
  const metadata = readObject(answer)
  if (!metadata) throw new SignInProblem(`${showUrl(url)} is not JSON metadata`)
  return metadata
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
