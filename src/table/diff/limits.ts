// Which limits are looser or tighter than before.
// In: two tables. Out: one change for each limit.
// INVARIANT: a limit that admits more in any way is `looser`; values without an
// order are `changed`, never tighter.

import type { Grants, Limit, RoutingTable } from '../../contract/table.ts'
import { listCovered, listUses, type Use } from '../access.ts'
import { matching } from '../decide.ts'
import { pairMembers } from '../pairs.ts'
import { describeWhen } from '../when.ts'

export interface LimitChange {
  /** Name of the limit. */
  readonly name: string
  /** `looser`: it admits more in some way; `tighter`: only less; `changed`:
   * there is no order. */
  readonly change: 'removed' | 'looser' | 'changed' | 'tighter' | 'added'
  /** The limit in the base; null: it was not there. */
  readonly before: Limit | null
  /** The limit in the head; null: it is removed. */
  readonly after: Limit | null
}

/** For one property: how the new value compares for a limited principal. */
type Turn = 'looser' | 'tighter' | 'same' | 'changed'

const SECONDS = Object.freeze({
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
})

export function diffLimits(
  base: RoutingTable,
  head: RoutingTable,
): readonly LimitChange[] {
  const uses = listUses([base, head])
  const limits = pairMembers(base.limits, head.limits)
  return limits.flatMap(([name, before, after]): readonly LimitChange[] => {
    if (!before)
      return after ? [{ name, change: 'added', before: null, after }] : []
    if (!after) return [{ name, change: 'removed', before, after: null }]
    const turns = compareLimits(before, after, uses)
    if (turns.size === 0) return []
    return [{ name, change: judgeTurns(turns), before, after }]
  })
}

/** A hundred calls an hour are fewer than five a minute, but more at once. */
function judgeTurns(turns: ReadonlySet<Turn>): LimitChange['change'] {
  if (turns.has('looser')) return 'looser'
  return turns.has('changed') ? 'changed' : 'tighter'
}

/** All directions that occur, each once. */
function compareLimits(
  a: Limit,
  b: Limit,
  uses: readonly Use[],
): ReadonlySet<Turn> {
  const turns = [
    compareNumbers(speedOf(a), speedOf(b)),
    compareNumbers(a.rate?.burst ?? Infinity, b.rate?.burst ?? Infinity),
    compareNumbers(a.concurrent ?? Infinity, b.concurrent ?? Infinity),
    // More counters admit more in total.
    compareSets(a.each, b.each, 'looser'),
    compareSets(coveredBy(a.on, uses), coveredBy(b.on, uses), 'tighter'),
    compareWhom(a.for, b.for),
    a.mode === b.mode ? 'same' : b.mode === 'warn' ? 'looser' : 'tighter',
    compareWhens(a.on, b.on, uses),
  ] as const
  return new Set(turns.filter((turn) => turn !== 'same'))
}

function speedOf({ rate }: Limit): number {
  return rate ? rate.calls / SECONDS[rate.per] : Infinity
}

function compareNumbers(a: number, b: number): Turn {
  if (a === b) return 'same'
  return b > a ? 'looser' : 'tighter'
}

/** `grown` is the result if `b` has all of `a` and more. */
function compareSets(
  a: readonly string[],
  b: readonly string[],
  grown: 'looser' | 'tighter',
): Turn {
  const gained = b.some((one) => !a.includes(one))
  const lost = a.some((one) => !b.includes(one))
  if (!gained && !lost) return 'same'
  if (gained && lost) return 'changed'
  if (gained) return grown
  return grown === 'looser' ? 'tighter' : 'looser'
}

function compareWhom(a: Limit['for'], b: Limit['for']): Turn {
  if (a === null || b === null) {
    if (a === b) return 'same'
    return a === null ? 'looser' : 'tighter'
  }
  const listOf = ({ teams, roles }: NonNullable<Limit['for']>) => [
    ...teams.map((name) => `team ${name}`),
    ...roles.map((name) => `role ${name}`),
  ]
  return compareSets(listOf(a), listOf(b), 'tighter')
}

function coveredBy(on: Grants, uses: readonly Use[]): readonly string[] {
  return listCovered(on, uses, 'deny').map(
    ({ server, kind, name }) => `${kind} ${server}/${name}`,
  )
}

/** Whether both count each use under the same conditions; uses that one of them
 * does not count are compared elsewhere. */
function compareWhens(a: Grants, b: Grants, uses: readonly Use[]): Turn {
  const both = listCovered(b, listCovered(a, uses, 'deny'), 'deny')
  const same = both.every((use) => whensOf(a, use) === whensOf(b, use))
  return same ? 'same' : 'changed'
}

/** Equal for equal conditions, whatever the entries and their places. */
function whensOf(on: Grants, { server, kind, name }: Use): string {
  const whens = matching(on, server, kind, name, 'deny').map((entry) =>
    'when' in entry && entry.when ? describeWhen(entry.when) : '',
  )
  return whens.includes('') ? '' : [...new Set(whens)].sort().join('\n')
}
