// The address where somebody signs in, and what their browser brings back
// (RFC 6749, 4.1; RFC 7636; RFC 9207; RFC 8707).
// INVARIANT: no code is taken that another authorization server may have given:
// its name is compared letter by letter before the code is sent.

import { createHash, randomBytes } from 'node:crypto'
import { isLoopback } from '../../contract/hosts.ts'
import type { OAuth } from '../../contract/table.ts'
import type { Flow } from './flows.ts'
import { cleanWord, SignInProblem } from './problem.ts'
import { nameIssuer } from './token-endpoint.ts'
import type { Where } from './where.ts'

/** 256 random bits. */
export function makeState(): string {
  return randomBytes(32).toString('base64url')
}

/** The scopes of a sign-in; with `offline_access` where the issuer offers it, so
 * that the grant can be renewed. Alone it would stand in place of those that the
 * issuer gives by itself. */
export function listScopes(
  auth: OAuth,
  { issuer }: Where,
  wanted: readonly string[],
): readonly string[] {
  if (auth.scopes !== null) return auth.scopes
  if (wanted.length === 0) return wanted
  const offers = issuer.browser?.scopes.includes(OFFLINE) ?? false
  return offers ? [...new Set([...wanted, OFFLINE])].sort() : wanted
}

const OFFLINE = 'offline_access'

/** Where the browser goes; throws for an issuer that cannot be used. */
export function makeAddress(auth: OAuth, where: Where, flow: Flow): URL {
  const url = findEndpoint(auth, where)
  // An issuer asks for consent before it gives a grant that lasts.
  const isOffline = auth.scopes === null && flow.scopes.includes(OFFLINE)
  const parameters: Readonly<Record<string, string | undefined>> = {
    ...(isOffline && { prompt: 'consent' }),
    ...auth.parameters,
    response_type: 'code',
    client_id: flow.client,
    redirect_uri: flow.redirect,
    state: flow.state,
    code_challenge: createHash('sha256')
      .update(flow.verifier)
      .digest('base64url'),
    code_challenge_method: 'S256',
    resource: where.resource,
    scope: flow.scopes.length > 0 ? flow.scopes.join(' ') : undefined,
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return url
}

function findEndpoint(auth: OAuth, where: Where): URL {
  const { browser } = where.issuer
  const who = nameIssuer(where)
  const own = auth.authorizationEndpoint ?? browser?.authorizationEndpoint
  if (own === undefined) {
    throw new SignInProblem(
      `the metadata of ${who} has no authorization endpoint; write \`authorizationEndpoint\``,
    )
  }
  if (auth.authorizationEndpoint === null && !browser?.hasS256) {
    throw new SignInProblem(
      `${who} does not say that it takes PKCE with S256, so a code could be stolen: the gateway does not use it`,
    )
  }
  const url = new URL(own)
  const isPlain = url.protocol === 'http:' && isLoopback(url.hostname)
  const hasCredentials = url.username !== '' || url.password !== ''
  if ((url.protocol !== 'https:' && !isPlain) || hasCredentials) {
    throw new SignInProblem(
      `the authorization endpoint of ${who} is not an https address`,
    )
  }
  url.hash = ''
  return url
}

const MAX_CODE = 8_192

/** What the operator checks, by the error code (RFC 6749, 4.1.2.1; RFC 8707). */
const CHECKS: Readonly<Record<string, string>> = Object.freeze({
  invalid_scope: '; check `auth.scopes`',
  invalid_target: '; check `auth.resource`',
  unauthorized_client: '; check how the gateway is registered there',
})

/** The code that the browser brings; throws for everything else. */
export function judgeCallback(
  flow: Flow,
  where: Where,
  parameters: URLSearchParams,
): string {
  const who = nameIssuer(where)
  const { tell } = where.net
  const read = (name: string): string | undefined => {
    const values = parameters.getAll(name)
    if (values.length < 2) return values[0]
    throw new SignInProblem(`the answer of ${who} holds \`${name}\` twice`)
  }
  if (read('state') !== flow.state) {
    throw new SignInProblem('the answer belongs to another sign-in')
  }
  const iss = read('iss')
  if (where.issuer.issuer !== flow.issuer) {
    throw new SignInProblem(
      `the server now names ${who}, but the sign-in began at ${cleanWord(flow.issuer, 200, tell)}: begin again`,
    )
  }
  if (
    iss === undefined ? where.issuer.browser?.namesItself : iss !== flow.issuer
  ) {
    throw new SignInProblem(
      `the answer is from ${cleanWord(iss, 200, tell) || 'nobody'}, not from ${who}`,
    )
  }
  const error = read('error')
  if (error !== undefined) {
    const code = cleanWord(error, 64, tell).replace(/[^\w.-]/g, '')
    const said = cleanWord(read('error_description'), 200, tell)
    const words = said ? ` (it says: ${said})` : ''
    const check = CHECKS[code] ?? ''
    throw new SignInProblem(
      `${who} has not signed the person in: ${code}${words}${check}`,
      'after a change',
      { code },
    )
  }
  const code = read('code')
  if (!code || code.length > MAX_CODE) {
    throw new SignInProblem(`the answer of ${who} holds no code`)
  }
  return code
}
