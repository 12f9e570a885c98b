// One request of the client credentials grant (RFC 6749, 4.4).
// In: issuer, client, scopes, resource. Out: a token, or who must do what.
// INVARIANT: what was sent, and what the server repeats of it, is in no problem;
// only a bearer token is accepted.

import type { ClientCredentials } from '../../contract/table.ts'
import { makeClientAuth } from './client-key.ts'
import { type Issuer, readObject } from './discovery.ts'
import { type Answer, fetchGuarded, type Net, showUrl } from './fetch.ts'
import { cleanWord, SignInProblem } from './problem.ts'
import type { Reach } from './reach.ts'

export interface Token {
  readonly value: string
  /** Milliseconds; undefined: not said. */
  readonly life: number | undefined
}

export interface TokenRequest {
  /** Name of the server in the config. */
  readonly server: string
  readonly auth: ClientCredentials
  /** The secret or the key, as it was read. */
  readonly credential: string
  readonly issuer: Issuer
  readonly scopes: readonly string[]
  /** Undefined: not sent. */
  readonly resource: string | undefined
  readonly from: Reach
  readonly net: Net
  /** Called for each text that is sent and must not be shown. */
  hide(text: string): void
}

const MAX_TOKEN = 16 * 1024

/** A life is at most a year, which every date can hold. Less than a second would
 * be a token request for each call: that is as if it were not said, and the
 * server tells when the token has ended. */
const LEAST_SECONDS = 1
const MOST_SECONDS = 31_536_000

export async function requestToken(request: TokenRequest): Promise<Token> {
  const { auth, issuer, scopes, resource, from, net } = request
  const oauth = await import('oauth4webapi')
  const as = { issuer: issuer.issuer, token_endpoint: issuer.tokenEndpoint }
  const client = { client_id: auth.client.id }
  const proof = await makeClientAuth(auth, request.credential, issuer.methods)
  const parameters = {
    ...auth.parameters,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(resource !== undefined && { resource }),
  }
  let answer: Answer | undefined
  const send = async (url: string, options: FetchOptions) => {
    const assertion = options.body.get('client_assertion')
    if (assertion) request.hide(assertion)
    const basic = options.headers.authorization
    if (basic) request.hide(basic.slice('Basic '.length))
    const { method, headers } = options
    const body = options.body.toString()
    const outgoing = { method, headers, body } as const
    answer = await fetchGuarded(new URL(url), outgoing, from, net)
    return makeResponse(answer)
  }
  const response = await oauth.clientCredentialsGrantRequest(
    as,
    client,
    proof,
    parameters,
    { [oauth.customFetch]: send, [oauth.allowInsecureRequests]: true },
  )
  if (answer && answer.status !== 200) throw describeRefusal(request, answer)
  try {
    const given = await oauth.processClientCredentialsResponse(
      as,
      client,
      response,
    )
    return readToken(given, request)
  } catch (error) {
    if (error instanceof SignInProblem) throw error
    throw invalid(request, 'its answer is not a token response')
  }
}

interface FetchOptions {
  readonly method: 'POST'
  readonly body: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
}

function makeResponse({ status, headers, body }: Answer): Response {
  const type = headers['content-type'] ?? ''
  const hasBody = status !== 204 && status !== 205 && status !== 304
  return new Response(hasBody ? new Uint8Array(body) : null, {
    status: status < 200 ? 502 : status,
    headers: { 'content-type': type },
  })
}

function readToken(
  given: {
    readonly access_token: string
    readonly token_type: string
    readonly expires_in?: number | undefined
  },
  request: TokenRequest,
): Token {
  const { access_token: value, token_type: type, expires_in: seconds } = given
  if (type !== 'bearer') throw invalid(request, 'it gives no bearer tokens')
  if (value.length > MAX_TOKEN || !/^[\x21-\x7e]+$/.test(value)) {
    throw invalid(request, 'its token cannot be sent in a header')
  }
  return { value, life: readLife(seconds) }
}

function readLife(seconds: number | undefined): number | undefined {
  if (seconds === undefined || seconds < LEAST_SECONDS) return undefined
  return Math.min(seconds, MOST_SECONDS) * 1_000
}

function invalid(request: TokenRequest, why: string): SignInProblem {
  return new SignInProblem(`${nameIssuer(request)} is of no use: ${why}`)
}

function nameIssuer({ issuer, net }: TokenRequest): string {
  return `the authorization server ${cleanWord(issuer.issuer, 200, net.tell)}`
}

/** What the operator checks, by the error code (RFC 6749, 5.2; RFC 8707). */
const CHECKS: Readonly<Record<string, string>> = Object.freeze({
  invalid_scope: 'check `auth.scopes`',
  invalid_target: 'check `auth.resource`',
  unauthorized_client:
    'register the client there for the client credentials grant',
  unsupported_grant_type: 'it must offer the client credentials grant',
})

function describeRefusal(request: TokenRequest, answer: Answer): SignInProblem {
  const { server, auth, issuer, net } = request
  const { tell } = net
  const { status, headers } = answer
  const who = nameIssuer(request)
  if (status >= 500 || status === 429) {
    const wait = /^\d{1,5}$/.exec(headers['retry-after'] ?? '')?.[0]
    const waitMs = wait === undefined ? undefined : Number(wait) * 1_000
    const what = status === 429 ? 'asks for fewer requests' : 'fails'
    return new SignInProblem(`${who} ${what}: HTTP ${status}`, 'later', waitMs)
  }
  if (status >= 300 && status < 400) {
    const at = showUrl(new URL(issuer.tokenEndpoint), tell)
    return new SignInProblem(
      `${who} answers at ${at} with a redirect, which is not followed`,
    )
  }
  const { error, error_description: more } = readObject(answer) ?? {}
  const word = cleanWord(error, 64, tell).replace(/[^\w.-]/g, '')
  const code = word || `HTTP ${status}`
  const said = cleanWord(more, 200, tell)
  const holder = 'secret' in auth.client ? 'client.secret' : 'client.key'
  const check = CHECKS[code] ?? `check \`client.id\` and \`${holder}\``
  const words = said ? ` (it says: ${said})` : ''
  return new SignInProblem(
    `${who} refuses the client ${cleanWord(auth.client.id, 100, tell)}: ${code}${words}; ${check} of servers.${server}`,
  )
}
