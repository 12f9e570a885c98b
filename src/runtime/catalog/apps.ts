// MCP Apps: the resources and tools that belong to tools with a user interface.
// INVARIANT: nothing is reachable that the grant of the tool does not cover; a
// byName name that matches two tools matches none.

import type { Kind } from '../../contract/table.ts'
import { type Grantee, matching } from '../../table/decide.ts'
import type { AppLink } from '../upstream/app-link.ts'
import type { Routing } from './routing.ts'
import { makeUse, type Route, type Routes } from './view.ts'

export interface Apps {
  /** By URI. */
  readonly resources: ReadonlyMap<string, Route>
  /** By upstream name. */
  readonly tools: ReadonlyMap<string, Route>
}

export function findApps(
  routing: Routing,
  grantee: Grantee,
  tools: Routes,
): Apps {
  const resources = new Map<string, Route>()
  const byName = new Map<string, Route | undefined>()
  for (const route of tools.values()) {
    const link = route.target.definition.app()
    if (!link) continue
    linkResource(routing, grantee, route, link, resources)
    const { name } = route.target
    if (!link.callable || tools.has(name)) continue
    byName.set(name, byName.has(name) ? undefined : route)
  }
  const named = [...byName].flatMap(([name, route]) =>
    route ? [[name, route] as const] : [],
  )
  return { resources, tools: new Map(named) }
}

function linkResource(
  routing: Routing,
  grantee: Grantee,
  { target, decision }: Route,
  { resource }: AppLink,
  resources: Map<string, Route>,
): void {
  if (resource === undefined || resources.has(resource)) return
  const { server } = target
  const kind: Kind = 'resource'
  const denied = grantee.roles.some((role) => {
    const { deny } = routing.table.roles[role] ?? {}
    return matching(deny, server, kind, resource, 'deny').length > 0
  })
  if (denied) return
  const place = { server, name: resource, exposed: resource }
  const use = makeUse(routing, kind, place, decision.rule)
  resources.set(resource, {
    target: place,
    decision,
    use,
    conditional: false,
    limits: [],
  })
}
