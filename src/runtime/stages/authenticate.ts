// The authenticate stage: finds the principal of a bearer token.
// INVARIANT: unknown and wrong tokens take the same code path and get the same
// answer; each request checks whether the token is still good, cached or not.

import { hash, timingSafeEqual } from 'node:crypto'
import type { TokenRecord } from '../../contract/table.ts'
import { judgeLife } from '../../table/life.ts'
import { readTokenId } from '../../table/token.ts'
import { renderPrincipal } from '../audit/fragments.ts'
import type { Routing } from '../catalog/routing.ts'
import type { Principal } from '../catalog/view.ts'
import type { Head, HeadMemo } from '../http/request-response.ts'
import type { ClientSession } from '../http/sessions.ts'
import { memoOf, type SharedMemo } from '../request.ts'
import {
  isPerson,
  judgePersonToken,
  makeHolder,
  renewPersonToken,
} from './person.ts'
import {
  judgeForm,
  refuseSpent,
  refuseToken,
  type Unauthenticated,
} from './token-faults.ts'

const BEARER = /^Bearer +([^ ]+)$/i

export function authenticate(
  routing: Routing,
  head: Pick<Head, 'authorization' | 'memo'>,
  now: number,
): Principal | Unauthenticated {
  const memo = memoOf(head)
  const known = memo?.routing === routing ? memo.principal : undefined
  const principal = known ?? findPrincipal(routing, head.authorization)
  if ('refusal' in principal) return principal
  if (!known && head.memo) shareMemo(routing, principal, head.memo)
  const problem = judgeToken(routing, principal.token, now)
  if (problem === undefined) return principal
  const { token, fragment } = principal
  const { maxAge } = routing.table
  return { ...refuseSpent(problem, token, maxAge), holder: fragment }
}

/** Equal heads from one address get one memo and one form, whichever their
 * connection: a processor has what all calls use in its caches, not what one
 * connection of many uses. A session has its own: memos outlive connections. */
function shareMemo(
  routing: Routing,
  principal: Principal,
  memo: HeadMemo,
): void {
  const { head, form } = memo
  const made: SharedMemo = { routing, principal, form }
  memo.stages = made
  if (!head || head.session !== undefined) return
  const texts = form.parts.map((part) => part.toString('latin1'))
  const key = hash('sha256', [head.ip, ...texts].join('\0'), 'hex')
  const known = routing.memos.get(key) as SharedMemo | undefined
  if (known?.principal !== principal) return void routing.memos.set(key, made)
  memo.stages = known
  memo.form = known.form
}

function findPrincipal(
  routing: Routing,
  authorization: string | undefined,
): Principal | Unauthenticated {
  if (authorization === undefined) return refuseToken('no token')
  const token = BEARER.exec(authorization)?.[1]
  // A token of a wrong form costs no lookup and no hash.
  const id = token && readTokenId(token)
  if (!token || !id) return refuseToken(judgeForm(authorization))
  const sha256 = hash('sha256', token, 'hex')
  const principal =
    routing.principals.get(sha256) ?? identify(routing, id, sha256)
  return principal ?? refuseToken('unknown token')
}

/** Why a token is not good at `now`; undefined when it is good. */
export function judgeToken(
  routing: Routing,
  token: TokenRecord,
  now: number,
): string | undefined {
  if (isPerson(token)) return judgePersonToken(routing, token, now)
  if (routing.revocations.covers(token)) return 'revoked token'
  return judgeLife(token, routing.table.maxAge, now)
}

/** What a table says of the holder of a token; undefined: nothing. */
export function renewToken(
  routing: Routing,
  token: TokenRecord,
): TokenRecord | undefined {
  if (!isPerson(token)) return routing.tokens.get(token.id)
  return renewPersonToken(routing, token)
}

/** The token that a session belongs to now; undefined: there is none. */
export function findHolder(
  routing: Routing,
  { holder, tokenId }: ClientSession,
): TokenRecord | undefined {
  return holder ? renewToken(routing, holder) : routing.tokens.get(tokenId)
}

/** Makes the principal of a token under a routing. */
export function makePrincipal(routing: Routing, token: TokenRecord): Principal {
  if (isPerson(token)) return makeHolder(routing, token)
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

/** Follows `replaces` to the first token; stops at a loop. */
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

/** Compares with a dummy hash where the id is unknown, so that both cases take
 * the same steps. Caches only good tokens, so that random ones cannot evict
 * them. */
function identify(
  routing: Routing,
  id: string,
  sha256: string,
): Principal | undefined {
  const record = routing.tokens.get(id)
  const expected = Buffer.from(record?.sha256 ?? DUMMY_HASH, 'hex')
  const same = timingSafeEqual(expected, Buffer.from(sha256, 'hex'))
  if (!record || !same) return undefined
  const principal = makePrincipal(routing, record)
  routing.principals.set(sha256, principal)
  return principal
}

const DUMMY_HASH = ''.padStart(64, '0')
