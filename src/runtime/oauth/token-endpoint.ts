// One request to a token endpoint, whatever the grant (RFC 6749, 4 and 5).
// In: issuer, client, parameters. Out: a token, or who must do what.
// INVARIANT: what was sent, and what the server repeats of it, is in no problem;
// only a bearer token is accepted.

import type { ClientAuth } from 'oauth4webapi'
import { readScopes } from './challenge.ts'
import { type Issuer, readObject } from './discovery.ts'
import { type Answer, fetchGuarded, type Net, showUrl } from './fetch.ts'
import { cleanWord, SignInProblem } from './problem.ts'
import type { Reach } from './reach.ts'

export interface Token {
  readonly value: string
  /** Milliseconds; undefined: not said. */
  readonly life: number | undefined
  /** Undefined: none was given. */
  readonly refresh?: string | undefined
  /** Undefined: not said, so as requested. */
  readonly scopes?: readonly string[] | undefined
}

/** A client, and its proof for one issuer. */
export interface ProvenIdentity {
  readonly id: string
  readonly proof: ClientAuth
}

export interface TokenAsk {
  readonly client: ProvenIdentity
  readonly issuer: Issuer
  readonly grantType: string
  readonly parameters: Readonly<Record<string, string>>
  /** The member of the answer that holds the token; null: the answer itself. */
  readonly tokenIn: string | null
  readonly from: Reach
  readonly net: Net
  /** Called for each text that is sent and must not be shown. */
  hide(text: string): void
  /** What to check, by the error code. */
  check(code: string): string
}

const MAX_TOKEN = 16 * 1024

/** A life is at most a year, which every date can hold. Less than a second would
 * be a token request for each call: that is as if it were not said, and the
 * server tells when the token has ended. */
const LEAST_SECONDS = 1
const MOST_SECONDS = 31_536_000

export async function askForToken(ask: TokenAsk): Promise<Token> {
  const { issuer, client, grantType, parameters, tokenIn } = ask
  const oauth = await import('oauth4webapi')
  const as = { issuer: issuer.issuer, token_endpoint: issuer.tokenEndpoint }
  const own = { client_id: client.id }
  let answer: Answer | undefined
  const send = makeSend(ask, (got) => {
    answer = got
    return makeResponse(got, tokenIn)
  })
  const response = await oauth.genericTokenEndpointRequest(
    as,
    own,
    client.proof,
    grantType,
    parameters,
    { [oauth.customFetch]: send, [oauth.allowInsecureRequests]: true },
  )
  if (answer && isRefusal(answer)) throw describeRefusal(ask, answer)
  try {
    const given = await oauth.processGenericTokenEndpointResponse(
      as,
      own,
      response,
    )
    return readToken(given, ask)
  } catch (error) {
    if (error instanceof SignInProblem) throw error
    throw invalid(ask, 'its answer is not a token response')
  }
}

interface FetchOptions {
  readonly method: 'POST'
  readonly body: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
}

/** The `fetch` of a request that a client proves itself in. */
export function makeSend(
  { from, net, hide }: Pick<TokenAsk, 'from' | 'net' | 'hide'>,
  received: (answer: Answer) => Response,
) {
  return async (url: string, options: FetchOptions): Promise<Response> => {
    const assertion = options.body.get('client_assertion')
    if (assertion) hide(assertion)
    const basic = options.headers.authorization
    if (basic) hide(basic.slice('Basic '.length))
    const { method, headers } = options
    const body = options.body.toString()
    const outgoing = { method, headers, body } as const
    return received(await fetchGuarded(new URL(url), outgoing, from, net))
  }
}

/** Some answer a refusal with HTTP 200. */
function isRefusal(answer: Answer): boolean {
  if (answer.status !== 200) return true
  const { error, access_token: token } = readObject(answer) ?? {}
  return typeof error === 'string' && token === undefined
}

export function makeResponse(
  answer: Answer,
  tokenIn: string | null = null,
): Response {
  const { status, headers } = answer
  const type = headers['content-type'] ?? ''
  const hasBody = status !== 204 && status !== 205 && status !== 304
  const body = status === 200 ? pickToken(answer, tokenIn) : answer.body
  return new Response(hasBody ? new Uint8Array(body) : null, {
    status: status < 200 ? 502 : status,
    headers: { 'content-type': type },
  })
}

/** Without a token of the person's identity: nobody asks for it. */
function pickToken(answer: Answer, tokenIn: string | null): Buffer {
  const whole = readObject(answer)
  if (!whole) return answer.body
  const { id_token: _, ...rest } = whole
  const picked =
    tokenIn === null
      ? rest
      : // There its type is whose token it is; a token is for a header all the
        // same.
        { ...Object(whole[tokenIn]), token_type: 'bearer' }
  const { expires_in: given, ...others } = picked
  const seconds = readSeconds(given)
  const clean =
    seconds === undefined ? others : { ...others, expires_in: seconds }
  return Buffer.from(JSON.stringify(clean))
}

/** Some write a text; some write null or -1 for a token without an end. */
function readSeconds(given: unknown): number | undefined {
  const seconds =
    typeof given === 'string' ? Number(given.trim() || NaN) : given
  return typeof seconds === 'number' && seconds >= 0 ? seconds : undefined
}

function readToken(
  given: {
    readonly access_token: string
    readonly token_type: string
    readonly expires_in?: number | undefined
    readonly refresh_token?: string | undefined
    readonly scope?: string | undefined
  },
  ask: TokenAsk,
): Token {
  const { access_token: value, token_type: type, expires_in: seconds } = given
  if (type !== 'bearer') throw invalid(ask, 'it gives no bearer tokens')
  if (value.length > MAX_TOKEN || !/^[\x21-\x7e]+$/.test(value)) {
    throw invalid(ask, 'its token cannot be sent in a header')
  }
  const { refresh_token: refresh, scope } = given
  if (refresh && refresh.length > MAX_TOKEN) {
    throw invalid(ask, 'its refresh token is too long')
  }
  return {
    value,
    life: readLife(seconds),
    refresh: refresh || undefined,
    scopes: scope === undefined ? undefined : readScopes(scope),
  }
}

function readLife(seconds: number | undefined): number | undefined {
  if (seconds === undefined || seconds < LEAST_SECONDS) return undefined
  return Math.min(seconds, MOST_SECONDS) * 1_000
}

type Asked = Pick<TokenAsk, 'issuer' | 'net'>

function invalid(ask: Asked, why: string): SignInProblem {
  return new SignInProblem(`${nameIssuer(ask)} is of no use: ${why}`)
}

export function nameIssuer({ issuer, net }: Asked): string {
  return `the authorization server ${cleanWord(issuer.issuer, 200, net.tell)}`
}

function describeRefusal(ask: TokenAsk, answer: Answer): SignInProblem {
  const { client, issuer, net } = ask
  const { tell } = net
  const { status, headers } = answer
  const who = nameIssuer(ask)
  if (status >= 500 || status === 429) {
    const wait = /^\d{1,5}$/.exec(headers['retry-after'] ?? '')?.[0]
    const asked = wait === undefined ? {} : { waitMs: Number(wait) * 1_000 }
    const what = status === 429 ? 'asks for fewer requests' : 'fails'
    return new SignInProblem(`${who} ${what}: HTTP ${status}`, 'later', asked)
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
  const words = said ? ` (it says: ${said})` : ''
  return new SignInProblem(
    `${who} refuses the client ${cleanWord(client.id, 100, tell)}: ${code}${words}; ${ask.check(code)}`,
    'after a change',
    { code: word },
  )
}
