// Why a principal may or may not use something: the chain of rules.
// In: a table, a principal, a use, perhaps arguments. Out: an Explanation.
// INVARIANT: decide() gives the verdict; this module only explains it.

import type { Entry, Grants, RoutingTable } from '../contract/table.ts'
import { maskCredentials, quote } from '../diagnostics/credential.ts'
import { splitPointer } from '../diagnostics/pointer.ts'
import { lockedNames, type Principal, type Use } from './access.ts'
import type { Args } from './arguments.ts'
import {
  type Decision,
  decide,
  entriesOf,
  type Grantee,
  matching,
  whenOf,
} from './decide.ts'
import { granteeOf, whoOf } from './expect.ts'
import { countsArguments, describeLimit, selectLimits } from './limit.ts'
import { findNearest, type Nearest } from './nearest.ts'
import { describeWhen, explainDoubt, unmetArguments } from './when.ts'

/** `withheld`: allowed, but hidden because it is not in the lock; `unknown`: no
 * such server, or a name that is in neither the lock nor the rules. */
export type Verdict =
  | 'allowed'
  | 'denied'
  | 'constrained'
  | 'withheld'
  | 'unknown'

export interface Step {
  /** What the step is about; `principal`: where its roles come from. */
  readonly what: 'principal' | 'deny' | 'allow' | 'tools' | 'lock'
  /** One sentence or a part of one; names of the config are in backticks. */
  readonly text: string
  /** JSON pointer of the rule in the config; null: it is of no rule. */
  readonly rule: string | null
  /** For an entry: whether it names this use. */
  readonly matches: boolean
}

export interface MatchedLimit {
  /** Its name in the config. */
  readonly name: string
  /** "60 calls a minute, each token". */
  readonly text: string
  /** JSON pointer of the limit in the config. */
  readonly rule: string
  /** Null without arguments: its `when` may apply or not. */
  readonly counts: boolean | null
}

export interface Explanation {
  readonly verdict: Verdict
  readonly decision: Decision
  readonly steps: readonly Step[]
  readonly limits: readonly MatchedLimit[]
  /** On a refusal: the rule that is nearest to allowing it. */
  readonly nearest: Nearest | null
}

export type Arguments = Args | undefined

export function explainUse(
  table: RoutingTable,
  principal: Principal,
  use: Omit<Use, 'locked'>,
  args?: Arguments,
): Explanation {
  const { server, kind, name } = use
  const grantee = granteeOf(table, whoOf(principal))
  const decision = decide(table, grantee, server, kind, name, args)
  const names = lockedNames(table, server, kind)
  const isLocked = !names || Object.hasOwn(names, name)
  const limits = selectLimits(table, grantee, server, kind, name).map(
    ({ name: limited, limit }): MatchedLimit => ({
      name: limited,
      text: describeLimit(limit),
      rule: limit.rule,
      counts: args ? countsArguments(limit, server, kind, name, args) : null,
    }),
  )
  const verdict = nameVerdict(table, use, decision, isLocked)
  return {
    verdict,
    decision,
    steps: [
      ...describePrincipal(table, principal),
      ...describeSide(table, grantee, use, 'deny', args),
      ...describeSide(table, grantee, use, 'allow', args),
      ...describeTools(grantee, use),
      ...(isLocked ? [] : [describeLock(use)]),
    ],
    limits: decision.verdict === 'allow' && isLocked ? limits : [],
    nearest:
      verdict === 'allowed' || verdict === 'unknown'
        ? null
        : findNearest(table, grantee, use, decision, args),
  }
}

function nameVerdict(
  { servers }: RoutingTable,
  { server }: Omit<Use, 'locked'>,
  { verdict }: Decision,
  isLocked: boolean,
): Verdict {
  if (!Object.hasOwn(servers, server)) return 'unknown'
  if (!isLocked) return verdict === 'deny' ? 'unknown' : 'withheld'
  if (verdict === 'allow') return 'allowed'
  return verdict === 'deny' ? 'denied' : 'constrained'
}

/** Where the principal's roles come from. */
function describePrincipal(
  { roles, teams, tokens }: RoutingTable,
  { kind, name }: Principal,
): readonly Step[] {
  const step = (text: string, rule: string | null): Step => ({
    what: 'principal',
    text,
    rule,
    matches: true,
  })
  const holds = (owner: string, names: readonly string[]) =>
    names.length === 0
      ? [step(`${owner} has no role`, null)]
      : names.map((role) =>
          step(`${owner} has role ${quote(role)}`, roles[role]?.rule ?? null),
        )
  const ofTeam = (team: string) => {
    const { rule, roles: own } = teams[team] ?? { rule: null, roles: [] }
    return [step(`team ${quote(team)}`, rule), ...holds('it', own)]
  }
  if (kind === 'role')
    return [step(`role ${quote(name)}`, roles[name]?.rule ?? null)]
  if (kind === 'team') return ofTeam(name)
  const token = tokens[name]
  if (!token) return []
  const own = step(
    `token ${quote(name)} of ${quote(token.subject)}`,
    token.rule,
  )
  if (token.team === null) return [own, ...holds('it', token.roles)]
  const same = token.roles.join() === teams[token.team]?.roles.join()
  return same
    ? [own, ...ofTeam(token.team)]
    : [
        own,
        step(`in team ${quote(token.team)}`, teams[token.team]?.rule ?? null),
        ...holds('it', token.roles),
      ]
}

/** Each entry for that server and kind, once, in the order of its pointer. */
function describeSide(
  table: RoutingTable,
  grantee: Grantee,
  use: Omit<Use, 'locked'>,
  side: 'deny' | 'allow',
  args: Arguments,
): readonly Step[] {
  const entries = grantee.roles.flatMap((role) => {
    const section = table.roles[role]?.[side]
    return entriesFor(section, use)
  })
  const unique = new Map(entries.map((entry) => [entry.rule, entry]))
  return [...unique.values()].map((entry) => {
    const matches = isMatch(entry, use, side)
    const says = `role ${quote(splitPointer(entry.rule)[1] ?? '')}: ${side} ${showEntry(entry)}`
    const end = matches ? judgeWhen(entry, side, args) : 'does not match'
    return { what: side, text: `${says} ${end}`, rule: entry.rule, matches }
  })
}

function describeTools(
  { tools }: Grantee,
  use: Omit<Use, 'locked'>,
): readonly Step[] {
  if (!tools) return []
  const { server, kind, name } = use
  const [own] = matching(tools, server, kind, name, 'allow')
  const rule = own?.rule ?? tools[server]?.rule ?? null
  const text = own
    ? `the token's own \`tools\` allow it too, by ${showEntry(own)}`
    : "the token's own `tools` do not allow it"
  return [{ what: 'tools', text, rule, matches: own !== undefined }]
}

function describeLock({ server, name }: Omit<Use, 'locked'>): Step {
  const text = `the lock of \`${server}\` has no ${quote(name)}: no client sees it`
  return { what: 'lock', text, rule: null, matches: false }
}

function entriesFor(
  section: Grants | undefined,
  { server, kind }: Pick<Use, 'server' | 'kind'>,
): readonly Entry[] {
  return entriesOf(section, server).filter((entry) => kind in entry)
}

function isMatch(
  entry: Entry,
  { server, kind, name }: Omit<Use, 'locked'>,
  side: 'deny' | 'allow',
): boolean {
  const own = { [server]: { rule: '', entries: [entry] } }
  return matching(own, server, kind, name, side).length > 0
}

function showEntry(entry: Entry): string {
  const [name] = ['tool', 'prompt', 'resource'].flatMap((kind) =>
    kind in entry ? [String(Reflect.get(entry, kind))] : [],
  )
  return quote(name ?? '')
}

function judgeWhen(entry: Entry, side: 'deny' | 'allow', args: Arguments) {
  const when = whenOf(entry)
  if (!when) return 'matches'
  const condition = maskCredentials(describeWhen(when))
  if (!args) return `matches when ${condition}`
  const unmet = unmetArguments(when, args, side)
  if (unmet.length === 0) return `matches: ${condition} holds`
  const why = explainDoubt(when, args, unmet)
  const end = why === undefined ? '' : `: ${why}`
  return `matches, but ${condition} does not hold${end}`
}
