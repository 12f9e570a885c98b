// One table joined with what its servers list: a request takes it and keeps it.
// In: an artefact, the catalogues, this process's own tokens. Out: a Routing.
// INVARIANT: never changed once built (views fill in on first use, always the
// same way; revocations are the host's); one exact lookup routes.

import type { AuditRule } from '../../contract/audit.ts'
import type { Artefact, Kind, TokenRecord } from '../../contract/table.ts'
import type { Grantee } from '../../table/decide.ts'
import { Revocations } from '../../table/revoked.ts'
import { createCache } from '../base/cache.ts'
import type { Catalogue } from '../upstream/catalog.ts'
import type { Definition } from '../upstream/definition.ts'
import { type LockDrift, offerLists } from './locked.ts'
import { ResourceIndex } from './resource-index.ts'
import { expose, gatherTargets, type Remarks, type Targets } from './targets.ts'
import { readTemplate } from './uri-template.ts'
import type { Principal, Use } from './view.ts'
import { buildView, type View } from './view.ts'

/** Listed by its server, and served to nobody. */
export interface Withheld {
  readonly kind: Kind
  readonly server: string
  readonly name: string
  readonly exposed: string
}

/** What outlives the table. */
export interface Lasting {
  readonly resourceIndex: ResourceIndex
  readonly revocations: Revocations
}

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
  /** Server → what its operator should know of the names that it lists. */
  readonly remarks: ReadonlyMap<string, readonly string[]>
  readonly drifts: readonly LockDrift[]
  /** Servers that list nothing: disabled; or none of their lists is known, and
   * no lock. */
  readonly unlisted: readonly string[]
  /** Exposed name → the tool or prompt that the lock hides. */
  readonly withheld: ReadonlyMap<string, Withheld>
  /** What the host took away, in no table. */
  readonly revocations: Revocations
  /** SHA-256 of a whole token → who presented it; of this table alone. */
  readonly principals = createCache<string, Principal>(10_000)
  #makers:
    | readonly { readonly server: string; makes(uri: string): boolean }[]
    | undefined
  /** Outlives the table. */
  readonly resourceIndex: ResourceIndex
  readonly #others = createCache<string, Routing>(64)
  readonly #numbers = new WeakMap<Catalogue, number>()
  #last = 0
  readonly #views = createCache<string, View>(1_000)

  constructor(
    artefact: Artefact,
    catalogues: ReadonlyMap<string, Catalogue>,
    ownTokens: readonly TokenRecord[],
    lasting: Lasting = {
      resourceIndex: new ResourceIndex(),
      revocations: new Revocations(),
    },
  ) {
    const { resourceIndex, revocations } = lasting
    this.resourceIndex = resourceIndex
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
    this.unlisted = [...offers.keys()].filter(
      (name) =>
        artefact.table.servers[name]?.disabled ||
        (!catalogues.has(name) && !Object.hasOwn(artefact.table.lock, name)),
    )
    this.drifts = [...offers.values()].flatMap(({ drifts }) => drifts)
    this.withheld = findWithheld(artefact, this.drifts)
    const remarks: Remarks = new Map()
    const gather = (list: keyof Catalogue['lists']) =>
      gatherTargets(artefact.table, offers, list, remarks)
    this.tools = gather('tools')
    this.prompts = gather('prompts')
    this.resources = gather('resources')
    this.templates = gather('templates')
    this.remarks = remarks
  }

  /** With other catalogues of some servers: what one caller's own sessions
   * list. */
  withOwn(own: ReadonlyMap<string, Catalogue>): Routing {
    const key = [...own].map(([name, one]) => `${name} ${this.#number(one)}`)
    const known = this.#others.get(key.join())
    if (known) return known
    const catalogues = new Map([...this.catalogues, ...own])
    const routing = new Routing(this.artefact, catalogues, this.ownTokens, this)
    this.#others.set(key.join(), routing)
    return routing
  }

  #number(catalogue: Catalogue): number {
    const known = this.#numbers.get(catalogue) ?? ++this.#last
    this.#numbers.set(catalogue, known)
    return known
  }

  get table() {
    return this.artefact.table
  }

  /** The servers whose templates make this URI. */
  makersOf(uri: string): readonly string[] {
    this.#makers ??= [...this.templates.values()].flat().map((template) => ({
      server: template.server,
      makes: readTemplate(template.name),
    }))
    const makers = this.#makers.flatMap(({ server, makes }) =>
      makes(uri) ? [server] : [],
    )
    return [...new Set(makers)]
  }

  /** Of a tool, as it is listed here. */
  definitionOf({ kind, exposed, server, name }: Use): Definition | undefined {
    if (kind !== 'tool') return undefined
    const targets = this.tools.get(exposed)
    return targets?.find((one) => one.server === server && one.name === name)
      ?.definition
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
    if (table.servers[server]?.disabled) return undefined
    return Object.hasOwn(table.lock, server)
      ? definitions[server]?.instructions
      : (this.catalogues.get(server)?.handshake.instructions ?? undefined)
  }

  /** A rule's pointer with its `file:line`, as the audit names it. */
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
