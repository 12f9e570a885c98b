// Expectations and lints that differ: they would have refused a config.
// In: two tables, and the levels of the lints on both sides. Out: one change
// for each expectation or lint.
// INVARIANT: a check that covers less, or something else, is never `stricter`.

import type { LintLevel } from '../../contract/lints.ts'
import type { Expectation, Grants, RoutingTable } from '../../contract/table.ts'
import { canonicalize } from '../digest.ts'
import { pairMembers } from '../pairs.ts'

/** By code, with the default level if a config sets none. Only such a level can
 * be `info`. */
export type Levels = Readonly<Record<string, LintLevel | 'info'>>

export interface GuardrailChange {
  /** What differs: an expectation of `tests`, or the level of a lint. */
  readonly kind: 'expectation' | 'lint'
  /** Name of an expectation, or code of a lint. */
  readonly name: string
  /** `weaker`: it refuses less; `stricter`: only more; `changed`: something
   * else. */
  readonly change: 'added' | 'removed' | 'weaker' | 'changed' | 'stricter'
  /** Level of the lint in the base; null for an expectation. */
  readonly before: string | null
  /** Level of the lint in the head; null for an expectation. */
  readonly after: string | null
}

export function diffGuardrails(
  base: { readonly table: RoutingTable; readonly lints: Levels },
  head: { readonly table: RoutingTable; readonly lints: Levels },
): readonly GuardrailChange[] {
  return [
    ...diffTests(base.table.tests, head.table.tests),
    ...diffLints(base.lints, head.lints),
  ]
}

type Tests = RoutingTable['tests']

function diffTests(base: Tests, head: Tests): readonly GuardrailChange[] {
  return pairMembers(base, head).flatMap(([name, a, b]) => {
    const change = compareTests(a, b)
    if (change === 'same') return []
    const kind = 'expectation' as const
    return [{ kind, name, change, before: null, after: null }]
  })
}

function compareTests(
  a: Expectation | undefined,
  b: Expectation | undefined,
): GuardrailChange['change'] | 'same' {
  if (!a) return 'added'
  if (!b) return 'removed'
  const about = ({ who, args }: Expectation) => canonicalize({ who, args })
  if (about(a) !== about(b)) return 'changed'
  const [before, after] = [a, b].map(listEntries) as [
    readonly string[],
    readonly string[],
  ]
  const gone = before.some((entry) => !after.includes(entry))
  const more = after.some((entry) => !before.includes(entry))
  if (gone) return more ? 'changed' : 'weaker'
  return more ? 'stricter' : 'same'
}

/** What it tests, independent of its place. */
function listEntries({ allow, deny }: Expectation): readonly string[] {
  const list = (side: string, grants: Grants) =>
    Object.entries(grants).flatMap(([server, { entries }]) =>
      entries.map(({ rule: _rule, ...entry }) =>
        canonicalize([side, server, entry]),
      ),
    )
  return [...list('allow', allow), ...list('deny', deny)]
}

const ORDER: readonly string[] = ['off', 'info', 'warn', 'error']

function diffLints(base: Levels, head: Levels): readonly GuardrailChange[] {
  return Object.keys(base)
    .sort()
    .flatMap((name) => {
      const [before, after] = [base[name], head[name]]
      if (!before || !after || before === after) return []
      const less = ORDER.indexOf(after) < ORDER.indexOf(before)
      const change = less ? ('weaker' as const) : ('stricter' as const)
      return [{ kind: 'lint' as const, name, change, before, after }]
    })
}

/** Whether less is refused than before, or something else. */
export function isLoosened({ change }: GuardrailChange): boolean {
  return change !== 'added' && change !== 'stricter'
}
