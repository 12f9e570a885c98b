// One table joined with what its servers list: a request takes it and keeps it.
// In: an artefact, the catalogues, this process's own tokens. Out: a Routing.
// INVARIANT: never changed once built (views fill in on first use, always the
// same way; revocations are the host's); one exact lookup routes.

import { LRUCache } from 'lru-cache'
import type { AuditRule } from '../../contract/audit.ts'
import type { Artefact, Server, TokenRecord } from '../../contract/table.ts'
import type { Grantee, Kind } from '../../table/decide.ts'
import { exposeName, isExposable } from '../../table/names.ts'
import { Revocations } from '../../table/revoked.ts'
import { readTemplate } from '../edge/template.ts'
import type { Principal, Use } from '../exchange.ts'
import type { Catalogue } from '../upstream/catalogue.ts'
import type { Definition } from '../upstream/definition.ts'
import { type LockDrift, type Offered, offerLists } from './locked.ts'
import { Owners } from './owners.ts'
import { buildView, type View } from './view.ts'

/** Where an exposed name, or a resource's URI, leads. */
export interface Target {
  readonly server: string
  /** Upstream name, or the URI. */
  readonly name: string
  readonly exposed: string
  readonly definition: Definition
}

/** Two that claim one name; the later is hidden. */
export interface Collision {
  readonly exposed: string
  readonly kept: Target
  readonly hidden: { readonly server: string; readonly name: string }
}

/** Listed by its server, and served to nobody. */
export interface Withheld {
  readonly kind: Kind
  readonly server: string
  readonly name: string
  readonly exposed: string
}

/** What outlives the table. */
export interface Lasting {
  readonly owners: Owners
  readonly revocations: Revocations
}

export type Targets = ReadonlyMap<string, Target>

export class Routing implements Lasting {
  readonly artefact: Artefact
  readonly digest: string
  readonly tokens: ReadonlyMap<string, TokenRecord>
  /** Good for this process only, in no table. */
  readonly ownTokens: readonly TokenRecord[]
  readonly catalogues: ReadonlyMap<string, Catalogue>
  readonly tools: Targets
  readonly prompts: Targets
  readonly resources: Targets
  readonly templates: Targets
  readonly collisions: readonly Collision[]
  readonly drifts: readonly LockDrift[]
  /** Exposed name → the tool or prompt that the lock hides. */
  readonly withheld: ReadonlyMap<string, Withheld>
  /** What the host took away, in no table. */
  readonly revocations: Revocations
  /** SHA-256 of a whole token → who presented it; of this table alone. */
  readonly principals = new LRUCache<string, Principal>({ max: 10_000 })
  #makers:
    | readonly { readonly server: string; makes(uri: string): boolean }[]
    | undefined
  /** Outlives the table. */
  readonly owners: Owners
  readonly #views = new LRUCache<string, View>({ max: 1_000 })

  constructor(
    artefact: Artefact,
    catalogues: ReadonlyMap<string, Catalogue>,
    ownTokens: readonly TokenRecord[],
    lasting: Lasting = { owners: new Owners(), revocations: new Revocations() },
  ) {
    const { owners, revocations } = lasting
    this.owners = owners
    this.artefact = artefact
    this.digest = artefact.digest
    this.catalogues = catalogues
    this.ownTokens = ownTokens
    this.revocations = revocations
    this.tokens = new Map([
      ...Object.entries(artefact.table.tokens),
      ...ownTokens.map((token) => [token.id, token] as const),
    ])
    const offers = new Map(
      Object.keys(artefact.table.servers).map((server) => [
        server,
        offerLists(artefact, server, catalogues.get(server)),
      ]),
    )
    this.drifts = [...offers.values()].flatMap(({ drifts }) => drifts)
    this.withheld = findWithheld(artefact, this.drifts)
    const collisions: Collision[] = []
    const gather = (list: keyof Catalogue['lists'], named: boolean) =>
      gatherTargets(artefact, offers, list, named, collisions)
    this.tools = gather('tools', true)
    this.prompts = gather('prompts', true)
    this.resources = gather('resources', false)
    this.templates = gather('templates', false)
    this.collisions = collisions
  }

  get table() {
    return this.artefact.table
  }

  /** The one server whose template makes this URI; none where several do. */
  ownerOf(uri: string): string | undefined {
    this.#makers ??= [...this.templates.values()].map(({ server, name }) => ({
      server,
      makes: readTemplate(name),
    }))
    const owners = new Set(
      this.#makers.flatMap(({ server, makes }) => (makes(uri) ? [server] : [])),
    )
    const [owner] = owners
    return owners.size === 1 ? owner : undefined
  }

  /** Of a tool, as it is listed here. */
  definitionOf({ kind, exposed, server, name }: Use): Definition | undefined {
    if (kind !== 'tool') return undefined
    const target = this.tools.get(exposed)
    const isIt = target?.server === server && target.name === name
    return isIt ? target.definition : undefined
  }

  /** What a grantee sees; equal grantees share one view. */
  view(grantee: Grantee): View {
    const own = grantee.tools ? grantee.token : null
    const key = JSON.stringify([grantee.roles, grantee.team, own])
    let view = this.#views.get(key)
    if (!view) {
      view = buildView(this, grantee)
      this.#views.set(key, view)
    }
    return view
  }

  /** The name that clients know a tool by. */
  exposeTool(server: string, name: string): string {
    const settings = this.table.servers[server]
    return settings ? expose(settings, 'tools', name) : name
  }

  /** What a server tells agents about itself; of a locked one, what is locked. */
  instructionsOf(server: string): string | undefined {
    const { table, definitions } = this.artefact
    return Object.hasOwn(table.lock, server)
      ? definitions[server]?.instructions
      : (this.catalogues.get(server)?.greeting.instructions ?? undefined)
  }

  /** A rule's pointer with its `file:line`, as the audit names it. */
  locateRule(pointer: string | null): AuditRule | null {
    if (pointer === null) return null
    const place = this.artefact.places[pointer]
    return { pointer, at: place?.replace(/:\d+$/, '') ?? null }
  }
}

function gatherTargets(
  artefact: Artefact,
  offers: ReadonlyMap<string, Offered>,
  list: keyof Catalogue['lists'],
  named: boolean,
  collisions: Collision[],
): Targets {
  const targets = new Map<string, Target>()
  const { servers } = artefact.table
  for (const server of Object.keys(servers).sort()) {
    const settings = servers[server]
    const definitions = offers.get(server)?.lists[list] ?? []
    if (!settings) continue
    for (const definition of definitions) {
      const { name } = definition
      const exposed = named ? expose(settings, list, name) : name
      if (named && !isExposable(exposed)) continue
      const kept = targets.get(exposed)
      if (kept) collisions.push({ exposed, kept, hidden: { server, name } })
      else targets.set(exposed, { server, name, exposed, definition })
    }
  }
  return new Map([...targets].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A prompt is never renamed. */
function expose(
  server: Server,
  list: 'tools' | 'prompts' | (string & {}),
  name: string,
): string {
  const { rename } = server
  const own = list === 'tools' && Object.hasOwn(rename, name)
  return exposeName(server, (own && rename[name]) || name)
}

function findWithheld(
  { table }: Artefact,
  drifts: readonly LockDrift[],
): ReadonlyMap<string, Withheld> {
  const hidden = drifts.filter(
    ({ server, what }) =>
      what === 'unlocked' ||
      (what === 'withheld' && table.servers[server]?.drift !== 'warn'),
  )
  return new Map(
    hidden.flatMap(({ server, list, name }) => {
      const settings = table.servers[server]
      if (!settings || list === 'resourceTemplates') return []
      const kind: Kind = list === 'tools' ? 'tool' : 'prompt'
      const exposed = expose(settings, list, name)
      return [[exposed, { kind, server, name, exposed }] as const]
    }),
  )
}
