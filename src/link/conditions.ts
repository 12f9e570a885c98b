// Conditions that another entry makes idle (design §4.1 rule 6).
// In: linked roles and tokens. Out: findings.
// INVARIANT: within a role an error, across a token's roles a warning; a deny
// lifts no condition.

import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Entry, Grants } from '../contract/table.ts'
import { quote } from '../diagnostics/credential.ts'
import { finding } from '../diagnostics/report.ts'
import { entriesOf } from '../table/decide.ts'
import { matchPattern } from '../table/match.ts'
import type { Linked } from './link.ts'

type ToolEntry = Extract<Entry, { readonly tool: string }>

/** A conditional entry, and the one that makes its condition idle. */
interface Idle {
  readonly entry: ToolEntry
  readonly cover: ToolEntry
}

export function findIdleConditions({
  roles,
  tokens,
}: Linked): readonly Diagnostic[] {
  const within = Object.values(roles).flatMap(({ allow }) => findIdle(allow))
  const errors = within.map(({ entry, cover }) =>
    describe('GW3009', entry, cover, 'allowed without condition too'),
  )
  const told = new Set(within.map(({ entry }) => entry.rule))
  // Tokens of one set of roles are judged once; one role is judged above.
  const holders = new Map(
    Object.values(tokens)
      .filter((token) => token.roles.length > 1)
      .map((token) => [token.roles.join(), token]),
  )
  const warnings = [...holders.values()].flatMap((token) =>
    findIdle(...token.roles.map((role) => roles[role]?.allow ?? {}))
      .filter(({ entry }) => !told.has(entry.rule))
      .map(({ entry, cover }) => {
        const how = `allowed without condition to token \`${token.id}\``
        return describe('GW3010', entry, cover, how)
      }),
  )
  return [...uniqueByPointer(errors), ...uniqueByPointer(warnings)]
}

function findIdle(...allows: readonly Grants[]): readonly Idle[] {
  const servers = new Set(allows.flatMap((allow) => Object.keys(allow)))
  return [...servers].flatMap((server) => {
    const entries = allows
      .flatMap((allow) => entriesOf(allow, server))
      .filter((entry) => 'tool' in entry)
    return entries
      .filter(({ when }) => when)
      .flatMap((entry) => {
        const cover = entries.find((one) => !one.when && covers(one, entry))
        return cover ? [{ entry, cover }] : []
      })
  })
}

/** A pattern that matches the other's text, stars included, matches whatever
 * the other matches. */
function covers(wide: ToolEntry, narrow: ToolEntry): boolean {
  return matchPattern(wide.tool, narrow.tool)
}

function describe(
  code: 'GW3009' | 'GW3010',
  entry: ToolEntry,
  cover: ToolEntry,
  how: string,
): Diagnostic {
  const message = `the condition on ${quote(entry.tool)} decides nothing: it is ${how}`
  const note = `${quote(cover.tool)} allows it here`
  const notes = [{ message: note, pointer: cover.rule }]
  return finding(code, entry.rule, message, { notes })
}

/** A role's fault is also that of every role that extends it: told once. */
function uniqueByPointer(
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  const byPointer = new Map(diagnostics.map((one) => [one.pointer, one]))
  return [...byPointer.values()]
}
