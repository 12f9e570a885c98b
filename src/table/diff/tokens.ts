// Tokens that are new, removed or changed.
// In: two tables. Out: one change for each token, with its reach.
// INVARIANT: no clock: a token is valid until it is revoked, and its expiry is
// a value like others.

import type { Grants, RoutingTable, TokenRecord } from '../../contract/table.ts'
import { listCovered, listUses, type Use } from '../access.ts'
import { pairMembers } from '../pairs.ts'

export interface TokenChange {
  /** Id of the token. */
  readonly id: string
  /** The holder. */
  readonly subject: string
  /** `restored`: it was revoked in the base, but is not in the head. */
  readonly change: 'added' | 'restored' | 'changed' | 'revoked' | 'removed'
  /** Members that differ, when `changed`. */
  readonly parts: readonly {
    /** Name of the member in the table. */
    readonly name: string
    /** Value in the base, as in the table; null: none. */
    readonly before: unknown
    /** Value in the head, as in the table; null: none. */
    readonly after: unknown
  }[]
  readonly record: TokenRecord
}

const PARTS = [
  'subject',
  'kind',
  'team',
  'roles',
  'tools',
  'notBefore',
  'expires',
  'sha256',
  'replaces',
] as const

export function diffTokens(
  base: RoutingTable,
  head: RoutingTable,
): readonly TokenChange[] {
  const uses = listUses([base, head])
  const records = pairMembers(base.tokens, head.tokens)
  return records.flatMap(([id, before, after]): readonly TokenChange[] => {
    const record = after ?? before
    if (!record) return []
    const { subject } = record
    const own = { id, subject, parts: [], record }
    if (!before || !after) {
      // A record that was revoked on its only side never gave access.
      if (record.revoked !== null) return []
      return [{ ...own, change: before ? 'removed' : 'added' }]
    }
    if (before.revoked === null && after.revoked !== null) {
      return [{ ...own, change: 'revoked' }]
    }
    if (after.revoked !== null) return []
    if (before.revoked !== null) return [{ ...own, change: 'restored' }]
    const parts = PARTS.filter((name) =>
      name === 'tools'
        ? !isSameTools(before.tools, after.tools, uses)
        : JSON.stringify(before[name]) !== JSON.stringify(after[name]),
    ).map((name) => ({ name, before: before[name], after: after[name] }))
    return parts.length === 0 ? [] : [{ ...own, change: 'changed', parts }]
  })
}

/** By what they name, however it is written. */
function isSameTools(
  a: Grants | null,
  b: Grants | null,
  uses: readonly Use[],
): boolean {
  if (a === null || b === null) return a === b
  const [old, now] = [a, b].map((tools) => listCovered(tools, uses, 'allow'))
  return JSON.stringify(old) === JSON.stringify(now)
}
