// The authorize stage: what does this call want, and may it?
// In: an exchange of a method that uses something. Out: a Grant or a Denial.
// INVARIANT: one lookup by exact name; decide() alone judges; what is refused
// is not told apart from what does not exist.

import type { AuditDecision } from '../contract/audit.ts'
import type { When } from '../contract/table.ts'
import { decide, type Kind, matching } from '../table/decide.ts'
import { splitArgument, unmetArguments } from '../table/when.ts'
import { findNode, foldCase, parseNode, readString } from './edge/message.ts'
import type { USES } from './edge/methods.ts'
import type { Exchange, Use } from './exchange.ts'
import type { NamedLimit } from './limit.ts'
import type { Target, Targets } from './routing.ts'
import { makeUse, type Route, type Routes } from './view.ts'

type Method = NonNullable<ReturnType<(typeof USES)['get']>>

export interface Grant {
  readonly use: Use
  readonly limits: readonly NamedLimit[]
}

export interface Denial {
  readonly decision: Extract<AuditDecision, 'denied' | 'unknown' | 'rejected'>
  readonly use: Use | undefined
  /** What the client named; absent: it named nothing. */
  readonly name: string | undefined
  /** Told to the client: the arguments, not the tool, are refused. */
  readonly constraint?: string
}

export function authorize(exchange: Exchange, method: Method): Grant | Denial {
  const { message } = exchange
  const name = readString(message.bytes, findNode(message.params, method.field))
  if (name === undefined) {
    return { decision: 'rejected', use: undefined, name }
  }
  const route = routesOf(exchange, method).get(name)
  if (!route) return refuse(exchange, method, name)
  if (route.conditional) return judge(exchange, route, method, name)
  return { use: route.use, limits: route.limits }
}

/** Where arguments decide, they are read; elsewhere they stay bytes. */
function judge(
  exchange: Exchange,
  { target, limits }: Route,
  { kind }: Method,
  name: string,
): Grant | Denial {
  const { routing, principal } = exchange
  const { server } = target
  const args = readArguments(exchange)
  const { grantee } = principal
  const decision = decide(
    routing.table,
    grantee,
    server,
    kind,
    target.name,
    args,
  )
  const use = makeUse(routing, kind, target, decision.rule)
  const constraint = isAmbiguous(target, exchange, args.value)
    ? 'an argument is spelt in two ways'
    : decision.constraint
  if (constraint !== undefined) {
    return { decision: 'denied', use, name, constraint }
  }
  if (decision.verdict !== 'allow') return { decision: 'denied', use, name }
  return { use, limits: limits.filter((one) => applies(one, use, args)) }
}

/** Not in the view: hidden from this principal, or not there at all. */
function refuse(exchange: Exchange, { kind }: Method, name: string): Denial {
  const { routing, principal } = exchange
  const target = targetsOf(exchange, kind).get(name)
  if (!target) return { decision: 'unknown', use: undefined, name }
  const { server } = target
  const { grantee } = principal
  const { rule } = decide(routing.table, grantee, server, kind, target.name)
  const use = makeUse(routing, kind, target, rule)
  return { decision: 'denied', use, name }
}

function routesOf({ principal }: Exchange, { kind }: Method): Routes {
  const { view } = principal
  if (kind === 'tool') return view.tools
  return kind === 'prompt' ? view.prompts : view.resources
}

function targetsOf({ routing }: Exchange, kind: Kind): Targets {
  if (kind === 'tool') return routing.tools
  return kind === 'prompt' ? routing.prompts : routing.resources
}

function readArguments({ message }: Exchange): { readonly value: unknown } {
  const node = findNode(message.params, 'arguments')
  return { value: node ? parseNode(message.bytes, node) : {} }
}

/** Whether a limit's own `when`, if it has one, lets it apply; doubt lets it. */
function applies(
  { limit }: NamedLimit,
  use: Use,
  args: { readonly value: unknown },
): boolean {
  const entries = matching(limit.on, use.server, use.kind, use.name)
  return entries.some((entry) => {
    if (!('when' in entry) || !entry.when) return true
    return unmetArguments(entry.when, args.value, 'deny').length === 0
  })
}

/** A judged argument beside another spelling of itself: the server's parser
 * may read the other one (design §6). */
function isAmbiguous(
  { server, name }: Target,
  { routing, principal }: Exchange,
  value: unknown,
): boolean {
  const whens = principal.grantee.roles.flatMap((role) => {
    const { allow, deny } = routing.table.roles[role] ?? {}
    return [allow, deny].flatMap((grants) =>
      matching(grants, server, 'tool', name).flatMap((entry) =>
        'when' in entry && entry.when ? [entry.when] : [],
      ),
    )
  })
  return whens.some((when) => hasTwin(when, value))
}

function hasTwin(when: When, value: unknown): boolean {
  return Object.keys(when).some((path) => {
    let here = value
    for (const part of splitArgument(path)) {
      if (typeof here !== 'object' || here === null) return false
      const folded = foldCase(part)
      const twins = Object.keys(here).filter((key) => foldCase(key) === folded)
      if (twins.length > 1) return true
      here = (here as Record<string, unknown>)[part]
    }
    return false
  })
}
