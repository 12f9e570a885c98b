// The authorize stage: what does this call want, and may it?
// In: an exchange of a method that uses something. Out: a Grant or a Denial.
// INVARIANT: one lookup by exact name; decide() alone judges; what is refused
// is not told apart from what does not exist.

import type { AuditDecision, AuditRule } from '../contract/audit.ts'
import type { When } from '../contract/table.ts'
import { decide, matching } from '../table/decide.ts'
import { splitArgument, unmetArguments } from '../table/when.ts'
import { findNode, foldCase, parseNode, readString } from './edge/message.ts'
import type { USES } from './edge/methods.ts'
import type { Exchange, Use } from './exchange.ts'
import type { NamedLimit } from './limit.ts'
import type { Targets } from './routing.ts'
import type { Route, Routes } from './view.ts'

type Method = NonNullable<ReturnType<(typeof USES)['get']>>

export interface Grant {
  readonly use: Use
  readonly limits: readonly NamedLimit[]
}

export interface Denial {
  readonly decision: Extract<AuditDecision, 'denied' | 'unknown' | 'rejected'>
  readonly rule: AuditRule | null
  readonly use: Use | null
  /** What the client named; absent: it named nothing. */
  readonly name: string | undefined
  /** Told to the client: the arguments, not the tool, are refused. */
  readonly constraint?: string
}

export function authorize(exchange: Exchange, method: Method): Grant | Denial {
  const { routing, principal, message } = exchange
  const name = readString(message.bytes, findNode(message.params, method.field))
  if (name === undefined) {
    return { decision: 'rejected', rule: null, use: null, name }
  }
  const route = routesOf(exchange, method).get(name)
  if (!route) return refuse(exchange, method, name)
  const { target, limits } = route
  const args = route.conditional ? readArguments(exchange) : undefined
  const { server } = target
  const decision = args
    ? decide(
        routing.table,
        principal.grantee,
        server,
        method.kind,
        target.name,
        args,
      )
    : route.decision
  const rule = routing.locateRule(decision.rule)
  const use: Use = {
    kind: method.kind,
    server,
    name: target.name,
    exposed: name,
    rule,
  }
  const ambiguous = args && isAmbiguous(route, exchange, args.value)
  if (decision.verdict === 'allow' && !ambiguous) {
    return { use, limits: limits.filter((one) => applies(one, use, args)) }
  }
  const constraint = ambiguous
    ? 'an argument is spelt in two ways'
    : decision.constraint
  return {
    decision: 'denied',
    rule,
    use,
    name,
    ...(constraint !== undefined && { constraint }),
  }
}

/** Not in the view: hidden from this principal, or not there at all. */
function refuse(exchange: Exchange, method: Method, name: string): Denial {
  const { routing, principal } = exchange
  const target = targetsOf(exchange, method).get(name)
  if (!target) return { decision: 'unknown', rule: null, use: null, name }
  const { server } = target
  const { rule } = decide(
    routing.table,
    principal.grantee,
    server,
    method.kind,
    target.name,
  )
  const located = routing.locateRule(rule)
  const use: Use = {
    kind: method.kind,
    server,
    name: target.name,
    exposed: name,
    rule: located,
  }
  return { decision: 'denied', rule: located, use, name }
}

function routesOf({ principal }: Exchange, { kind }: Method): Routes {
  const { view } = principal
  if (kind === 'tool') return view.tools
  return kind === 'prompt' ? view.prompts : view.resources
}

function targetsOf({ routing }: Exchange, { kind }: Method): Targets {
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
  args: { readonly value: unknown } | undefined,
): boolean {
  const entries = matching(limit.on, use.server, use.kind, use.name)
  return entries.some((entry) => {
    if (!('when' in entry) || !entry.when || !args) return true
    return unmetArguments(entry.when, args.value, 'deny').length === 0
  })
}

/** A judged argument beside another spelling of itself: the server's parser
 * may read the other one (design §6). */
function isAmbiguous(
  route: Route,
  { routing, principal }: Exchange,
  value: unknown,
): boolean {
  const { server, name } = route.target
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
