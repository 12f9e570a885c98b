// What one grantee sees: its routes, and its lists as ready bytes.
// In: a routing and a grantee. Out: a View.
// INVARIANT: the lists and the calls come from the same routes, and the routes
// from decide(); what is not listed cannot be routed.

import { createHash } from 'node:crypto'
import type { Limit } from '../contract/table.ts'
import {
  type Decision,
  decide,
  type Grantee,
  type Kind,
  matching,
} from '../table/decide.ts'
import { renderUse } from './audit/fragments.ts'
import type { Use } from './exchange.ts'
import type { NamedLimit } from './limit.ts'
import type { Routing, Target, Targets } from './routing.ts'

export interface Route {
  readonly target: Target
  /** Without arguments; `conditional` says that arguments may change it. */
  readonly decision: Decision
  /** What a call by this route is, for as long as arguments change nothing. */
  readonly use: Use
  readonly conditional: boolean
  readonly limits: readonly NamedLimit[]
}

export type Routes = ReadonlyMap<string, Route>

export type ListName = 'tools' | 'prompts' | 'resources' | 'resourceTemplates'

export interface View {
  readonly tools: Routes
  readonly prompts: Routes
  readonly resources: Routes
  /** The inside of each list's JSON array. */
  readonly lists: Readonly<Record<ListName, Buffer>>
  /** Servers of which this grantee sees anything. */
  readonly servers: ReadonlySet<string>
  /** Equal for views whose lists are equal; by what `list_changed` names. */
  readonly fingerprints: Readonly<Record<Changeable, string>>
}

export type Changeable = 'tools' | 'prompts' | 'resources'

export function buildView(routing: Routing, grantee: Grantee): View {
  const route = (kind: Kind, targets: Targets) =>
    selectRoutes(routing, grantee, kind, targets)
  const tools = route('tool', routing.tools)
  const prompts = route('prompt', routing.prompts)
  const resources = route('resource', routing.resources)
  const templates = route('resource', routing.templates)
  const all = [tools, prompts, resources, templates]
  const lists = {
    tools: renderList(tools, true),
    prompts: renderList(prompts, true),
    resources: renderList(resources, false),
    resourceTemplates: renderList(templates, false),
  }
  return {
    tools,
    prompts,
    resources,
    lists,
    fingerprints: {
      tools: hash(lists.tools),
      prompts: hash(lists.prompts),
      resources: hash(lists.resources, lists.resourceTemplates),
    },
    servers: new Set(
      all.flatMap((routes) =>
        [...routes.values()].map(({ target }) => target.server),
      ),
    ),
  }
}

function hash(...parts: readonly Buffer[]): string {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part).update('\0')
  return sum.digest('base64url')
}

function selectRoutes(
  routing: Routing,
  grantee: Grantee,
  kind: Kind,
  targets: Targets,
): Routes {
  const routes = new Map<string, Route>()
  for (const [exposed, target] of targets) {
    const { server, name } = target
    const decision = decide(routing.table, grantee, server, kind, name)
    if (decision.verdict !== 'allow') continue
    const limits = selectLimits(routing, grantee, kind, target)
    const conditional = isConditional(routing, grantee, kind, target, limits)
    const use = makeUse(routing, kind, target, decision.rule)
    routes.set(exposed, { target, decision, use, conditional, limits })
  }
  return routes
}

/** A use, judged by the rule that `pointer` names. */
export function makeUse(
  routing: Routing,
  kind: Kind,
  { server, name, exposed }: Target,
  pointer: string | null,
): Use {
  const rule = routing.locateRule(pointer)
  const fragment = renderUse(server, name, exposed, rule)
  return { kind, server, name, exposed, fragment }
}

function isConditional(
  routing: Routing,
  grantee: Grantee,
  kind: Kind,
  { server, name }: Target,
  limits: readonly NamedLimit[],
): boolean {
  const grants = grantee.roles.flatMap((role) => {
    const { allow, deny } = routing.table.roles[role] ?? {}
    return [allow, deny]
  })
  return [...grants, ...limits.map(({ limit }) => limit.on)].some((section) =>
    matching(section, server, kind, name).some((entry) => 'when' in entry),
  )
}

function selectLimits(
  routing: Routing,
  grantee: Grantee,
  kind: Kind,
  { server, name }: Target,
): readonly NamedLimit[] {
  return Object.entries(routing.table.limits)
    .filter(
      ([, limit]) =>
        matching(limit.on, server, kind, name).length > 0 &&
        concerns(limit, grantee),
    )
    .map(([name, limit]) => ({ name, limit }))
}

function concerns(limit: Limit, grantee: Grantee): boolean {
  if (!limit.for) return true
  const { teams, roles } = limit.for
  return (
    (grantee.team !== null && teams.includes(grantee.team)) ||
    grantee.roles.some((role) => roles.includes(role))
  )
}

function renderList(routes: Routes, named: boolean): Buffer {
  const parts: Buffer[] = []
  for (const { target } of routes.values()) {
    if (parts.length > 0) parts.push(COMMA)
    const { bytes, nameStart, nameEnd } = target.definition
    if (!named) {
      parts.push(bytes)
      continue
    }
    parts.push(bytes.subarray(0, nameStart))
    parts.push(Buffer.from(JSON.stringify(target.exposed)))
    parts.push(bytes.subarray(nameEnd))
  }
  return Buffer.concat(parts)
}

const COMMA = Buffer.from(',')
