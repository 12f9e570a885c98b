// A client for what a gateway says of accounts: its page, its admin listener.
// In: an address and a token. Out: accounts and their states.
// INVARIANT: a token goes to https, or to this host; no redirect is followed.

import { isLoopback } from '../contract/hosts.ts'
import { plain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import type { AdminTarget } from './admin.ts'

/** A server that the person may connect. */
export interface OwnServer {
  readonly name: string
  readonly title: string
  /** `login`: the company's login opens it; absent: not so. */
  readonly via?: 'login'
  readonly state: 'connected' | 'ended' | 'absent'
  readonly since: string | null
  readonly until: string | null
}

export interface OwnState {
  readonly subject: string
  readonly servers: readonly OwnServer[]
}

/** As the admin listener writes it. */
export interface AccountThere {
  /** Name of the server in the config. */
  readonly server: string
  /** The person; null for the gateway's own account. */
  readonly subject: string | null
  /** The authorization server. */
  readonly issuer: string
  /** `ended`: somebody must sign in again. */
  readonly state: 'connected' | 'ended'
  /** When somebody signed in, ISO 8601. */
  readonly since: string
  /** When it was last renewed, ISO 8601. */
  readonly renewed: string
  /** Its end, ISO 8601, if that is known; null: it is renewed. */
  readonly until: string | null
  /** Why the last renewal failed; null: it did not. */
  readonly trouble: string | null
  /** The same as `grant` in the audit: a keyed digest. */
  readonly grantId: string
  /** What it may do at the server. */
  readonly scopes: readonly string[]
}

export interface CodeThere {
  readonly code: string
  readonly url: string
  readonly expires: string
}

const PATIENCE = 10_000

/** The origin of a gateway that may get a token. */
export function readOrigin(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const { protocol, hostname, origin } = parsed ?? {}
  if (protocol === 'https:' && origin !== undefined) return origin
  if (protocol === 'http:' && isLoopback(hostname ?? '')) return origin ?? ''
  throw new Unanswerable(
    plain`${url} is not the address of a gateway: https, or http on this host`,
  )
}

/** Undefined: no server of this gateway wants people to sign in. */
export async function askState(
  origin: string,
  token: string,
): Promise<OwnState | undefined> {
  const { status, body } = await ask(origin, token, 'GET', '/connect/state')
  if (status === 404) return undefined
  if (status === 401) {
    throw new Unanswerable(
      plain`the gateway at ${origin} does not accept this token\nhelp: \`gateway token inspect\` says what it is`,
    )
  }
  const { subject, servers } = body
  if (status === 200 && typeof subject === 'string' && Array.isArray(servers)) {
    return { subject, servers }
  }
  throw new Unanswerable(plain`${origin} does not answer like a gateway`)
}

export async function listAccounts(
  target: AdminTarget,
): Promise<readonly AccountThere[]> {
  const { accounts } = await askAdmin(target, 'GET', '/connect')
  return Array.isArray(accounts) ? accounts : []
}

/** A text: why there is none. */
export async function requestCode(
  target: AdminTarget,
  server: string,
): Promise<CodeThere | string> {
  const answer = await askAdmin(target, 'POST', `/connect/${server}`)
  const { error, code, url } = answer
  if (typeof code === 'string' && typeof url === 'string') {
    return answer as unknown as CodeThere
  }
  return typeof error === 'string' ? error : 'it does not answer like a gateway'
}

/** False: there is no such account now. */
export async function endAccount(
  target: AdminTarget,
  { server, subject }: Pick<AccountThere, 'server' | 'subject'>,
): Promise<boolean> {
  const query =
    subject === null ? '' : `?${new URLSearchParams({ subject }).toString()}`
  const path = `/connect/${encodeURIComponent(server)}${query}`
  return (await askAdmin(target, 'DELETE', path)).error === undefined
}

async function askAdmin(
  { url, token }: AdminTarget,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
): Promise<Record<string, unknown>> {
  const { status, body } = await ask(url, token, method, path)
  if (status === 401 || status === 403) {
    throw new Unanswerable(
      plain`the gateway at ${url} does not accept this admin token\nhelp: it uses another key file; give --token-file`,
    )
  }
  if (status !== 200 && status !== 404) {
    throw new Unanswerable(plain`${url} answers ${status}`)
  }
  return body
}

async function ask(
  origin: string,
  token: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
): Promise<{
  readonly status: number
  readonly body: Record<string, unknown>
}> {
  const { request } = await import('undici')
  const response = await request(origin + path, {
    method,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    signal: AbortSignal.timeout(PATIENCE),
  }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code ?? error.name
    throw new Unanswerable(
      plain`no gateway answers at ${origin} (${why})\nhelp: start one with \`gateway serve\`, or name it with --gateway`,
    )
  })
  const { statusCode } = response
  return { status: statusCode, body: readJson(await response.body.text()) }
}

function readJson(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
