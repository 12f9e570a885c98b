// The decision whether a principal may use a tool, resource or prompt: the one
// function for runtime, explain, diff, expectations and replay.
// In: table, grantee, server, name, arguments. Out: a Decision with its rule.
// INVARIANT: only what an entry allows is allowed; deny beats allow.

import type {
  Constraint,
  Entry,
  Grant,
  Grants,
  Kind,
  RoutingTable,
  When,
} from '../contract/table.ts'
import { type Args, toArguments } from './arguments.ts'
import { judgePath } from './evasion.ts'
import { matchPattern } from './match.ts'
import {
  describeConstraint,
  explainTwin,
  type Side,
  unmetArguments,
} from './when.ts'

/** The grants: roles by name, a token's restriction, and the text that names
 * the refusal if there is no role. */
export interface Grantee {
  readonly roles: readonly string[]
  readonly tools: Grants | null
  /** The team's name, and the pointer of the token record; null without one. */
  readonly team: string | null
  readonly token: string | null
}

export interface Decision {
  /** `constrained`: an entry allows it, but not with these arguments. */
  readonly verdict: 'allow' | 'deny' | 'constrained'
  /** Pointer of the rule that decided. */
  readonly rule: string | null
  /** The constraints on the arguments, if `constrained`. */
  readonly constraint?: string
}

/** Decides one use. Without `args` a conditional allow counts and a conditional
 * deny does not, as in a list. Only what is listed can be `constrained`:
 * otherwise other arguments would not help. */
export function decide(
  table: RoutingTable,
  grantee: Grantee,
  server: string,
  kind: Kind,
  name: string,
  args?: Args,
): Decision {
  const given = args && toArguments(args)
  const decision = judge(table, grantee, server, kind, name, given)
  if (decision.verdict !== 'constrained') return decision
  const listed = judge(table, grantee, server, kind, name)
  return listed.verdict === 'allow' ? decision : listed
}

function judge(
  table: RoutingTable,
  grantee: Grantee,
  server: string,
  kind: Kind,
  name: string,
  args?: Args,
): Decision {
  const named = (side: Side) =>
    matchingOf(table, grantee, side, server, kind, name).toSorted(byRule)
  let conditional: Decision | undefined
  for (const entry of named('deny')) {
    const when = whenOf(entry)
    if (!when) return { verdict: 'deny', rule: entry.rule }
    if (!args || unmetArguments(when, args, 'deny').length > 0) continue
    conditional ??= refuseDenied(entry.rule, when, args)
  }
  if (conditional) return conditional

  let unmet: Decision | undefined
  for (const entry of named('allow')) {
    const when = whenOf(entry)
    const missing = when && args ? unmetArguments(when, args, 'allow') : []
    if (!when || !args || missing.length === 0) {
      return narrow(grantee, server, kind, name, entry)
    }
    unmet ??= refuseUnmet(entry.rule, when, args, missing)
  }
  return (
    unmet ?? { verdict: 'deny', rule: narrowestRule(table, grantee, server) }
  )
}

/** The token's own `tools` must allow it too; a token that names tools has no
 * resources or prompts. */
function narrow(
  grantee: Grantee,
  server: string,
  kind: Kind,
  name: string,
  entry: Entry,
): Decision {
  if (!grantee.tools) return { verdict: 'allow', rule: entry.rule }
  const [own] = matching(grantee.tools, server, kind, name, 'allow')
  if (own) return { verdict: 'allow', rule: entry.rule }
  return {
    verdict: 'deny',
    rule: grantOf(grantee.tools, server)?.rule ?? grantee.token,
  }
}

/** The entries of a section for a server, whose name may be `constructor`. */
export function grantOf(
  section: Grants | null | undefined,
  server: string,
): Grant | undefined {
  return section && Object.hasOwn(section, server) ? section[server] : undefined
}

export function entriesOf(
  section: Grants | null | undefined,
  server: string,
): readonly Entry[] {
  return grantOf(section, server)?.entries ?? []
}

/** Entries of one section that name this use, conditions aside. A URI with two
 * readings is named by no `allow`, and by a `deny` that names one. */
export function matching(
  grants: Grants | undefined,
  server: string,
  kind: Kind,
  name: string,
  side: Side,
): readonly Entry[] {
  return entriesOf(grants, server).filter((entry) => {
    if (kind === 'tool') {
      return 'tool' in entry && matchPattern(entry.tool, name)
    }
    if (kind === 'prompt') {
      return 'prompt' in entry && matchPattern(entry.prompt, name)
    }
    if (!('resource' in entry)) return false
    return judgePath(entry.resource, name) ?? side === 'deny'
  })
}

/** Entries of all roles of a grantee that name this use, without conditions. */
export function matchingOf(
  { roles }: RoutingTable,
  grantee: Pick<Grantee, 'roles'>,
  side: Side,
  server: string,
  kind: Kind,
  name: string,
): readonly Entry[] {
  return grantee.roles.flatMap((role) =>
    matching(roles[role]?.[side], server, kind, name, side),
  )
}

export function whenOf(entry: Entry): When | undefined {
  return 'tool' in entry ? entry.when : undefined
}

/** By role name, then position: the order for reports and the audit. */
function byRule(a: Entry, b: Entry): number {
  return a.rule === b.rule ? 0 : compareRules(a.rule, b.rule)
}

function compareRules(a: string, b: string): number {
  const left = a.split('/')
  const right = b.split('/')
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const l = left[i] as string
    const r = right[i] as string
    if (l === r) continue
    if (/^\d+$/.test(l) && /^\d+$/.test(r)) return Number(l) - Number(r)
    return l < r ? -1 : 1
  }
  return left.length - right.length
}

function refuseUnmet(
  rule: string,
  when: When,
  args: Args,
  names: readonly string[],
): Decision {
  const text = names
    .map(
      (name) =>
        explainTwin(args, [name]) ??
        describeConstraint(name, when[name] as Constraint),
    )
    .join('; ')
  return { verdict: 'constrained', rule, constraint: text }
}

function refuseDenied(rule: string, when: When, args: Args): Decision {
  const names = Object.keys(when)
  const listed = names.map((name) => `\`${name}\``).join(', ')
  const constraint =
    explainTwin(args, names) ?? `these values of ${listed} are denied`
  return { verdict: 'constrained', rule, constraint }
}

/** If no entry matches: the narrowest part that could have allowed the use. */
function narrowestRule(
  table: RoutingTable,
  grantee: Grantee,
  server: string,
): string | null {
  const roles = [...grantee.roles].sort()
  for (const role of roles) {
    const grant = grantOf(table.roles[role]?.allow, server)
    if (grant) return grant.rule
  }
  const first = roles[0]
  if (first !== undefined) return table.roles[first]?.rule ?? null
  const team = grantee.team === null ? undefined : table.teams[grantee.team]
  return team?.rule ?? grantee.token
}
