// The grantee of a recorded call under today's table.
// In: a table, the token id of a record. Out: a grantee, or why there is none.
// INVARIANT: a removed token is never taken for another one, unless that one
// replaces it.

import type { RoutingTable, TokenRecord } from '../contract/table.ts'
import type { Grantee } from '../table/decide.ts'
import { granteeOf } from '../table/expect.ts'
import { endOf } from '../table/life.ts'

export type Standing = 'good' | 'unknown' | 'revoked' | 'expired' | 'not yet'

export interface Holder {
  readonly standing: Standing
  readonly token: TokenRecord | undefined
  readonly grantee: Grantee
  /** A token and the token it replaces share a counter. */
  readonly lineage: string
}

const NOBODY: Grantee = { roles: [], tools: null, team: null, token: null }

/** Somebody who came by the login of the company has no token record: their team
 * is that of the record. */
const OF_LOGIN = /^sso_[0-9a-f]{16}$/

/** Finds by token id; `at`: the time of the call. A revoked token counts as
 * revoked at all times: the question is how the new config decides now. */
export function makeHolderFinder(
  table: RoutingTable,
): (tokenId: string, at: number, team?: string | null) => Holder {
  const known = new Map<string, Omit<Holder, 'standing'>>()
  return (tokenId, at, team = null) => {
    if (OF_LOGIN.test(tokenId)) return describePerson(table, tokenId, team)
    const holder = known.get(tokenId) ?? describe(table, tokenId)
    known.set(tokenId, holder)
    const { token } = holder
    const standing = token ? judge(table, token, at) : 'unknown'
    return { ...holder, standing }
  }
}

function describe(
  table: RoutingTable,
  tokenId: string,
): Omit<Holder, 'standing'> {
  const token = findRecord(table, tokenId)
  if (!token) return { token, grantee: NOBODY, lineage: tokenId }
  const grantee = granteeOf(table, { token: token.id })
  return { token, grantee, lineage: findLineage(table, token) }
}

function describePerson(
  table: RoutingTable,
  lineage: string,
  team: string | null,
): Holder {
  const { login, teams } = table
  const isTeam = team !== null && Object.hasOwn(teams, team)
  const grantee = isTeam ? granteeOf(table, { team }) : NOBODY
  const standing = login ? 'good' : 'unknown'
  return { standing, token: undefined, grantee, lineage }
}

function findRecord(
  { tokens }: RoutingTable,
  id: string,
): TokenRecord | undefined {
  if (Object.hasOwn(tokens, id)) return tokens[id]
  return Object.values(tokens).find(({ replaces }) => replaces === id)
}

function judge(
  { maxAge }: RoutingTable,
  token: TokenRecord,
  at: number,
): Standing {
  const { revoked, notBefore } = token
  if (revoked !== null) return 'revoked'
  if (at >= endOf(token, maxAge)) return 'expired'
  return notBefore !== null && at < notBefore ? 'not yet' : 'good'
}

function findLineage({ tokens }: RoutingTable, token: TokenRecord): string {
  const seen = new Set<string>()
  let here: TokenRecord | undefined = token
  let first = token.id
  while (here && !seen.has(here.id)) {
    first = here.id
    seen.add(first)
    const before: string | null = here.replaces
    here = before === null ? undefined : tokens[before]
    if (!here && before !== null) return before
  }
  return first
}
