// The cookies of oidc-provider, beside ours that bind a browser to its visits.
// In: the origin of the gateway; headers. Out: names; headers without a session.
// INVARIANT: no session is kept here: each authorization goes to the provider.

import type { IncomingMessage } from 'node:http'
import type { Context } from 'oidc-provider/lib/provider.js'

export const COOKIE = Object.freeze({
  httpOnly: true,
  sameSite: 'lax',
  signed: true,
  overwrite: true,
})

/** Theirs have a path of their own, which `__Host-` does not allow. Cookies of
 * a host are shared by its ports. */
export function nameCookies(origin: string) {
  const { protocol, port } = new URL(origin)
  const own = 'portcullis-login'
  const prefix =
    protocol === 'https:' ? `__Secure-${own}` : `${own}-${port || 80}`
  return {
    session: `${prefix}-session`,
    interaction: `${prefix}-visit`,
    resume: `${prefix}-resume`,
  }
}

/** A browser may bring one from elsewhere. */
export function dropSession(request: IncomingMessage, origin: string): void {
  const { cookie } = request.headers
  if (cookie === undefined) return
  const { session } = nameCookies(origin)
  const kept = cookie
    .split(';')
    .filter((one) => !one.trim().startsWith(session))
  request.headers.cookie = kept.join(';')
}

export function keepNoSession({ res }: Context, origin: string): void {
  const { session } = nameCookies(origin)
  const set = [res.getHeader('set-cookie') ?? []].flat().map(String)
  const kept = set.filter((one) => !one.startsWith(session))
  if (kept.length > 0) res.setHeader('set-cookie', kept)
  else res.removeHeader('set-cookie')
}
