// The config's own `tests`, judged by the one decision function.
// In: a table. Out: a finding for each expectation that does not hold.
// INVARIANT: asks decide(), nothing else, so that what is tested is what runs.

import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Entry, Expectation, RoutingTable } from '../contract/table.ts'
import { quote } from '../diagnostics/credential.ts'
import { splitPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { type Decision, decide, type Grantee, type Kind } from './decide.ts'

export function runExpectations(table: RoutingTable): readonly Diagnostic[] {
  return Object.values(table.tests).flatMap((test) =>
    (['allow', 'deny'] as const).flatMap((side) =>
      Object.entries(test[side]).flatMap(([server, { entries }]) =>
        entries.flatMap((entry) => judge(table, test, side, server, entry)),
      ),
    ),
  )
}

function judge(
  table: RoutingTable,
  test: Expectation,
  side: 'allow' | 'deny',
  server: string,
  entry: Entry,
): readonly Diagnostic[] {
  const grantee = granteeOf(table, test.who)
  const [kind, name] = kindOf(entry)
  const args = test.args ? { value: test.args } : undefined
  const decision = decide(table, grantee, server, kind, name, args)
  if ((decision.verdict === 'allow') === (side === 'allow')) return []
  const title = quote(splitPointer(test.rule)[1] ?? '')
  const wanted = side === 'allow' ? 'is refused' : 'is allowed'
  const use = quote(`${server}/${name}`)
  const message = `${title} does not hold: ${use} ${wanted} to ${showWho(test.who)}`
  return [finding('GW6001', entry.rule, message, { notes: explain(decision) })]
}

/** Whose grants a role, a team or a token has. */
export function granteeOf(
  { roles, teams, tokens }: RoutingTable,
  who: Expectation['who'],
): Grantee {
  if ('role' in who) {
    const known = Object.hasOwn(roles, who.role) ? [who.role] : []
    return { roles: known, tools: null, team: null, token: null }
  }
  if ('team' in who) {
    const own = teams[who.team]?.roles ?? []
    return { roles: own, tools: null, team: who.team, token: null }
  }
  const record = tokens[who.token]
  const {
    roles: own = [],
    tools = null,
    team = null,
    rule = null,
  } = record ?? {}
  return { roles: own, tools, team, token: rule }
}

function explain({ verdict, rule, constraint }: Decision) {
  if (rule === null) return []
  const denies = splitPointer(rule)[2] === 'deny'
  const says = {
    allow: 'this entry allows it',
    deny: denies ? 'this entry denies it' : 'nothing here allows it',
    constrained: `this entry constrains the arguments: ${constraint}`,
  }
  return [{ message: says[verdict], pointer: rule }]
}

function kindOf(entry: Entry): readonly [Kind, string] {
  if ('tool' in entry) return ['tool', entry.tool]
  if ('prompt' in entry) return ['prompt', entry.prompt]
  return ['resource', entry.resource]
}

function showWho(who: Expectation['who']): string {
  const [[kind, name] = ['', '']] = Object.entries(who)
  return `${kind} \`${name}\``
}
