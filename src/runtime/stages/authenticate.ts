// The authenticate stage: bearer → token record → Principal.
// In: the Authorization header, a routing. Out: who it is, or why nobody.
// INVARIANT: unknown and wrong tokens take the same path and get the same
// answer; a token is judged again at every request, cached or not.

import { hash, timingSafeEqual } from 'node:crypto'
import type { TokenRecord } from '../../contract/table.ts'
import { judgeLife } from '../../table/life.ts'
import { readTokenId } from '../../table/token.ts'
import { renderPrincipal } from '../audit/fragments.ts'
import type { Routing } from '../catalog/routing.ts'
import type { Principal } from '../catalog/view.ts'
import type { Refusal } from '../message/refusal.ts'

/** No token, or none that is good; the reason is for the audit alone. */
export interface Unauthenticated extends Refusal {
  readonly reason: string
  /** Whose token it is, rendered for the audit, where its secret was right. */
  readonly holder?: string
}

/** The holder of a token that is none: it may be a guess. */
export const GUESSED: readonly string[] = ['malformed token', 'unknown token']

const BEARER = /^Bearer +([^ ]+)$/i

export function authenticate(
  routing: Routing,
  authorization: string | undefined,
  now: number,
): Principal | Unauthenticated {
  if (authorization === undefined) return refuse('no token')
  const token = BEARER.exec(authorization)?.[1]
  // By its form alone: a flood of those reaches no table and no cache.
  const id = token && readTokenId(token)
  if (!token || !id) return refuse('malformed token')
  const sha256 = hash('sha256', token, 'hex')
  const principal =
    routing.principals.get(sha256) ?? identify(routing, id, sha256)
  if (!principal) return refuse('unknown token')
  const problem = judgeToken(routing, principal.token, now)
  if (problem === undefined) return principal
  return { ...refuse(problem), holder: principal.fragment }
}

function refuse(reason: string): Unauthenticated {
  return { refusal: 'unauthenticated', reason }
}

/** Why a record is not good at `now`, or undefined when it is. */
export function judgeToken(
  routing: Routing,
  token: TokenRecord,
  now: number,
): string | undefined {
  if (routing.revocations.covers(token)) return 'revoked token'
  return judgeLife(token, routing.table.maxAge, now)
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

/** Compares with nobody's hash where there is no such id, so that both take
 * the same steps. Only who is known is remembered: guesses push nobody out. */
function identify(
  routing: Routing,
  id: string,
  sha256: string,
): Principal | undefined {
  const record = routing.tokens.get(id)
  const expected = Buffer.from(record?.sha256 ?? NOBODY, 'hex')
  const same = timingSafeEqual(expected, Buffer.from(sha256, 'hex'))
  if (!record || !same) return undefined
  const principal = makePrincipal(routing, record)
  routing.principals.set(sha256, principal)
  return principal
}

const NOBODY = ''.padStart(64, '0')
