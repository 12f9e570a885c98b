// Changes of access for a reviewer: one row for changes with one cause.
// In: changes, one for each principal and use. Out: rows, serious ones first.
// INVARIANT: every change is in exactly one row: under its own principal, or
// among the holders of the role that caused it.

import type { Risk } from '../../contract/lock.ts'
import type { Artefact, RoutingTable } from '../../contract/table.ts'
import { PRINCIPAL_KINDS, type Principal, type Use } from '../access.ts'
import { granteeOf, whoOf } from '../expect.ts'
import { judgeRisk, nameOf } from '../lock.ts'
import type { AccessChange, Change } from './access.ts'

/** Conditions on the arguments, in words; empty lists: none. */
export interface Conditions {
  /** One of these must hold, if there are any. */
  readonly only: readonly string[]
  /** None of these may hold. */
  readonly never: readonly string[]
}

export interface Row {
  readonly principal: Principal
  /** Teams, groups and tokens that have the change through this role. */
  readonly holders: readonly Principal[]
  readonly change: Change
  readonly risk: Risk
  /** The uses with this change. */
  readonly uses: readonly Use[]
  /** Conditions in the base; null if the uses are not allowed at all. */
  readonly before: Conditions | null
  /** Conditions in the head; null if the uses are not allowed at all. */
  readonly after: Conditions | null
  readonly because: {
    /** Pointer into the config of that side; null: no rule decided. */
    readonly rule: string | null
    /** The side whose rule it is. */
    readonly side: 'base' | 'head'
    /** No rule changed it: the lock has the name anew, or no longer. */
    readonly byLock: boolean
  }
}

const ORDER: readonly Change[] = [
  'gain',
  'wider',
  'otherwise',
  'narrower',
  'loss',
]
const RISKS: readonly Risk[] = [
  'destructive',
  'unknown',
  'additive',
  'read-only',
]

export function groupRows(
  changes: readonly AccessChange[],
  base: Artefact,
  head: Artefact,
): readonly Row[] {
  const owned = fold(changes, base.table, head.table)
  const groups = new Map<string, Row>()
  for (const { change, holders } of owned) {
    const row = makeRow(change, holders, base, head)
    const { uses: _uses, ...rest } = row
    const key = JSON.stringify(rest)
    const group = groups.get(key)
    groups.set(
      key,
      group ? { ...row, uses: [...group.uses, ...row.uses] } : row,
    )
  }
  const rank = ({ change, risk, principal }: Row) => [
    String(ORDER.indexOf(change)),
    change === 'gain' || change === 'wider' ? RISKS.indexOf(risk) : 0,
    PRINCIPAL_KINDS.indexOf(principal.kind),
    principal.name,
  ]
  return [...groups.values()].sort((a, b) =>
    JSON.stringify(rank(a)) < JSON.stringify(rank(b)) ? -1 : 1,
  )
}

interface Owned {
  readonly change: AccessChange
  readonly holders: readonly Principal[]
}

/** Teams, groups and tokens with the same change as one of their roles join its row. */
function fold(
  changes: readonly AccessChange[],
  base: RoutingTable,
  head: RoutingTable,
): readonly Owned[] {
  const byRole = new Map<
    string,
    { change: AccessChange; holders: Principal[] }
  >()
  const own: Owned[] = []
  for (const change of changes) {
    const { principal } = change
    if (principal.kind === 'role') {
      const owned = { change, holders: [] }
      byRole.set(keyOf(change, principal.name), owned)
      own.push(owned)
      continue
    }
    const bringer = rolesOf(principal, base, head)
      .map((role) => byRole.get(keyOf(change, role)))
      .find((one) => one !== undefined)
    if (bringer) bringer.holders.push(principal)
    else own.push({ change, holders: [] })
  }
  return own
}

function keyOf({ use, change, before, after }: AccessChange, role: string) {
  const told = [before, after].map(readConditions)
  return JSON.stringify([role, use, change, told])
}

function rolesOf(
  principal: Principal,
  base: RoutingTable,
  head: RoutingTable,
): readonly string[] {
  const rolesIn = (table: RoutingTable) =>
    granteeOf(table, whoOf(principal)).roles
  return [...new Set([...rolesIn(head), ...rolesIn(base)])].sort()
}

function makeRow(
  { principal, use, change, before, after, byLock }: AccessChange,
  holders: readonly Principal[],
  base: Artefact,
  head: Artefact,
): Row {
  const lost = change === 'loss'
  const side = lost && (byLock || after.rule === null) ? 'base' : 'head'
  const { rule } = side === 'base' ? before : after
  return {
    principal,
    holders,
    change,
    risk: riskOf(use, lost ? base : head),
    uses: [use],
    before: readConditions(before),
    after: readConditions(after),
    because: { rule, side, byLock },
  }
}

function readConditions(access: AccessChange['before']): Conditions | null {
  const { granted, only, never } = access
  return granted ? { only, never } : null
}

/** Risk of a tool by its annotations; unknown if it is not locked. */
function riskOf({ server, kind, name }: Use, { definitions }: Artefact): Risk {
  if (kind !== 'tool') return 'read-only'
  const locked = Object.hasOwn(definitions, server)
    ? definitions[server]?.tools
    : undefined
  return judgeRisk(locked?.find((tool) => nameOf('tools', tool) === name))
}
