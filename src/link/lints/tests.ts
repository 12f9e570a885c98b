// Lints of expectations: those that another one tests already.
// In: the scene. Out: findings at the narrower or the later one of two.
// INVARIANT: compares those of the same roles, side, server and arguments.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { quote } from '../../diagnostics/credential.ts'
import { finding } from '../../diagnostics/report.ts'
import { canonicalize } from '../../table/digest.ts'
import { matchPath } from '../../table/evasion.ts'
import { granteeOf } from '../../table/expect.ts'
import { matchPattern } from '../../table/match.ts'
import { readEntry, type Scene } from './scene.ts'

interface Said {
  readonly name: string
  readonly rule: string
  readonly matches: typeof matchPattern
}

/** GW4013: an expectation that another one implies. */
export function findImplied(scene: Scene): readonly Diagnostic[] {
  return [...groupSaid(scene).values()].flatMap((group) => {
    const wide = group.filter(({ name }) => name.includes('*'))
    const first = new Map<string, Said>()
    for (const one of group) {
      if (!first.has(one.name)) first.set(one.name, one)
    }
    return group.flatMap((one) => {
      const same = first.get(one.name)
      if (same && same !== one) {
        return [tell(one, same, 'another expectation tests the same')]
      }
      const wider = wide.find(
        ({ name }) => name !== one.name && one.matches(name, one.name),
      )
      if (!wider) return []
      return [tell(one, wider, `${quote(wider.name)} already tests this`)]
    })
  })
}

function tell({ rule }: Said, other: Said, message: string): Diagnostic {
  const notes = [
    { message: 'the other expectation is here', pointer: other.rule },
  ]
  return finding('GW4013', rule, message, { notes })
}

function groupSaid({ linked }: Scene): ReadonlyMap<string, readonly Said[]> {
  const groups = new Map<string, Said[]>()
  for (const test of Object.values(linked.tests)) {
    const { roles, tools } = granteeOf(linked, test.who)
    const who = { roles: [...roles].sort(), tools, args: test.args }
    for (const side of ['allow', 'deny'] as const) {
      for (const [server, { entries }] of Object.entries(test[side])) {
        for (const entry of entries) {
          const { kind, name } = readEntry(entry)
          const key = canonicalize({ ...who, side, server, kind })
          const matches = kind === 'resource' ? matchPath : matchPattern
          const said = { name, rule: entry.rule, matches }
          const group = groups.get(key)
          if (group) group.push(said)
          else groups.set(key, [said])
        }
      }
    }
  }
  return groups
}
