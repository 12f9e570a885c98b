// What one grantee sees: its routes, and its lists as ready bytes.
// In: a routing and a grantee. Out: a View.
// INVARIANT: the lists and the calls come from the same routes, and the routes
// from decide(); what is not listed cannot be routed.

import { createHash } from 'node:crypto'
import type { Kind, TokenRecord } from '../../contract/table.ts'
import {
  type Decision,
  decide,
  type Grantee,
  matching,
} from '../../table/decide.ts'
import { type NamedLimit, selectLimits } from '../../table/limit.ts'
import { renderUse } from '../audit/fragments.ts'
import { findNode } from '../message/message.ts'
import type { Era, ListName } from '../message/methods.ts'
import { scanJson } from '../message/scan.ts'
import { putMembers, setMembers, splice } from '../message/splice.ts'
import { servesTasks } from '../upstream/handshake.ts'
import { type Apps, findApps } from './apps.ts'
import type { Routing } from './routing.ts'
import { CHOICE, type Target, type Targets } from './targets.ts'

/** Where a route leads. */
export type Place = Omit<Target, 'definition'>

export interface Route<Where extends Place = Place> {
  readonly target: Where
  /** Without arguments; `conditional` says that arguments may change it. */
  readonly decision: Decision
  /** What a call by this route is, for as long as arguments change nothing. */
  readonly use: Use
  readonly conditional: boolean
  readonly limits: readonly NamedLimit[]
}

export type Routes = ReadonlyMap<string, Route<Target>>

export interface View {
  readonly tools: Routes
  readonly prompts: Routes
  readonly resources: Routes
  readonly templates: Routes
  /** Resources and templates of several servers that it may read, by URI. */
  readonly claims: ReadonlyMap<string, readonly Route<Target>[]>
  readonly apps: Apps
  /** The inside of each list's JSON array, as clients of each era take it. */
  readonly lists: Readonly<Record<Era, Readonly<Record<ListName, Buffer>>>>
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
  const claims = new Map<string, readonly Route<Target>[]>()
  const about = (targets: Targets) =>
    selectRoutes(routing, grantee, 'resource', targets, claims)
  const resources = about(routing.resources)
  const templates = about(routing.templates)
  const all = [tools, prompts, resources, templates]
  const each = (routes: Routes) =>
    [...routes].flatMap(([uri, route]) => claims.get(uri) ?? [route])
  const lists = renderLists(routing, {
    tools: [...tools.values()],
    prompts: [...prompts.values()],
    resources: each(resources),
    resourceTemplates: each(templates),
  })
  const both = (list: ListName) => [lists.legacy[list], lists.modern[list]]
  return {
    tools,
    prompts,
    resources,
    templates,
    claims,
    apps: findApps(routing, grantee, tools),
    lists,
    fingerprints: {
      tools: hash(...both('tools')),
      prompts: hash(...both('prompts')),
      resources: hash(...both('resources'), ...both('resourceTemplates')),
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

/** Of several that claim a name, the first that it may use; all of them are
 * `claims`, where they are wanted. */
function selectRoutes(
  routing: Routing,
  grantee: Grantee,
  kind: Kind,
  targets: Targets,
  claims?: Map<string, readonly Route<Target>[]>,
): Routes {
  const routes = new Map<string, Route<Target>>()
  for (const [exposed, claimants] of targets) {
    const own: Route<Target>[] = []
    for (const target of claimants) {
      const route = makeRoute(routing, grantee, kind, target)
      if (route) own.push(route)
    }
    const [first] = own
    if (first) routes.set(exposed, first)
    if (own.length > 1) claims?.set(exposed, own)
  }
  return routes
}

/** Undefined where nothing allows it. */
export function makeRoute<Where extends Place>(
  routing: Routing,
  grantee: Grantee,
  kind: Kind,
  target: Where,
): Route<Where> | undefined {
  const { server, name } = target
  const decision = decide(routing.table, grantee, server, kind, name)
  if (decision.verdict !== 'allow') return undefined
  const limits = selectLimits(routing.table, grantee, server, kind, name)
  const conditional = isConditional(routing, grantee, kind, target, limits)
  const use = makeUse(routing, kind, target, decision.rule)
  return { target, decision, use, conditional, limits }
}

/** A use, judged by the rule that `pointer` names. */
export function makeUse(
  routing: Routing,
  kind: Kind,
  { server, name, exposed }: Place,
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
  { server, name }: Place,
  limits: readonly NamedLimit[],
): boolean {
  const grants = grantee.roles.flatMap((role) => {
    const { allow, deny } = routing.table.roles[role] ?? {}
    return [allow, deny]
  })
  return [...grants, ...limits.map(({ limit }) => limit.on)].some((section) =>
    matching(section, server, kind, name, 'deny').some(
      (entry) => 'when' in entry,
    ),
  )
}

type Lists = Readonly<Record<ListName, Buffer>>

function renderLists(
  routing: Routing,
  routes: Readonly<Record<ListName, readonly Route<Target>[]>>,
): Readonly<Record<Era, Lists>> {
  const render = (era: Era) => {
    const list = (name: ListName) => {
      const named = name === 'tools' || name === 'prompts'
      return renderList(routing, routes[name], era, named)
    }
    return {
      tools: list('tools'),
      prompts: list('prompts'),
      resources: list('resources'),
      resourceTemplates: list('resourceTemplates'),
    }
  }
  return { legacy: render('legacy'), modern: render('modern') }
}

/** What clients of that era accept of it. */
function renderList(
  { catalogues }: Routing,
  routes: readonly Route<Target>[],
  era: Era,
  named: boolean,
): Buffer {
  const parts: Buffer[] = []
  const schemas = new Set<string>()
  for (const [at, { target }] of routes.entries()) {
    const { server, definition, exposed } = target
    const handshake = catalogues.get(server)?.handshake
    const fit = definition.fit(era, !handshake || servesTasks(handshake))
    if ('fault' in fit) continue
    if (parts.length > 0) parts.push(COMMA)
    const { bytes, nameStart, nameEnd } = definition
    const { id, edits: apart } = fit.schema ?? {}
    const edits = apart && schemas.has(id ?? '') ? apart : fit.edits
    if (id !== undefined) schemas.add(id)
    const text = JSON.stringify(exposed)
    const name = { start: nameStart, end: nameEnd, text }
    const listed = splice(bytes, named ? [...edits, name] : edits)
    const isOne = [routes[at - 1], routes[at + 1]].every(
      (other) => other?.target.exposed !== exposed,
    )
    parts.push(named || isOne ? listed : writeChoice(listed, server))
  }
  return Buffer.concat(parts)
}

/** What a client says to read this one, and not another of the same URI. */
function writeChoice(bytes: Buffer, server: string): Buffer {
  const root = scanJson(bytes, { depth: DEPTH, keep: 2 })
  if ('fault' in root) return bytes
  const meta = findNode(root, '_meta')
  const value = JSON.stringify(server)
  const edits = meta
    ? setMembers(meta, { [CHOICE]: value })
    : putMembers(root, { _meta: `{${JSON.stringify(CHOICE)}:${value}}` })
  return splice(bytes, edits)
}

/** It was read within `caps.depth`. */
const DEPTH = 10_000

const COMMA = Buffer.from(',')

/** Who is asking, as one routing sees them. */
export interface Principal {
  readonly token: TokenRecord
  readonly grantee: Grantee
  readonly view: View
  /** The first token of those that replaced each other. */
  readonly lineage: string
  /** The audit fields that name them, rendered. */
  readonly fragment: string
}

/** What a call wants, resolved: never the exposed name alone. */
export interface Use {
  readonly kind: Kind
  readonly server: string
  readonly name: string
  readonly exposed: string
  /** Rendered for the audit, with the rule that judged it. */
  readonly fragment: string
}
