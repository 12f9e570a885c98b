// What the holder of a token may do, and what its limits still admit.
// In: a routing, a principal, the limits' counters. Out: a WhoAmI.
// INVARIANT: the lists of clients decide; the answer is bounded.

import type {
  OwnAccess,
  OwnLimit,
  OwnTool,
  WhoAmI,
} from '../../contract/whoami.ts'
import { judgeAccess } from '../../table/access.ts'
import { describeLimit, type NamedLimit } from '../../table/limit.ts'
import type { Routing } from '../catalog/routing.ts'
import type { Principal, Route } from '../catalog/view.ts'
import { isNamed } from '../connect/access.ts'
import { type Limiter, makeBucketOwner, type Room } from '../stages/limit.ts'

/** Tools that one answer lists. */
const MAX_TOOLS = 2_000

export function describeOwn(
  routing: Routing,
  principal: Principal,
  limiter: Pick<Limiter, 'measure'>,
  now: number,
): WhoAmI {
  const { subject, kind, team, roles, id, created, expires, tools } =
    principal.token
  return {
    subject,
    kind,
    team,
    roles,
    token: {
      id,
      created: new Date(created).toISOString(),
      expires: new Date(expires).toISOString(),
      narrowed: tools !== null,
    },
    now: new Date(now).toISOString(),
    servers: listServers(routing, principal),
    unlisted: listUnlisted(routing, principal),
    limits: listLimits(principal, limiter),
  }
}

function listServers(
  routing: Routing,
  { view, grantee }: Principal,
): readonly OwnAccess[] {
  const { servers } = routing.table
  const tools = groupByServer(view.tools.values())
  const prompts = groupByServer(view.prompts.values())
  const resources = groupByServer([
    ...view.resources.values(),
    ...view.templates.values(),
  ])
  let room = MAX_TOOLS
  return [...view.servers].sort().map((name) => {
    const own = tools.get(name) ?? []
    const told = own.slice(0, room)
    room -= told.length
    return {
      name,
      title: servers[name]?.title ?? name,
      tools: told.map((route) => describeTool(routing, grantee, route)),
      more: own.length - told.length,
      prompts: prompts.get(name)?.length ?? 0,
      resources: resources.get(name)?.length ?? 0,
    }
  })
}

function listUnlisted(
  { table, unlisted }: Routing,
  { grantee }: Principal,
): readonly string[] {
  return unlisted.filter((name) => isNamed(table, grantee, name)).sort()
}

function describeTool(
  { table }: Routing,
  grantee: Principal['grantee'],
  { target, conditional }: Route,
): OwnTool {
  const { server, name, exposed } = target
  const { only, never } = conditional
    ? judgeAccess(table, grantee, { server, kind: 'tool', name })
    : { only: [], never: [] }
  return { name, exposed, only, never }
}

function groupByServer(routes: Iterable<Route>): ReadonlyMap<string, Route[]> {
  const groups = new Map<string, Route[]>()
  for (const route of routes) {
    const { server } = route.target
    const own = groups.get(server)
    if (own) own.push(route)
    else groups.set(server, [route])
  }
  return groups
}

interface Counted {
  readonly limit: NamedLimit
  counts: number
  least: Room
}

function listLimits(
  principal: Principal,
  limiter: Pick<Limiter, 'measure'>,
): readonly OwnLimit[] {
  const { tools, prompts, resources, templates } = principal.view
  const counted = new Map<string, Counted>()
  for (const routes of [tools, prompts, resources, templates]) {
    for (const { target, limits } of routes.values()) {
      for (const limit of limits) {
        const known = counted.get(limit.name)
        const isEach = limit.limit.each.includes('tool')
        if (known) known.counts++
        if (known && !isEach) continue
        const owner = makeBucketOwner(principal, target)
        const room = limiter.measure(limit, owner)
        if (!known) counted.set(limit.name, { limit, counts: 1, least: room })
        else if (room.left < known.least.left) known.least = room
      }
    }
  }
  return [...counted.values()]
    .sort((a, b) => (a.limit.name < b.limit.name ? -1 : 1))
    .map(({ limit: { name, limit }, counts, least }) => ({
      name,
      rule: describeLimit(limit),
      mode: limit.mode,
      counts,
      ...least,
    }))
}
