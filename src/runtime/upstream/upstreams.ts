// All upstream servers of the running table.
// INVARIANT: a server whose settings did not change keeps its connections,
// sessions and catalog through every swap; a disabled one has none.

import type { UpstreamStatus } from '../../contract/status.ts'
import type { RoutingTable, Server } from '../../contract/table.ts'
import type { Catalog } from './catalog.ts'
import type { UpstreamContext } from './context.ts'
import { pause } from './deadline.ts'
import type { Session } from './session.ts'
import { BETWEEN_MS, FIRST_ATTEMPT_MS, Upstream } from './upstream.ts'

/** How long a client's list waits for lists that are being read. */
const MOMENT_MS = 1_000

export class Upstreams {
  readonly #context: () => UpstreamContext
  readonly #changed: () => void
  readonly #named = new Map<string, Upstream>()
  readonly #retiring = new Set<Upstream>()
  #personal: readonly Upstream[] = []
  /** Undefined: they have changed since they were asked for. */
  #differing: readonly Upstream[] | undefined
  /** The status of disabled servers. */
  readonly #disabled = new Map<string, UpstreamStatus>()

  /** `changed` is called for every new catalog. */
  constructor(context: () => UpstreamContext, changed: () => void) {
    this.#context = context
    this.#changed = changed
  }

  /** Keeps, starts and retires servers as the table says. */
  reconcile(table: RoutingTable): void {
    const { servers } = table
    const known = this.catalogs()
    for (const [name, upstream] of this.#named) {
      const next = Object.hasOwn(servers, name) ? servers[name] : undefined
      if (next && !next.disabled && this.keeps(name, next)) {
        void upstream.listing.refresh(BETWEEN_MS)
        continue
      }
      this.#named.delete(name)
      this.#retire(upstream)
    }
    this.#updateDisabled(servers)
    for (const [name, server] of Object.entries(servers)) {
      if (server.disabled || this.#named.has(name)) continue
      const context = this.#context()
      const upstream = new Upstream(name, server, context, this.#changed)
      // Lists stay until the server with its new settings answers.
      upstream.listing.catalog = known.get(name)
      this.#named.set(name, upstream)
      const { exit } = upstream.describe()
      if (exit !== null) context.leaves(name, exit)
      upstream.listing.start()
    }
    this.#personal = this.#filter(({ isPersonal }) => isPersonal)
    this.#differing = undefined
  }

  #updateDisabled(servers: RoutingTable['servers']): void {
    const before = new Map(this.#disabled)
    this.#disabled.clear()
    const now = new Date(this.#context().clock.now()).toISOString()
    for (const [name, server] of Object.entries(servers)) {
      if (!server.disabled) continue
      const since = before.get(name)?.since ?? now
      this.#disabled.set(name, describeDisabled(name, server, since))
    }
  }

  /** Whether the server keeps running under these settings. */
  keeps(name: string, server: Server): boolean {
    const old = this.#named.get(name)?.server
    return JSON.stringify(old) === JSON.stringify(server)
  }

  get(name: string): Upstream | undefined {
    return this.#named.get(name)
  }

  catalogs(): ReadonlyMap<string, Catalog> {
    const catalogs = new Map<string, Catalog>()
    for (const [name, { catalog }] of this.#named) {
      if (catalog) catalogs.set(name, catalog)
    }
    return catalogs
  }

  /** Servers with an account of each person. */
  get personal(): readonly Upstream[] {
    return this.#personal
  }

  /** Servers with sessions whose lists differ from the catalog; each call asks. */
  listWithOwnLists(): readonly Upstream[] {
    this.#differing ??= this.#filter(({ own }) => own.size > 0)
    return this.#differing
  }

  /** The lists of a session have changed. */
  ownChanged(): void {
    this.#differing = undefined
  }

  #filter(test: (upstream: Upstream) => boolean): readonly Upstream[] {
    return [...this.#named.values()].filter(test)
  }

  /** Whether lists are too old or being read; starts their reading. */
  get isStale(): boolean {
    return this.#refresh().length > 0
  }

  /** Resolves when lists that are too old were read again, or after a time
   * limit. */
  async awaitLists(): Promise<void> {
    await Promise.race([Promise.all(this.#refresh()), pause(MOMENT_MS)])
  }

  #refresh(): readonly Promise<void>[] {
    return [...this.#named.values()].flatMap(({ listing, own }) => {
      const reading = listing.refresh()
      return reading ? [...own.readings, reading] : own.readings
    })
  }

  /** Servers that start for the first time, and for which lists wait. */
  listAwaited(): readonly Upstream[] {
    return this.#filter(({ listing }) => listing.isAwaited)
  }

  /** No list waits any more: the gateway closes. */
  stopWaiting(): void {
    for (const { listing } of this.#named.values()) listing.stopWaiting()
  }

  /** Resolves when every server was tried once, or after the time limit. */
  async attempted(): Promise<void> {
    const all = [...this.#named.values()].map((one) => one.listing.attempted)
    await Promise.race([Promise.all(all), pause(FIRST_ATTEMPT_MS)])
  }

  tick(): void {
    for (const upstream of [...this.#named.values(), ...this.#retiring]) {
      upstream.tick()
    }
  }

  /** Closes the sessions of clients and tokens that are gone. */
  closeSessions(callers: ReadonlySet<string>): void {
    for (const upstream of [...this.#named.values(), ...this.#retiring]) {
      void upstream.closeSessions(callers)
    }
  }

  /** Calls `act` for each session of an owner. */
  forEachSession(owner: string, act: (session: Session) => void): void {
    for (const upstream of this.#named.values()) {
      upstream.forEachSession(owner, act)
    }
  }

  describe(): readonly UpstreamStatus[] {
    const running = [...this.#named.values()].map((one) => one.describe())
    return [...running, ...this.#disabled.values()]
  }

  async close(): Promise<void> {
    const all = [...this.#named.values(), ...this.#retiring]
    this.#named.clear()
    this.#differing = undefined
    await Promise.all(all.map((upstream) => upstream.close()))
  }

  #retire(upstream: Upstream): void {
    this.#retiring.add(upstream)
    void upstream.retire().then(() => this.#retiring.delete(upstream))
  }
}

function describeDisabled(
  name: string,
  { title, type }: Server,
  since: string,
): UpstreamStatus {
  return {
    name,
    title,
    type,
    state: 'disabled',
    reason: null,
    exit: null,
    signIn: null,
    accounts: [],
    problems: [],
    since,
    sessions: 0,
    inFlight: 0,
    queued: 0,
    reconnects: 0,
    strays: 0,
  }
}
