// Expectations: the config's own `tests`, with their names resolved.
// In: authored tests. Out: expectations that can be tested.
// INVARIANT: an expectation with an unknown name, or with a pattern that no
// lock resolves, is an error, never a success.

import type { ExpectationConfig } from '../contract/policy.ts'
import type {
  Entry,
  Expectation,
  Grants,
  RoutingTable,
  TokenRecord,
} from '../contract/table.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { findWord, labelUnknown, suggestHelp } from '../diagnostics/suggest.ts'
import { expandEntry } from '../table/expect.ts'
import type { LinkContext } from './context.ts'
import { linkEntries } from './entries.ts'
import { resolveName } from './names.ts'

type Tokens = Readonly<Record<string, TokenRecord>>

export function linkTests(
  context: LinkContext,
  tokens: Tokens,
  lock: RoutingTable['lock'],
): Readonly<Record<string, Expectation>> {
  const tests = Object.entries(context.checked.gateway.tests ?? {})
  return Object.fromEntries(
    tests.flatMap(([name, test]) => {
      const rule = joinPointer('/tests', name)
      const who = linkWho(context, test, rule, tokens)
      const allow = linkEntries(context, test.allow, `${rule}/allow`)
      const deny = linkEntries(context, test.deny, `${rule}/deny`)
      reportPatterns(context, [allow, deny], lock)
      if (!who) return []
      return [[name, { who, allow, deny, args: test.args ?? null, rule }]]
    }),
  )
}

function linkWho(
  context: LinkContext,
  { role, team, group, token }: ExpectationConfig,
  rule: string,
  tokens: Tokens,
): Expectation['who'] | undefined {
  if (role !== undefined) {
    const known = resolveName(context, 'role', role, `${rule}/role`)
    return known ? { role } : undefined
  }
  if (team !== undefined) {
    const known = resolveName(context, 'team', team, `${rule}/team`)
    return known ? { team } : undefined
  }
  if (group !== undefined) return linkGroup(context, group, `${rule}/group`)
  if (token === undefined) return undefined
  if (Object.hasOwn(tokens, token)) return { token }
  // A faulty record has its own finding.
  const record = joinPointer('/tokens/grants', token)
  const { dropped } = context.checked
  const lost = ['/tokens', '/tokens/grants', record]
  if (lost.some((pointer) => dropped.has(pointer))) return undefined
  const recorded = Object.keys(tokens)
  const help = suggestHelp(token, recorded, 'recorded')
  const label = labelUnknown(recorded, 'token')
  const word = findWord('value', token, recorded)
  const message = `unknown token ${quote(token)}`
  const said = { help, label, word }
  context.report(finding('GW3004', `${rule}/token`, message, said))
  return undefined
}

function linkGroup(
  { checked, report }: LinkContext,
  group: string,
  at: string,
): Expectation['who'] | undefined {
  const { map = {} } = checked.gateway.login?.teams ?? {}
  if (Object.hasOwn(map, group)) return { group }
  const { dropped } = checked
  const lost = ['/login', '/login/teams', '/login/teams/map']
  const own = joinPointer('/login/teams/map', group)
  if ([...lost, own].some((one) => dropped.has(one))) return undefined
  const known = Object.keys(map)
  const said = {
    help: suggestHelp(group, known, 'in `login.teams.map`'),
    label: labelUnknown(known, 'group'),
    word: findWord('value', group, known),
  }
  report(finding('GW3004', at, `unknown group ${quote(group)}`, said))
  return undefined
}

/** Only for locked tools and prompts it is known what a pattern matches. */
function reportPatterns(
  { report }: LinkContext,
  sections: readonly Grants[],
  lock: RoutingTable['lock'],
): void {
  for (const section of sections) {
    for (const [server, { entries }] of Object.entries(section)) {
      const locked = Object.hasOwn(lock, server) ? lock[server] : undefined
      for (const entry of entries) {
        const pattern = patternOf(entry)
        if (pattern === undefined) continue
        if (locked && !('resource' in entry)) {
          if (expandEntry(entry, locked).length > 0) continue
          const message = `the expectation names ${quote(pattern)}, which matches nothing in the lock of \`${server}\``
          report(finding('GW3014', entry.rule, message))
        } else {
          const message = `the expectation names a pattern, ${quote(pattern)}`
          report(finding('GW3011', entry.rule, message))
        }
      }
    }
  }
}

function patternOf({ rule: _rule, ...named }: Entry): string | undefined {
  const [name = ''] = Object.values(named).map(String)
  return name.includes('*') ? name : undefined
}
