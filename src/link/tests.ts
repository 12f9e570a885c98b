// Expectations: the config's own `tests`, with their names resolved.
// In: authored tests. Out: expectations that can be judged.
// INVARIANT: one that names what does not exist, or a pattern whose meaning no
// lock can tell, is an error, never an expectation that holds.

import type { ExpectationConfig } from '../contract/policy.ts'
import type { Expectation, Grants, TokenRecord } from '../contract/table.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { suggestHelp } from '../diagnostics/suggest.ts'
import { linkEntries } from './entries.ts'
import type { LinkContext } from './link.ts'
import { resolveName } from './names.ts'

type Tokens = Readonly<Record<string, TokenRecord>>

export function linkTests(
  context: LinkContext,
  tokens: Tokens,
): Readonly<Record<string, Expectation>> {
  const tests = Object.entries(context.checked.gateway.tests ?? {})
  return Object.fromEntries(
    tests.flatMap(([name, test]) => {
      const rule = joinPointer('/tests', name)
      const who = linkWho(context, test, rule, tokens)
      const allow = linkEntries(context, test.allow, `${rule}/allow`)
      const deny = linkEntries(context, test.deny, `${rule}/deny`)
      reportPatterns(context, [allow, deny])
      if (!who) return []
      return [[name, { who, allow, deny, args: test.args ?? null, rule }]]
    }),
  )
}

function linkWho(
  context: LinkContext,
  { role, team, token }: ExpectationConfig,
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
  if (token === undefined) return undefined
  if (Object.hasOwn(tokens, token)) return { token }
  const help = suggestHelp(token, Object.keys(tokens), 'recorded')
  const message = `unknown token ${quote(token)}`
  context.report(finding('GW3004', `${rule}/token`, message, { help }))
  return undefined
}

function reportPatterns(
  { report }: LinkContext,
  sections: readonly Grants[],
): void {
  const entries = sections
    .flatMap((grants) => Object.values(grants))
    .flatMap((grant) => grant.entries)
  for (const { rule, ...named } of entries) {
    const [name = ''] = Object.values(named).map(String)
    if (!name.includes('*')) continue
    const message = `the expectation names a pattern, ${quote(name)}`
    report(finding('GW3011', rule, message))
  }
}
