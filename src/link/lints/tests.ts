// Lints of expectations: those that another one says already.
// In: the scene. Out: findings at the later of two.
// INVARIANT: equal means the same roles, side, use and arguments.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { finding } from '../../diagnostics/report.ts'
import { canonicalize } from '../../table/digest.ts'
import { granteeOf } from '../../table/expect.ts'
import { readEntry, type Scene } from './scene.ts'

/** GW4013: an expectation that another one implies. */
export function findImplied({ linked }: Scene): readonly Diagnostic[] {
  const seen = new Map<string, string>()
  return Object.values(linked.tests).flatMap((test) => {
    const { roles, tools } = granteeOf(linked, test.who)
    const who = { roles: [...roles].sort(), tools, args: test.args }
    return (['allow', 'deny'] as const).flatMap((side) =>
      Object.entries(test[side]).flatMap(([server, { entries }]) =>
        entries.flatMap((entry) => {
          const key = canonicalize({
            ...who,
            side,
            server,
            ...readEntry(entry),
          })
          const first = seen.get(key)
          if (first === undefined) {
            seen.set(key, entry.rule)
            return []
          }
          const message = 'another expectation says the same'
          const notes = [{ message: 'it is said here', pointer: first }]
          return [finding('GW4013', entry.rule, message, { notes })]
        }),
      ),
    )
  })
}
