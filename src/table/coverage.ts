// How much of the access is covered by the config's own `tests`.
// In: a table and its definitions. Out: covered cells, by role.
// INVARIANT: a cell is a role and a tool; it is covered if an expectation that
// holds states whether that role may use that tool.

import type { Artefact, Expectation, RoutingTable } from '../contract/table.ts'
import { judgeAccess, listUses, type Use } from './access.ts'
import { expandEntry, granteeOf } from './expect.ts'
import { judgeRisk, nameOf } from './lock.ts'

export interface RoleCoverage {
  readonly role: string
  readonly cells: number
  readonly covered: number
  /** Tools that no expectation covers, the destructive ones first. */
  readonly uncovered: readonly {
    readonly tool: string
    readonly destructive: boolean
  }[]
}

export interface Coverage {
  readonly cells: number
  readonly covered: number
  readonly roles: readonly RoleCoverage[]
}

export function measureCoverage({ table, definitions }: Artefact): Coverage {
  const uses = listUses([table]).filter(({ kind }) => kind === 'tool')
  const said = new Map<string, Set<string>>()
  for (const test of Object.values(table.tests)) {
    for (const [role, key] of listSaid(table, test)) {
      said.set(role, (said.get(role) ?? new Set()).add(key))
    }
  }
  const destructive = findDestructive(definitions)
  const roles = Object.keys(table.roles).map((role): RoleCoverage => {
    const own = said.get(role)
    const left = uses.map(keyOf).filter((key) => !own?.has(key))
    const uncovered = left
      .map((tool) => ({ tool, destructive: destructive.has(tool) }))
      .sort((a, b) => Number(b.destructive) - Number(a.destructive))
    const covered = uses.length - left.length
    return { role, cells: uses.length, covered, uncovered }
  })
  const sum = (key: 'cells' | 'covered') =>
    roles.reduce((total, role) => total + role[key], 0)
  return { cells: sum('cells'), covered: sum('covered'), roles }
}

/** Roles and tools of an expectation. One for a team or a token covers those of
 * its roles that by themselves give the expected result. */
function listSaid(
  table: RoutingTable,
  test: Expectation,
): readonly (readonly [string, string])[] {
  const { roles } = granteeOf(table, test.who)
  return (['allow', 'deny'] as const).flatMap((side) =>
    Object.entries(test[side]).flatMap(([server, { entries }]) =>
      entries.flatMap((entry) => {
        const locked = Object.hasOwn(table.lock, server)
          ? table.lock[server]
          : undefined
        return expandEntry(entry, locked).flatMap(([kind, name]) => {
          if (kind !== 'tool') return []
          const use = { server, kind, name }
          return roles
            .filter((role) => {
              const { granted } = judgeAccess(
                table,
                granteeOf(table, { role }),
                use,
              )
              // Refused with these arguments, it may be listed.
              return granted === (side === 'allow') || test.args !== null
            })
            .map((role) => [role, keyOf(use)] as const)
        })
      }),
    ),
  )
}

function findDestructive(
  definitions: Artefact['definitions'],
): ReadonlySet<string> {
  return new Set(
    Object.entries(definitions).flatMap(([server, { tools }]) =>
      tools
        .filter((tool) => judgeRisk(tool) === 'destructive')
        .map((tool) => keyOf({ server, name: nameOf('tools', tool) })),
    ),
  )
}

function keyOf({ server, name }: Pick<Use, 'server' | 'name'>): string {
  return `${server}/${name}`
}
