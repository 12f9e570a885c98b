// A table joined with the catalogs of its servers.
// INVARIANT: never changes once built, except for caches and the host's
// revocations; routing needs one exact lookup.

import type { AuditRule } from '../../contract/audit.ts'
import type { Artefact, Kind, TokenRecord } from '../../contract/table.ts'
import type { Grantee } from '../../table/decide.ts'
import { Revocations } from '../../table/revoked.ts'
import { createCache } from '../base/cache.ts'
import type { Logouts } from '../login/logouts.ts'
import type { Catalog } from '../upstream/catalog.ts'
import type { Definition } from '../upstream/definition.ts'
import { type LockDrift, offerLists } from './locked.ts'
import { ResourceIndex } from './resource-index.ts'
import { expose, gatherTargets, type Remarks, type Targets } from './targets.ts'
import { readTemplate } from './uri-template.ts'
import type { Principal, Use } from './view.ts'
import { buildView, type View } from './view.ts'

/** A tool or prompt that its server lists and the lock hides. */
interface Withheld {
  readonly kind: Kind
  readonly server: string
  readonly name: string
  readonly exposed: string
}

const NO_LOGOUTS = Object.freeze({ covers: () => false })

/** The parts that outlive the table. */
interface Lasting {
  readonly resourceIndex: ResourceIndex
  readonly revocations: Revocations
  readonly logouts: Pick<Logouts, 'covers'>
}

export class Routing implements Lasting {
  readonly artefact: Artefact
  readonly digest: string
  readonly tokens: ReadonlyMap<string, TokenRecord>
  /** Tokens of this process only; they are in no table. */
  readonly ownTokens: readonly TokenRecord[]
  readonly catalogs: ReadonlyMap<string, Catalog>
  readonly tools: Targets
  readonly prompts: Targets
  readonly resources: Targets
  readonly templates: Targets
  /** Server → remarks for operators on its names. */
  readonly remarks: ReadonlyMap<string, readonly string[]>
  readonly drifts: readonly LockDrift[]
  /** Servers without lists: disabled, or never read and not locked. */
  readonly unlisted: readonly string[]
  /** Exposed name → the tool or prompt that the lock hides. */
  readonly withheld: ReadonlyMap<string, Withheld>
  /** Revocations of the host; they are in no table. */
  readonly revocations: Revocations
  /** Of people, by their provider; they are in no table. */
  readonly logouts: Pick<Logouts, 'covers'>
  /** SHA-256 of a token → its principal under this table. */
  readonly principals = createCache<string, Principal>(10_000)
  /** Address and head of a request → what the stages keep (request.ts). */
  readonly memos = createCache<string, object>(256)
  /** Verdict on a token of the login → its principal under this table. */
  readonly people = new WeakMap<object, Principal>()
  #templateMatchers:
    | readonly { readonly server: string; matches(uri: string): boolean }[]
    | undefined
  readonly resourceIndex: ResourceIndex
  readonly #others = createCache<string, Routing>(64)
  readonly #numbers = new WeakMap<Catalog, number>()
  #last = 0
  readonly #views = createCache<string, View>(1_000)

  constructor(
    artefact: Artefact,
    catalogs: ReadonlyMap<string, Catalog>,
    ownTokens: readonly TokenRecord[],
    lasting: Lasting = {
      resourceIndex: new ResourceIndex(),
      revocations: new Revocations(),
      logouts: NO_LOGOUTS,
    },
  ) {
    this.resourceIndex = lasting.resourceIndex
    this.artefact = artefact
    this.digest = artefact.digest
    this.catalogs = catalogs
    this.ownTokens = ownTokens
    this.revocations = lasting.revocations
    this.logouts = lasting.logouts
    this.tokens = new Map([
      ...Object.entries(artefact.table.tokens),
      ...ownTokens.map((token) => [token.id, token] as const),
    ])
    const offers = new Map(
      Object.keys(artefact.table.servers).map((server) => [
        server,
        offerLists(artefact, server, catalogs.get(server)),
      ]),
    )
    this.unlisted = [...offers.keys()].filter(
      (name) =>
        artefact.table.servers[name]?.disabled ||
        (!catalogs.has(name) && !Object.hasOwn(artefact.table.lock, name)),
    )
    this.drifts = [...offers.values()].flatMap(({ drifts }) => drifts)
    this.withheld = findWithheld(artefact, this.drifts)
    const remarks: Remarks = new Map()
    const gather = (list: keyof Catalog['lists']) =>
      gatherTargets(artefact.table, offers, list, remarks)
    this.tools = gather('tools')
    this.prompts = gather('prompts')
    this.resources = gather('resources')
    this.templates = gather('templates')
    this.remarks = remarks
  }

  /** The routing with the catalogs of one caller's own sessions. */
  withOwn(own: ReadonlyMap<string, Catalog>): Routing {
    const key = [...own].map(([name, one]) => `${name} ${this.#number(one)}`)
    const known = this.#others.get(key.join())
    if (known) return known
    const catalogs = new Map([...this.catalogs, ...own])
    const routing = new Routing(this.artefact, catalogs, this.ownTokens, this)
    this.#others.set(key.join(), routing)
    return routing
  }

  #number(catalog: Catalog): number {
    const known = this.#numbers.get(catalog) ?? ++this.#last
    this.#numbers.set(catalog, known)
    return known
  }

  get table() {
    return this.artefact.table
  }

  /** The servers with a template that matches the URI. */
  findTemplateServers(uri: string): readonly string[] {
    this.#templateMatchers ??= [...this.templates.values()]
      .flat()
      .map((template) => ({
        server: template.server,
        matches: readTemplate(template.name),
      }))
    const servers = this.#templateMatchers.flatMap(({ server, matches }) =>
      matches(uri) ? [server] : [],
    )
    return [...new Set(servers)]
  }

  /** The current definition of a tool. */
  definitionOf({ kind, exposed, server, name }: Use): Definition | undefined {
    if (kind !== 'tool') return undefined
    const target = this.tools
      .get(exposed)
      ?.find((one) => one.server === server && one.name === name)
    return target?.definition
  }

  /** The view of a grantee; equal grantees share one. */
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

  /** The exposed name of a tool. */
  exposeTool(server: string, name: string): string {
    const settings = this.table.servers[server]
    return settings ? expose(settings, 'tools', name) : name
  }

  /** The instructions of a server; if it is locked, the locked ones. */
  instructionsOf(server: string): string | undefined {
    const { table, definitions } = this.artefact
    if (table.servers[server]?.disabled) return undefined
    return Object.hasOwn(table.lock, server)
      ? definitions[server]?.instructions
      : (this.catalogs.get(server)?.handshake.instructions ?? undefined)
  }

  /** A rule's pointer with its `file:line`, for the audit. */
  locateRule(pointer: string | null): AuditRule | null {
    if (pointer === null) return null
    const place = this.artefact.places[pointer]
    return { pointer, at: place?.replace(/:\d+$/, '') ?? null }
  }
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
