// The view of one grantee: its routes, and its lists as rendered bytes.
// INVARIANT: lists and calls use the same routes, which come from decide();
// what is not listed cannot be routed.

import { createHash } from 'node:crypto'
import type { Kind, TokenRecord } from '../../contract/table.ts'
import {
  type Decision,
  decide,
  type Grantee,
  matching,
} from '../../table/decide.ts'
import { nameIdentity } from '../../table/identity.ts'
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

/** Server and names of a target. */
export type Names = Omit<Target, 'definition'>

export interface Route<Where extends Names = Names> {
  readonly target: Where
  /** Decided without arguments; `conditional`: arguments may change it. */
  readonly decision: Decision
  /** The use of a call, if arguments do not change the decision. */
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
  /** URI → routes, for resources and templates that several servers have. */
  readonly claims: ReadonlyMap<string, readonly Route<Target>[]>
  readonly apps: Apps
  /** The items of each list, as JSON without brackets, by era. */
  readonly lists: Readonly<Record<Era, Readonly<Record<ListName, Buffer>>>>
  /** Servers of which this grantee may use anything. */
  readonly servers: ReadonlySet<string>
  /** Equal for equal lists; one for each `list_changed` notification. */
  readonly fingerprints: Readonly<Record<Changeable, string>>
}

export type Changeable = 'tools' | 'prompts' | 'resources'

export function buildView(routing: Routing, grantee: Grantee): View {
  const route = (kind: Kind, targets: Targets) =>
    selectRoutes(routing, grantee, kind, targets)
  const tools = route('tool', routing.tools)
  const prompts = route('prompt', routing.prompts)
  const claims = new Map<string, readonly Route<Target>[]>()
  const readable = (targets: Targets) =>
    selectRoutes(routing, grantee, 'resource', targets, claims)
  const resources = readable(routing.resources)
  const templates = readable(routing.templates)
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

/** The routes that the grantee may use: of targets with one name, the first.
 * `claims` gets the others too. */
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

/** Undefined where no entry allows it. */
export function makeRoute<Where extends Names>(
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

/** Makes a use with the rule that decided. */
export function makeUse(
  routing: Routing,
  kind: Kind,
  { server, name, exposed }: Names,
  pointer: string | null,
): Use {
  const rule = routing.locateRule(pointer)
  const { servers } = routing.table
  const own = Object.hasOwn(servers, server) ? servers[server] : undefined
  const identity = nameIdentity(own)
  const fragment = renderUse(server, name, exposed, rule, identity)
  return { kind, server, name, exposed, fragment }
}

function isConditional(
  routing: Routing,
  grantee: Grantee,
  kind: Kind,
  { server, name }: Names,
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

/** Renders the definitions that clients of the era accept. */
function renderList(
  { catalogs }: Routing,
  routes: readonly Route<Target>[],
  era: Era,
  named: boolean,
): Buffer {
  const parts: Buffer[] = []
  const schemas = new Set<string>()
  for (const [at, { target }] of routes.entries()) {
    const { server, definition, exposed } = target
    const handshake = catalogs.get(server)?.handshake
    const fit = definition.fit(era, !handshake || servesTasks(handshake))
    if ('fault' in fit) continue
    if (parts.length > 0) parts.push(COMMA)
    const { bytes, nameStart, nameEnd } = definition
    const { id, edits: withoutId } = fit.schema ?? {}
    const edits = withoutId && schemas.has(id ?? '') ? withoutId : fit.edits
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

/** Adds the member of `_meta` that chooses this server for the URI. */
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

/** The definition was read within `caps.depth`. */
const DEPTH = 10_000

const COMMA = Buffer.from(',')

/** An authenticated caller, under one routing. */
export interface Principal {
  readonly token: TokenRecord
  readonly grantee: Grantee
  readonly view: View
  /** The first token of those that replaced each other. */
  readonly lineage: string
  /** The audit fields that identify it, rendered. */
  readonly fragment: string
}

/** What a call uses, resolved from the exposed name. */
export interface Use {
  readonly kind: Kind
  readonly server: string
  readonly name: string
  readonly exposed: string
  /** Its audit fields with the rule that decided, rendered. */
  readonly fragment: string
}
