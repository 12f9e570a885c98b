// What clients name as the resource that they want a token for (RFC 8707).
// In: a text of a client, the address of the endpoint. Out: whether it is that one.
// INVARIANT: one address in its forms: letters of the host, a port that is the usual
// one, a slash at the end. Another path, query or fragment is another resource.

import type { Context } from 'oidc-provider/lib/provider.js'

export function isResource(given: unknown, own: string): boolean {
  if (given === own) return true
  if (typeof given !== 'string') return false
  const url = URL.parse(given)
  if (!url || given.includes('#') || given.includes('?')) return false
  return trim(url.href) === trim(new URL(own).href)
}

function trim(href: string): string {
  return href.replace(/\/$/, '')
}

/** At the token endpoint oidc-provider compares letters with the address that was
 * authorized. */
export function rewriteResource({ oidc }: Context, own: string): void {
  const { params } = oidc
  if (params && isResource(params.resource, own)) {
    Object.assign(params, { resource: own })
  }
}
