// What a logout token of the provider says (OpenID Connect Back-Channel Logout).
// In: its claims, after its signature was checked; whom it must be for, an instant.
// Out: the logout. INVARIANT: a token of another kind, of any age or shape, ends
// nothing; one that is used again finds nothing left to end.

import type { Login } from '../../contract/login.ts'
import type { Claims } from '../../table/login.ts'
import { isFor, isInstant, isName } from './claims.ts'
import { type Logout, nameSession } from './logouts.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** For clocks that differ. */
const LEEWAY_MS = 30_000

/** Where a token says no end, and at most. */
export const LOGOUT_LIFE_MS = 5 * 60_000

/** Whom a logout token may be for: the gateway itself where it is a client of the
 * provider, or a client whose tokens come here. */
export function listLogoutAudience({
  server,
  clients,
  introspection,
}: Pick<Login, 'server' | 'clients' | 'introspection'>): readonly string[] {
  if (server) return [server.client.id]
  const own = introspection ? [introspection.client.id] : []
  return [...own, ...(clients ?? [])]
}

export interface JudgedLogout extends Logout {
  /** Counts once. */
  readonly jti: string
}

/** A text: why it ends nothing. */
export function judgeLogout(
  login: Login,
  claims: Claims,
  now: number,
): JudgedLogout | string {
  const { sub, sid, jti, aud, events, iat, exp, nbf } = claims
  if (!isFor(aud, listLogoutAudience(login))) return 'it is for another client'
  if (Object.hasOwn(claims, 'nonce')) return 'it has a nonce'
  if (!isLogout(events)) return 'it is not about a logout'
  if (!isName(jti)) return 'it has no jti'
  if (!isInstant(iat)) return 'it has no iat'
  if (exp !== undefined && !isInstant(exp)) return 'its exp is not an instant'
  if (nbf !== undefined && !isInstant(nbf)) return 'its nbf is not an instant'
  const issued = iat * 1_000
  const ends = Math.min((exp ?? Infinity) * 1_000, issued + LOGOUT_LIFE_MS)
  if (now >= ends + LEEWAY_MS) return 'it has expired'
  if (Math.max(issued, (nbf ?? 0) * 1_000) > now + LEEWAY_MS) {
    return 'it is not valid yet'
  }
  if (sub === undefined && sid === undefined) return 'it names nobody'
  if (sub !== undefined && !isName(sub)) return 'its sub is not a name'
  if (sid !== undefined && !isName(sid)) return 'its sid is not a name'
  const { issuer } = login
  return {
    jti,
    issuer,
    sub: sub ?? null,
    session: sid === undefined ? null : nameSession(issuer, sid),
    // As the provider says it, also where its clock is ahead of ours: tokens of
    // before say instants of that clock too.
    at: issued,
  }
}

function isLogout(events: unknown): boolean {
  if (typeof events !== 'object' || events === null) return false
  if (!Object.hasOwn(events, EVENT)) return false
  const said = (events as Readonly<Record<string, unknown>>)[EVENT]
  return typeof said === 'object' && said !== null && !Array.isArray(said)
}
