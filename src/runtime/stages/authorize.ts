// The authorize stage: what does this call want, and may it?
// In: an exchange that uses something, its task. Out: a Grant or a Denial.
// INVARIANT: one lookup by exact name; decide() alone judges; what is refused
// is not told apart from what does not exist.

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

export interface Denial extends Refusal, Named {}

export function authorize(
  exchange: Exchange,
  method: UseMethod,
  task: Task | undefined,
): Grant | Denial {
  const named = readNamed(exchange.message, method)
  const { kind, name } = named
  if (name === undefined) return { refusal: 'unnamed' }
  if (kind === 'task') return authorizeTask(exchange, task, name)
  if (name.length > LONGEST_NAME) return deny('unknown', kind, name)
  const routes = findRoutes(exchange, { ...named, kind }, name)
  const route = routes.length > 1 ? choose(exchange, routes) : routes[0]
  if (!route && routes.length > 1) {
    return refuseClaimed(name, routes)
  }
  if (!route) return refuse(exchange, kind, name)
  if (route.conditional) return judge(exchange, route, kind, name)
  return { use: route.use, limits: route.limits }
}

/** Where arguments decide, they are read; elsewhere they stay bytes. */
function judge(
  exchange: Exchange,
  { target, limits }: Route,
  kind: Kind,
  name: string,
): Grant | Denial {
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
  const use = makeUse(routing, kind, target, decision.rule)
  const { constraint } = decision
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

/** A task is whose tool it runs; its arguments were judged when it began. Its
 * id is no name: whoever has it may be the one who can use it. */
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

/** The same whether it is there or not. */
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
    ...(use ? { use } : { asked: name }),
  }
}

/** Several servers have it, and the client does not say which it means. */
function refuseClaimed(uri: string, routes: readonly Route[]): Denial {
  const servers = routes.map(({ target }) => target.server)
  const detail = `${servers.join(' and ')}: say which in _meta["${CHOICE}"]`
  return { refusal: 'claimed', detail, data: { uri, servers }, asked: uri }
}

/** The way to a tool, by its server's own name for it. */
export function findTool(
  routing: Routing,
  { view }: Principal,
  server: string,
  name: string,
): Route | undefined {
  const route = view.tools.get(routing.exposeTool(server, name))
  const isIt = route?.target.server === server && route.target.name === name
  return isIt ? route : undefined
}

/** Not in the view: hidden from this principal, or not there at all. */
function refuse(exchange: Exchange, kind: Kind, name: string): Denial {
  const { routing, principal } = exchange
  const hidden = routing.withheld.get(name)
  const own = hidden?.kind === kind ? hidden : undefined
  const target = targetsOf(exchange, kind).get(name)?.[0] ?? own
  const [owner] = kind === 'resource' ? findServers(exchange, name) : []
  const server = target?.server ?? owner
  if (server === undefined) {
    return deny('unknown', kind, name)
  }
  const meant = target ?? { server, name, exposed: name }
  const { grantee } = principal
  const { rule, verdict } = decide(
    routing.table,
    grantee,
    server,
    kind,
    meant.name,
  )
  const use = makeUse(routing, kind, meant, rule)
  const withheld = target === own && verdict === 'allow'
  return deny(withheld ? 'withheld' : 'denied', kind, name, use)
}

/** The ways to a resource that the caller may read, one a server. */
export function findResources(asker: Asker, uri: string): readonly Route[] {
  return findRoutes(asker, { kind: 'resource', template: false }, uri)
}

type Asker = Pick<Exchange, 'routing' | 'principal'>

const NONE: readonly Route[] = []

function findRoutes(
  { routing, principal }: Asker,
  { kind, template }: { readonly kind: Kind; readonly template: boolean },
  name: string,
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

/** The servers of a resource that nobody lists: their templates make it, or
 * they have linked to it. */
function findServers(
  { routing, principal }: Asker,
  uri: string,
): readonly string[] {
  const makers = routing.makersOf(uri)
  if (makers.length > 0) return makers
  return routing.resourceIndex.find(principal.lineage, uri)
}

/** The one that the client says. */
function choose(
  { message }: Exchange,
  routes: readonly Route[],
): Route | undefined {
  const meta = findNode(message.params, '_meta')
  const server = readString(message.bytes, findNode(meta, CHOICE))
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
