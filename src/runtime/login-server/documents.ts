// Fetches what a client names by an address: its metadata document, its keys.
// In: an address, as the client wrote it. Out: an answer for oidc-provider.
// INVARIANT: only what is on the public internet is reached, by https; of a
// document, the members count that a registration may have too.

import { createCache } from '../base/cache.ts'
import { fetchGuarded, type Net } from '../oauth/fetch.ts'
import { resolveHost } from '../oauth/reach.ts'
import type { Outward } from '../outward/outward.ts'
import { pickMembers } from './registration.ts'

const MS = 5_000

/** What has failed is not fetched again so soon, whoever asks. */
const FAILED_MS = 10_000
const MAX_FAILED = 1_000

export interface DocumentOptions {
  readonly redirects: readonly string[] | null
  readonly signal: AbortSignal
  /** An origin that is read although it is not public. */
  readonly own?: string | undefined
  outward(): Outward
}

/** As `fetch` for oidc-provider, which checks what the document says. */
export function makeDocumentFetch(
  options: DocumentOptions,
): (url: URL | string) => Promise<Response> {
  const { signal, redirects, own = '' } = options
  const tell = (text: string) => text
  const fixed = { resolve: resolveHost, tell, signal, ms: MS, own }
  const failed = createCache<string, true>(MAX_FAILED, { ttl: FAILED_MS })
  return async (url) => {
    const at = new URL(url)
    const net: Net = { ...fixed, outward: options.outward() }
    if (at.protocol !== 'https:') throw new Error('not an https address')
    if (failed.has(at.href)) throw new Error('it could not be fetched just now')
    const headers = { accept: 'application/json' }
    const sent = { method: 'GET', headers } as const
    const {
      status,
      headers: own,
      body,
    } = await fetchGuarded(at, sent, 'public', net).catch((error: unknown) => {
      failed.set(at.href, true)
      throw error
    })
    const text = body.toString()
    const cached = own['cache-control']
    return new Response(pickDocument(text, redirects), {
      status: status === 200 ? 200 : 404,
      headers: cached === undefined ? {} : { 'cache-control': cached },
    })
  }
}

/** A set of keys, and what is no document, is left as it is. */
function pickDocument(
  text: string,
  redirects: readonly string[] | null,
): string {
  const value = readObject(text)
  if (!value || typeof value.client_id !== 'string') return text
  const secret = value.client_secret
  const members = pickMembers(
    // A document is public: it cannot hold a secret.
    { token_endpoint_auth_method: 'none', ...value },
    redirects,
  )
  if (typeof members === 'string') return JSON.stringify({ fault: members })
  return JSON.stringify(
    secret === undefined ? members : { ...members, client_secret: secret },
  )
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
