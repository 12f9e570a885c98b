// The config's own `tests`, decided by decide().
// In: a table. Out: a finding for each expectation that does not hold.
// INVARIANT: uses only decide(), so that tests and runtime agree.

import type { Diagnostic } from '../contract/diagnostic.ts'
import type { LockedNames } from '../contract/lock.ts'
import type {
  Entry,
  Expectation,
  Kind,
  RoutingTable,
} from '../contract/table.ts'
import { quote } from '../diagnostics/credential.ts'
import { splitPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import type { Principal } from './access.ts'
import { type Decision, decide, type Grantee } from './decide.ts'
import { findTeam } from './login.ts'
import { matchPattern } from './match.ts'

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
  const locked = Object.hasOwn(table.lock, server)
    ? table.lock[server]
    : undefined
  const args = test.args ? { value: test.args } : undefined
  const expanded = expandEntry(entry, locked)
  const broken = listJudged(table, test.who, side).flatMap((who) =>
    expanded.flatMap(([kind, name]) => {
      const grantee = granteeOf(table, who)
      const decision = decide(table, grantee, server, kind, name, args)
      const holds = (decision.verdict === 'allow') === (side === 'allow')
      return holds ? [] : [{ who, name, decision }]
    }),
  )
  const [first, ...others] = broken
  if (!first) return []
  const title = quote(splitPointer(test.rule)[1] ?? '')
  const wanted = side === 'allow' ? 'is refused' : 'is allowed'
  const use = quote(`${server}/${first.name}`)
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  const message = `${title} does not hold: ${use}${more} ${wanted} to ${showWho(first.who, table)}`
  const notes = [
    ...explain(first.decision),
    ...pointToRecord(test, first.who, table),
  ]
  return [finding('GW6001', entry.rule, message, { notes })]
}

/** A team's `deny` must hold for each of its tokens: a token with its own roles
 * may have more than the team. */
function listJudged(
  { tokens }: RoutingTable,
  who: Expectation['who'],
  side: 'allow' | 'deny',
): readonly Expectation['who'][] {
  if (side === 'allow' || !('team' in who)) return [who]
  const own = Object.values(tokens)
    .filter(({ team, revoked }) => team === who.team && revoked === null)
    .map(({ id }) => ({ token: id }))
  return [who, ...own]
}

/** What an entry names: itself, or the locked names that it matches. */
export function expandEntry(
  entry: Entry,
  locked: LockedNames | undefined,
): readonly (readonly [Kind, string])[] {
  const [kind, name] = kindOf(entry)
  if (!name.includes('*') || !locked || kind === 'resource') {
    return [[kind, name]]
  }
  const list = kind === 'tool' ? 'tools' : 'prompts'
  return Object.keys(locked[list])
    .filter((one) => matchPattern(name, one))
    .map((one) => [kind, one] as const)
}

export function whoOf({ kind, name }: Principal): Expectation['who'] {
  if (kind === 'role') return { role: name }
  if (kind === 'group') return { group: name }
  return kind === 'team' ? { team: name } : { token: name }
}

/** The grants of a role, a team, a group or a token. */
export function granteeOf(
  { roles, teams, tokens, login }: RoutingTable,
  who: Expectation['who'],
): Grantee {
  if ('role' in who) {
    const known = Object.hasOwn(roles, who.role) ? [who.role] : []
    return { roles: known, tools: null, team: null, token: null }
  }
  if ('group' in who) {
    const entry = login ? findTeam(login, [who.group]) : undefined
    const { team = null, rule = null } = entry ?? {}
    const own = (team !== null && teams[team]?.roles) || []
    return { roles: own, tools: null, team, token: rule }
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

/** For a token that the expectation does not name. */
function pointToRecord(
  test: Expectation,
  who: Expectation['who'],
  { tokens }: RoutingTable,
) {
  const record = 'token' in who && who !== test.who && tokens[who.token]
  return record ? [{ message: 'its record is here', pointer: record.rule }] : []
}

function kindOf(entry: Entry): readonly [Kind, string] {
  if ('tool' in entry) return ['tool', entry.tool]
  if ('prompt' in entry) return ['prompt', entry.prompt]
  return ['resource', entry.resource]
}

function showWho(who: Expectation['who'], { tokens }: RoutingTable): string {
  const [[kind, name] = ['', '']] = Object.entries(who)
  const { subject } = (kind === 'token' && tokens[name]) || {}
  const whose = subject === undefined ? '' : ` of ${quote(subject)}`
  return `${kind} \`${name}\`${whose}`
}
