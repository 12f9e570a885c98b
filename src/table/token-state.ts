// The state of a token record on this host at a time.
// In: a record, its table, this host's revocations, a time. Out: a state, and
// its reach.
// INVARIANT: the state is that of the runtime; decide() gives the rest.

import type { RoutingTable, TokenRecord } from '../contract/table.ts'
import { judgeAccess, listUses } from './access.ts'
import { judgeLife } from './life.ts'
import { Revocations } from './revoked.ts'

export type TokenState = 'active' | 'not yet' | 'expired' | 'revoked' | 'void'

const STATES: Readonly<Record<string, TokenState>> = Object.freeze({
  'revoked token': 'revoked',
  'token not valid yet': 'not yet',
  'expired token': 'expired',
})

const NONE = new Revocations()

export function stateOf(
  token: TokenRecord,
  { maxAge }: Pick<RoutingTable, 'maxAge'>,
  now: number,
  revocations = NONE,
): TokenState {
  if (revocations.covers(token)) return 'revoked'
  const problem = judgeLife(token, maxAge, now)
  return problem === undefined ? 'active' : (STATES[problem] ?? 'void')
}

/** Tools by name, and patterns over servers that are not locked. */
export interface Reach {
  readonly tools: readonly string[]
  readonly patterns: readonly string[]
}

/** Equal grants are decided once. */
export function measureReach(
  table: RoutingTable,
): (token: TokenRecord) => Reach {
  const uses = listUses([table]).filter(({ kind }) => kind === 'tool')
  const known = new Map<string, Reach>()
  return ({ roles, tools, team, rule }) => {
    const key = JSON.stringify([roles, tools])
    const before = known.get(key)
    if (before) return before
    const grantee = { roles, tools, team, token: rule }
    const granted = uses.filter(
      (use) => judgeAccess(table, grantee, use).granted,
    )
    const isPattern = (name: string) => name.includes('*')
    const formatUse = (one: (typeof uses)[number]) =>
      `${one.server}/${one.name}`
    const reach = {
      tools: granted.filter(({ name }) => !isPattern(name)).map(formatUse),
      patterns: granted.filter(({ name }) => isPattern(name)).map(formatUse),
    }
    known.set(key, reach)
    return reach
  }
}
