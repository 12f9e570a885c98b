// Whose grants a recorded call would be judged by today.
// In: a table, the token id of a record. Out: a grantee, or why there is none.
// INVARIANT: a token that is gone is never taken for another one, unless that
// one says that it replaces it.

import type { RoutingTable, TokenRecord } from '../../contract/table.ts'
import type { Grantee } from '../../table/decide.ts'
import { granteeOf } from '../../table/expect.ts'

export type Standing = 'good' | 'unknown' | 'revoked' | 'expired' | 'not yet'

export interface Holder {
  readonly standing: Standing
  readonly token: TokenRecord | undefined
  readonly grantee: Grantee
  /** A token and the one it replaces share a bucket. */
  readonly lineage: string
}

const NOBODY: Grantee = { roles: [], tools: null, team: null, token: null }

/** `at`: when the call was made. A token that is revoked is so from the first:
 * what is asked is what the new config would say to such a call. */
export function findHolder(
  table: RoutingTable,
  tokenId: string,
  at: number,
): Holder {
  const token = findRecord(table, tokenId)
  if (!token) {
    const standing = 'unknown'
    return { standing, token, grantee: NOBODY, lineage: tokenId }
  }
  const grantee = granteeOf(table, { token: token.id })
  const lineage = findLineage(table, token)
  return { standing: judge(table, token, at), token, grantee, lineage }
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
  { revoked, notBefore, expires, created }: TokenRecord,
  at: number,
): Standing {
  if (revoked !== null) return 'revoked'
  if (at >= Math.min(expires, created + maxAge)) return 'expired'
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
