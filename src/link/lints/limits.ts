// Lints of limits that nobody can reach.
// In: the scene. Out: findings at the limit.
// INVARIANT: no finding if any role in its scope overlaps with what it counts.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { Limit } from '../../contract/table.ts'
import { finding } from '../../diagnostics/report.ts'
import { entriesOf } from '../../table/decide.ts'
import { readEntry, type Scene } from './scene.ts'

/** GW4008: a limit on what nobody may use. */
export function findIdleLimits(scene: Scene): readonly Diagnostic[] {
  const { limits, roles } = scene.linked
  if (Object.keys(roles).length === 0) return []
  return Object.entries(limits).flatMap(([name, limit]) => {
    if (isMet(scene, limit)) return []
    const which = limit.for ? 'no role that it applies to' : 'no role'
    const message = `limit \`${name}\` never applies: ${which} allows what it counts`
    return [finding('GW4008', limit.rule, message)]
  })
}

function isMet(scene: Scene, { on, for: whom }: Limit): boolean {
  const { roles, teams } = scene.linked
  const scope = whom
    ? [...whom.roles, ...whom.teams.flatMap((team) => teams[team]?.roles ?? [])]
    : Object.keys(roles)
  return Object.entries(on).some(([server, { entries }]) =>
    entries.some((entry) => {
      const { kind, name } = readEntry(entry)
      return scope.some((role) =>
        entriesOf(roles[role]?.allow, server).some((allowed) => {
          const one = readEntry(allowed)
          return (
            one.kind === kind && scene.overlaps(server, kind, one.name, name)
          )
        }),
      )
    }),
  )
}
