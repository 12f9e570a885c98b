// Who gains or loses which use between two tables.
// In: two tables. Out: changes of access, one for each principal and use.
// INVARIANT: the key is principal and use only: the place of a rule, the name
// of its role and the order of roles make no difference.

import type { RoutingTable } from '../../contract/table.ts'
import {
  type Access,
  isSameAccess,
  judgeAccess,
  listUses,
  lockedNames,
  type Principal,
  type Use,
} from '../access.ts'
import type { Grantee } from '../decide.ts'
import { granteeOf, whoOf } from '../expect.ts'

/** `wider` and `narrower`: allowed before and after, with fewer or more
 * conditions; `otherwise`: with other conditions. */
export type Change = 'gain' | 'wider' | 'otherwise' | 'narrower' | 'loss'

export interface AccessChange {
  readonly principal: Principal
  readonly use: Use
  readonly change: Change
  readonly before: Access
  readonly after: Access
  /** No rule changed it: the lock has the name anew, or no longer. */
  readonly byLock: boolean
}

export interface AccessDiff {
  readonly changes: readonly AccessChange[]
  /** Roles of equal access that only have a new name. */
  readonly renamed: readonly (readonly [string, string])[]
}

/** One side of a comparison; decides each set of grants once. */
class Side {
  readonly table: RoutingTable
  readonly #uses: readonly Use[]
  readonly #judged = new Map<string, readonly Access[]>()

  constructor(table: RoutingTable, uses: readonly Use[]) {
    this.table = table
    this.#uses = uses
  }

  /** Accesses in the order of the uses; none for an unknown principal. */
  judge(principal: Principal): readonly Access[] {
    return this.judgeGrantee(granteeOf(this.table, whoOf(principal)))
  }

  judgeGrantee(grantee: Grantee): readonly Access[] {
    const key = JSON.stringify([[...grantee.roles].sort(), grantee.tools])
    const told = this.#judged.get(key)
    if (told) return told
    const judged = this.#uses.map((use) =>
      judgeAccess(this.table, grantee, use),
    )
    this.#judged.set(key, judged)
    return judged
  }
}

export function diffAccess(base: RoutingTable, head: RoutingTable): AccessDiff {
  const uses = listUses([base, head])
  const [before, after] = [new Side(base, uses), new Side(head, uses)]
  const renamed = findRenamed(before, after)
  const gone = new Set(renamed.map(([from]) => `role ${from}`))
  const come = new Set(renamed.map(([, to]) => `role ${to}`))
  const principals = listPrincipals(base, head).filter(({ kind, name }) => {
    const key = `${kind} ${name}`
    return !gone.has(key) && !come.has(key)
  })
  const changes = principals.flatMap((principal) => {
    const [old, now] = [before.judge(principal), after.judge(principal)]
    if (old === now) return []
    return uses.flatMap((use, index) => {
      const [a, b] = [old[index], now[index]]
      if (!a || !b || isSameAccess(a, b)) return []
      const byLock = isLockChange(base, head, use)
      const change = nameChange(a, b)
      return [{ principal, use, change, before: a, after: b, byLock }]
    })
  })
  return { changes, renamed }
}

/** Principals of both sides; tokens only if they are valid on both, because a
 * new token gains nothing by a change, and a revoked one is gone. */
function listPrincipals(
  base: RoutingTable,
  head: RoutingTable,
): readonly Principal[] {
  const names = (kind: Principal['kind'], a: object, b: object) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .sort()
      .map((name) => ({ kind, name }))
  const isGood = ({ tokens }: RoutingTable, id: string) =>
    Object.hasOwn(tokens, id) && tokens[id]?.revoked === null
  return [
    ...names('role', base.roles, head.roles),
    ...names('team', base.teams, head.teams),
    ...names('group', groupsOf(base), groupsOf(head)),
    ...names('token', base.tokens, head.tokens).filter(
      ({ name }) => isGood(base, name) && isGood(head, name),
    ),
  ]
}

function groupsOf({ login }: RoutingTable): object {
  const groups = login?.teams.map ?? []
  return Object.fromEntries(groups.map(({ group }) => [group, true]))
}

/** A removed and an added role, with equal access to something. */
function findRenamed(
  before: Side,
  after: Side,
): readonly (readonly [string, string])[] {
  const gone = Object.keys(before.table.roles).filter(
    (name) => !Object.hasOwn(after.table.roles, name),
  )
  const come = new Set(
    Object.keys(after.table.roles).filter(
      (name) => !Object.hasOwn(before.table.roles, name),
    ),
  )
  return gone.sort().flatMap((from) => {
    const old = before.judge({ kind: 'role', name: from })
    const to = [...come].sort().find((name) => {
      const now = after.judge({ kind: 'role', name })
      return old.every((one, index) => isSameAccess(one, now[index] as Access))
    })
    if (to === undefined || !old.some(({ granted }) => granted)) return []
    come.delete(to)
    return [[from, to] as const]
  })
}

/** The name is locked on one side only, and the server on both. */
function isLockChange(
  base: RoutingTable,
  head: RoutingTable,
  { server, kind, name }: Use,
): boolean {
  const [old, now] = [base, head].map((side) => lockedNames(side, server, kind))
  if (!old || !now) return false
  return Object.hasOwn(old, name) !== Object.hasOwn(now, name)
}

function nameChange(a: Access, b: Access): Change {
  if (!a.granted) return 'gain'
  if (!b.granted) return 'loss'
  const fewer = isWider(b, a)
  const more = isWider(a, b)
  if (fewer === more) return 'otherwise'
  return fewer ? 'wider' : 'narrower'
}

/** Whether the texts alone show that `a` allows all that `b` allows. */
function isWider(a: Access, b: Access): boolean {
  const only =
    a.only.length === 0 ||
    (b.only.length > 0 && b.only.every((one) => a.only.includes(one)))
  return only && a.never.every((one) => b.never.includes(one))
}
