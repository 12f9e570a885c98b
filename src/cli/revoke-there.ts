// A client for POST /revoke of the admin listener.
// In: its address, its token, an order. Out: what that gateway did.
// INVARIANT: one request, no redirect is followed; no answer, no revocation.

import { plain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import type { RevocationKind } from '../table/revoked.ts'
import type { AdminTarget } from './admin.ts'

export interface There {
  /** Tokens created before this instant are refused, ISO 8601. */
  readonly before: string
  /** The file of the revocations on the host of that gateway. */
  readonly file: string
  /** Why the file does not hold it, so that a restart loses it; null: it
   * does. */
  readonly lost: string | null
  /** Tokens that are refused now, with those that people of the login have
   * open. */
  readonly tokens: number
  /** Whether it also covers people of a login, who have no record; absent:
   * no. */
  readonly login?: boolean
  /** Calls that were ended. */
  readonly calls: number
  /** Streams that were closed. */
  readonly streams: number
}

export interface OrderThere {
  readonly kind: RevocationKind
  readonly value: string
  readonly before?: string
  readonly reason?: string
}

const PATIENCE = 10_000

export async function revokeThere(
  { url, token }: AdminTarget,
  order: OrderThere,
): Promise<There> {
  const { request } = await import('undici')
  const response = await request(`${url}/revoke`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(order),
    signal: AbortSignal.timeout(PATIENCE),
  }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code ?? error.name
    throw new Unanswerable(
      `no gateway answers at ${url} (${why}): probably NOT REVOKED THERE`,
    )
  })
  const body = await response.body.text()
  if (response.statusCode === 401) {
    throw new Unanswerable(
      plain`the gateway at ${url} does not accept this admin token: NOT REVOKED\nhelp: it uses another key file; give --token-file`,
    )
  }
  const { error, ...answer } = readJson(body)
  if (response.statusCode === 200 && typeof answer.tokens === 'number') {
    return answer as unknown as There
  }
  const said = typeof error === 'string' ? `: ${error}` : ''
  throw new Unanswerable(
    `${url} answers ${response.statusCode}${said}: NOT REVOKED`,
  )
}

function readJson(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}
