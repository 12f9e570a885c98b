// The authorize stage: finds the named tool, prompt or resource and decides.
// INVARIANT: one lookup by exact name; only decide() decides; the answer is the
// same for what is refused and for what does not exist.

import type { Kind } from '../../contract/table.ts'
import { type Args, parseArguments } from '../../table/arguments.ts'
import { decide } from '../../table/decide.ts'
import { countsArguments, type NamedLimit } from '../../table/limit.ts'
import { shorten } from '../base/json-text.ts'
import type { Routing } from '../catalog/routing.ts'
import { CHOICE, type Targets } from '../catalog/targets.ts'
import { findAbsent } from '../catalog/unlisted.ts'
import type { Principal, Use } from '../catalog/view.ts'
import { makeRoute, makeUse, type Route } from '../catalog/view.ts'
import { findNode, readString, sliceNode } from '../message/message.ts'
import type { UseMethod } from '../message/methods.ts'
import { LONGEST_NAME, readNamed } from '../message/named.ts'
import type { Refusal } from '../message/refusal.ts'
import type { Exchange, Named, Task } from '../request.ts'

export interface Grant extends Named {
  readonly use: Use
  readonly limits: readonly NamedLimit[]
}

interface Denial extends Refusal, Named {}

export function authorize(
  exchange: Exchange,
  method: UseMethod,
  task: Task | undefined,
): Grant | Denial {
  const { message, head } = exchange
  const named = readNamed(message, method, head.mcpName)
  const { kind, name } = named
  if (name === undefined) return { refusal: 'unnamed' }
  if (kind === 'task') return authorizeTask(exchange, task, name)
  if (name.length > LONGEST_NAME) return deny('unknown', kind, name)
  const routes = findRoutes(exchange, kind, name, named.template)
  const route = routes.length > 1 ? choose(exchange, routes) : routes[0]
  if (!route && routes.length > 1) return refuseClaimed(name, routes)
  if (!route) return refuse(exchange, kind, name)
  if (route.conditional) return judge(exchange, route, kind, name)
  return route
}

/** Decides a call whose rule depends on its arguments; only here they are
 * parsed. */
function judge(
  exchange: Exchange,
  route: Route,
  kind: Kind,
  name: string,
): Grant | Denial {
  const { target, limits } = route
  const { routing, principal, method } = exchange
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
  const { rule, constraint } = decision
  const isListed = rule === route.decision.rule
  const use = isListed ? route.use : makeUse(routing, kind, target, rule)
  if (constraint !== undefined && method === 'tools/call') {
    const reason = constraint
    return { refusal: 'arguments', detail: constraint, reason, use }
  }
  if (decision.verdict !== 'allow') return deny('denied', kind, name, use)
  return {
    use,
    limits: limits.filter(({ limit }) =>
      countsArguments(limit, server, kind, target.name, args),
    ),
  }
}

/** Whoever may use the tool may use its tasks. The arguments were checked when
 * the task was created. The record does not show the task id: it is a
 * credential. */
function authorizeTask(
  exchange: Exchange,
  task: Task | undefined,
  name: string,
): Grant | Denial {
  const { routing, principal } = exchange
  if (!task || name.length > LONGEST_NAME) return { refusal: 'unknown-task' }
  const use = findTool(routing, principal, task.server, task.tool)?.use
  if (use) return { use, limits: [] }
  const exposed = routing.exposeTool(task.server, task.tool)
  const denial = refuse(exchange, 'tool', exposed)
  return { refusal: 'unknown-task', decision: denial.decision, use: denial.use }
}

/** The same answer whether the thing exists or not. */
function deny(
  decision: 'denied' | 'withheld' | 'unknown',
  kind: Kind,
  name: string,
  use?: Use,
): Denial {
  const detail = shorten(name)
  return {
    refusal: `unknown-${kind}`,
    decision,
    detail,
    ...(kind === 'resource' && { data: { uri: detail } }),
    ...(use ? { use } : { requestedName: name }),
  }
}

/** Several servers have the resource and the client names none of them. */
function refuseClaimed(uri: string, routes: readonly Route[]): Denial {
  const servers = routes.map(({ target }) => target.server)
  const detail = `${servers.join(' and ')}: say which in _meta["${CHOICE}"]`
  return {
    refusal: 'claimed',
    detail,
    data: { uri, servers },
    requestedName: uri,
  }
}

/** The route to a tool, by the name that its server uses. */
export function findTool(
  routing: Routing,
  { view }: Principal,
  server: string,
  name: string,
): Route | undefined {
  const route = view.tools.get(routing.exposeTool(server, name))
  const matches = route?.target.server === server && route.target.name === name
  return matches ? route : undefined
}

/** Refuses a name that is not in the view: hidden from this principal, or
 * absent. */
function refuse(exchange: Exchange, kind: Kind, name: string): Denial {
  const { routing, principal } = exchange
  const hidden = routing.withheld.get(name)
  const own = hidden?.kind === kind ? hidden : undefined
  const target = targetsOf(exchange, kind).get(name)?.[0] ?? own
  const [owner] = kind === 'resource' ? findServers(exchange, name) : []
  const server = target?.server ?? owner
  if (server === undefined) return deny('unknown', kind, name)
  const place = target ?? { server, name, exposed: name }
  const { grantee } = principal
  const { rule, verdict } = decide(
    routing.table,
    grantee,
    server,
    kind,
    place.name,
  )
  const use = makeUse(routing, kind, place, rule)
  const withheld = target === own && verdict === 'allow'
  return deny(withheld ? 'withheld' : 'denied', kind, name, use)
}

/** The routes to a resource that the caller may read, one per server. */
export function findResources(
  caller: RoutedPrincipal,
  uri: string,
): readonly Route[] {
  return findRoutes(caller, 'resource', uri)
}

type RoutedPrincipal = Pick<Exchange, 'routing' | 'principal'>

const NONE: readonly Route[] = []

function findRoutes(
  { routing, principal }: RoutedPrincipal,
  kind: Kind,
  name: string,
  template = false,
): readonly Route[] {
  const { view, grantee } = principal
  const known =
    kind === 'tool'
      ? (view.tools.get(name) ?? view.apps.tools.get(name))
      : kind === 'prompt'
        ? view.prompts.get(name)
        : (view.claims.get(name) ??
          view.resources.get(name) ??
          (template ? view.templates.get(name) : undefined))
  if (known) return 'target' in known ? [known] : known
  if (kind === 'resource') {
    const servers = findServers({ routing, principal }, name)
    const made = servers.flatMap((server) => {
      const place = { server, name, exposed: name }
      return makeRoute(routing, grantee, kind, place) ?? []
    })
    if (made.length > 0) return made
    const app = view.apps.resources.get(name)
    if (app) return [app]
  }
  const absent = findAbsent(routing, grantee, kind, name)
  return absent ? [absent] : NONE
}

/** The servers of a resource that no server lists: a template matches it, or an
 * answer linked to it. */
function findServers(
  { routing, principal }: RoutedPrincipal,
  uri: string,
): readonly string[] {
  const matching = routing.findTemplateServers(uri)
  if (matching.length > 0) return matching
  return routing.resourceIndex.find(principal.lineage, uri)
}

/** The route to the server that the client names in `_meta`. */
function choose(
  { message }: Exchange,
  routes: readonly Route[],
): Route | undefined {
  const server = readString(message.bytes, findNode(message.meta?.node, CHOICE))
  return routes.find(({ target }) => target.server === server)
}

function targetsOf({ routing }: Exchange, kind: Kind): Targets {
  if (kind === 'tool') return routing.tools
  return kind === 'prompt' ? routing.prompts : routing.resources
}

function readArguments({ message }: Exchange): Args {
  const node = findNode(message.params, 'arguments')
  return parseArguments(node ? `${sliceNode(message.bytes, node)}` : '{}')
}
