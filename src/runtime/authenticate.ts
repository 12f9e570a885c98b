// The authenticate stage: bearer → token record → Principal.
// In: the Authorization header, a routing. Out: who it is, or why nobody.
// INVARIANT: unknown and wrong tokens take the same path and get the same
// answer; a token is judged again at every request, cached or not.

import { hash, timingSafeEqual } from 'node:crypto'
import type { TokenRecord } from '../contract/table.ts'
import { readTokenId } from '../table/token.ts'
import { renderPrincipal } from './audit/fragments.ts'
import type { Principal } from './exchange.ts'
import type { Routing } from './routing.ts'

/** Why a request is nobody's; for the audit, never for the client. */
export interface Stranger {
  readonly reason: string
}

const BEARER = /^Bearer +([^ ]+)$/i

export function authenticate(
  routing: Routing,
  authorization: string | undefined,
  now: number,
): Principal | Stranger {
  if (authorization === undefined) return { reason: 'no token' }
  const token = BEARER.exec(authorization)?.[1]
  if (!token || token.length > 128) return { reason: 'malformed token' }
  const sha256 = hash('sha256', token, 'hex')
  const known = routing.verdicts.get(sha256)
  const verdict = known ?? identify(routing, token, sha256)
  if (known === undefined) routing.verdicts.set(sha256, verdict)
  if (typeof verdict === 'string') return { reason: verdict }
  const problem = judgeToken(routing, verdict.token, now)
  return problem === undefined ? verdict : { reason: problem }
}

/** Why a record is not good at `now`, or undefined when it is. */
export function judgeToken(
  routing: Routing,
  token: TokenRecord,
  now: number,
): string | undefined {
  if (token.revoked !== null && token.revoked <= now) return 'revoked token'
  if (token.notBefore !== null && now < token.notBefore) {
    return 'token not valid yet'
  }
  const end = Math.min(token.expires, token.created + routing.table.maxAge)
  return now >= end ? 'expired token' : undefined
}

/** The principal that a record makes under a routing. */
export function makePrincipal(routing: Routing, token: TokenRecord): Principal {
  const { roles, tools, team, rule } = token
  const grantee = { roles, tools, team, token: rule }
  return {
    token,
    grantee,
    view: routing.view(grantee),
    lineage: findLineage(routing, token),
    fragment: renderPrincipal(token),
  }
}

/** Follows `replaces` to its beginning; a loop ends where it closes. */
function findLineage(routing: Routing, token: TokenRecord): string {
  const seen = new Set<string>()
  let here: TokenRecord | undefined = token
  let first = token.id
  while (here && !seen.has(here.id)) {
    first = here.id
    seen.add(here.id)
    if (here.replaces === null) break
    here = routing.tokens.get(here.replaces)
  }
  return first
}

function identify(
  routing: Routing,
  token: string,
  sha256: string,
): Principal | string {
  const id = readTokenId(token)
  if (id === undefined) return 'malformed token'
  const record = routing.tokens.get(id)
  const expected = Buffer.from(record?.sha256 ?? ''.padStart(64, '0'), 'hex')
  const same = timingSafeEqual(expected, Buffer.from(sha256, 'hex'))
  return record && same ? makePrincipal(routing, record) : 'unknown token'
}
