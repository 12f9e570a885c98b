// Conditions that have no effect because of another entry.
// In: linked roles and tokens. Out: findings.
// INVARIANT: within a role an error, across the roles of a token a warning; a
// deny removes no condition.

import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Entry, Grants } from '../contract/table.ts'
import { quote } from '../diagnostics/credential.ts'
import { finding } from '../diagnostics/report.ts'
import { entriesOf } from '../table/decide.ts'
import { matchPattern } from '../table/match.ts'
import type { Linked } from './context.ts'

type ToolEntry = Extract<Entry, { readonly tool: string }>

/** A conditional entry, and the entry that makes its condition useless. */
interface Idle {
  readonly entry: ToolEntry
  readonly cover: ToolEntry
}

export function findIdleConditions({
  roles,
  tokens,
}: Linked): readonly Diagnostic[] {
  const effort = { left: MAX_COMPARISONS }
  const within = Object.values(roles).flatMap(({ allow }) =>
    findIdle([allow], effort),
  )
  const errors = within.map(({ entry, cover }) =>
    describe('GW3009', entry, cover, 'also allowed without a condition'),
  )
  const told = new Set(within.map(({ entry }) => entry.rule))
  // Tokens of equal roles are checked once; a single role was checked above.
  const holders = new Map(
    Object.values(tokens)
      .filter((token) => token.roles.length > 1)
      .map((token) => [token.roles.join(), token]),
  )
  const warnings = [...holders.values()].flatMap((token) => {
    const allows = token.roles.map((role) => roles[role]?.allow ?? {})
    return findIdle(allows, effort)
      .filter(({ entry }) => !told.has(entry.rule))
      .map(({ entry, cover }) => {
        const how = `allowed without a condition to token \`${token.id}\``
        return describe('GW3010', entry, cover, how)
      })
  })
  const judged = [...uniqueByPointer(errors), ...uniqueByPointer(warnings)]
  if (effort.left >= 0) return judged
  const message = `the roles contain too many conditions and patterns: more than ${MAX_COMPARISONS} pairs`
  const help = 'write fewer patterns and conditions for one server'
  return [...judged, finding('GW1017', '/roles', message, { help })]
}

/** For a conditional entry with a pattern that has no condition. */
const MAX_COMPARISONS = 5_000_000

function findIdle(
  allows: readonly Grants[],
  effort: { left: number },
): readonly Idle[] {
  const servers = new Set(allows.flatMap((allow) => Object.keys(allow)))
  return [...servers].flatMap((server) => {
    const entries = allows
      .flatMap((allow) => entriesOf(allow, server))
      .filter((entry) => 'tool' in entry)
    const conditional = entries.filter(({ when }) => when)
    if (conditional.length === 0) return []
    const plain = entries.filter(({ when }) => !when)
    const literal = new Map(plain.map((one) => [one.tool, one]))
    const patterns = plain.filter(({ tool }) => tool.includes('*'))
    return conditional.flatMap((entry) => {
      const same = literal.get(entry.tool)
      if (!same) effort.left -= patterns.length
      if (effort.left < 0) return []
      const cover = same ?? patterns.find((one) => covers(one, entry))
      return cover ? [{ entry, cover }] : []
    })
  })
}

/** If a pattern matches the text of another, stars included, it matches all
 * that the other matches. */
function covers(wide: ToolEntry, narrow: ToolEntry): boolean {
  return matchPattern(wide.tool, narrow.tool)
}

function describe(
  code: 'GW3009' | 'GW3010',
  entry: ToolEntry,
  cover: ToolEntry,
  how: string,
): Diagnostic {
  const message = `the condition on ${quote(entry.tool)} has no effect: the tool is ${how}`
  const note = `${quote(cover.tool)} allows it here`
  const notes = [{ message: note, pointer: cover.rule }]
  return finding(code, entry.rule, message, { notes })
}

/** A fault also reaches roles that extend the role: report it once. */
function uniqueByPointer(
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  const byPointer = new Map(diagnostics.map((one) => [one.pointer, one]))
  return [...byPointer.values()]
}
