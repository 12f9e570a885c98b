// The company's provider as oauth4webapi reads it, and how it is asked.
// In: the provider. Out: metadata and options for oauth4webapi.
// INVARIANT: every request goes through the guard: what the provider names is no
// nearer than the provider itself.

import type { AuthorizationServer } from 'oauth4webapi'
import type { Login } from '../../contract/login.ts'
import type { Provider } from '../login/provider.ts'
import { fetchGuarded, type Net } from '../oauth/fetch.ts'
import { SignInProblem } from '../oauth/problem.ts'
import type { Reach } from '../oauth/reach.ts'

export interface ProviderClient {
  readonly oauth: typeof import('oauth4webapi')
  readonly as: AuthorizationServer
  readonly metadata: Readonly<Record<string, unknown>>
  /** For each request of oauth4webapi. */
  readonly options: object
}

export async function openProvider({
  login,
  provider,
}: {
  readonly login: Login
  readonly provider: Provider
}): Promise<ProviderClient> {
  const oauth = await import('oauth4webapi')
  const { metadata, reach } = await provider.find()
  const as = {
    ...metadata,
    issuer: login.issuer,
    ...(login.jwks !== null && { jwks_uri: login.jwks }),
    id_token_signing_alg_values_supported: pickAlgorithms(
      login.algorithms,
      metadata.id_token_signing_alg_values_supported,
    ),
  } as AuthorizationServer
  const options = {
    [oauth.customFetch]: makeFetch(reach, provider.net),
    // The guard of every request decides.
    [oauth.allowInsecureRequests]: true,
  }
  return { oauth, as, metadata, options }
}

/** Those of ours that the provider uses; all of them where it does not say. */
function pickAlgorithms(ours: readonly string[], theirs: unknown): string[] {
  const both = ours.filter(
    (one) => Array.isArray(theirs) && theirs.includes(one),
  )
  return both.length > 0 ? both : [...ours]
}

type Fetch = (
  url: string,
  request: {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: unknown
  },
) => Promise<Response>

/** As `fetch`, behind the guard. */
function makeFetch(reach: Reach, net: Net): Fetch {
  return async (url, { method, headers, body }) => {
    const sent = {
      method: method === 'POST' ? 'POST' : 'GET',
      headers: Object.fromEntries(new Headers(headers)),
      body: body instanceof URLSearchParams ? body.toString() : undefined,
    } as const
    const answer = await fetchGuarded(new URL(url), sent, reach, net)
    const { status } = answer
    if (status >= 500 || status === 429) {
      throw new SignInProblem(`the provider fails: HTTP ${status}`, 'later')
    }
    return new Response(answer.status === 204 ? null : answer.body, {
      status: answer.status,
      headers: keepKnown(answer.headers),
    })
  }
}

/** What oauth4webapi reads; the body is whole and not encoded. */
function keepKnown(headers: Readonly<Record<string, string>>) {
  const known = ['content-type', 'www-authenticate', 'cache-control']
  return known.flatMap((name): [string, string][] => {
    const value = headers[name]
    return value === undefined ? [] : [[name, value]]
  })
}

/** Why the provider did not name anybody: its own words are not shown. */
export function describeFault(error: unknown): Error {
  if (error instanceof SignInProblem) return error
  const {
    name,
    code,
    error: word,
    cause,
  } = Object(error) as {
    readonly name?: unknown
    readonly code?: unknown
    readonly error?: unknown
    readonly cause?: unknown
  }
  const inner = Object(cause) as { readonly code?: unknown }
  const said = [word, code, inner.code, name].find(
    (one) => typeof one === 'string' && /^[\w.-]{1,60}$/.test(one),
  )
  if (said === undefined) return error as Error
  const isPassing = PASSING.includes(String(word))
  return new SignInProblem(
    `the provider has not said who you are: ${said}`,
    isPassing ? 'later' : 'after a change',
    typeof word === 'string' ? { code: word } : {},
  )
}

const PASSING = ['temporarily_unavailable', 'server_error']
