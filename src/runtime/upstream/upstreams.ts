// All upstream servers of the running table.
// In: tables, one after another. Out: an Upstream by name.
// INVARIANT: a server whose settings did not change keeps its connections,
// sessions and catalog through every swap; a disabled one has none.

import type { UpstreamStatus } from '../../contract/status.ts'
import type { RoutingTable, Server } from '../../contract/table.ts'
import type { Catalog } from './catalog.ts'
import type { UpstreamContext } from './connector.ts'
import type { Session } from './session.ts'
import { BETWEEN_MS, Upstream } from './upstream.ts'

/** A server that says nothing for longer delays nobody. */
const FIRST_ATTEMPT_MS = 5_000

/** A client's list waits so long for what is being read, and no longer. */
const MOMENT_MS = 1_000

export class Upstreams {
  readonly #context: () => UpstreamContext
  readonly #changed: () => void
  readonly #named = new Map<string, Upstream>()
  readonly #retiring = new Set<Upstream>()
  /** What is told of servers that nothing starts. */
  readonly #disabled = new Map<string, UpstreamStatus>()

  /** `changed` is told of every new catalog. */
  constructor(context: () => UpstreamContext, changed: () => void) {
    this.#context = context
    this.#changed = changed
  }

  /** Makes the set that a table names: keeps, starts and retires. */
  reconcile(table: RoutingTable): void {
    const { servers } = table
    const known = this.catalogs()
    for (const [name, upstream] of this.#named) {
      const next = Object.hasOwn(servers, name) ? servers[name] : undefined
      if (next && !next.disabled && this.keeps(name, next)) {
        void upstream.listing.freshen(BETWEEN_MS)
        continue
      }
      this.#named.delete(name)
      this.#retire(upstream)
    }
    this.#noteDisabled(servers)
    for (const [name, server] of Object.entries(servers)) {
      if (server.disabled || this.#named.has(name)) continue
      const context = this.#context()
      const upstream = new Upstream(name, server, context, this.#changed)
      // Changed settings must not empty the lists until the server answers.
      upstream.listing.catalog = known.get(name)
      this.#named.set(name, upstream)
      upstream.listing.start()
    }
  }

  #noteDisabled(servers: RoutingTable['servers']): void {
    const before = new Map(this.#disabled)
    this.#disabled.clear()
    const now = new Date(this.#context().clock.now()).toISOString()
    for (const [name, server] of Object.entries(servers)) {
      if (!server.disabled) continue
      const since = before.get(name)?.since ?? now
      this.#disabled.set(name, describeDisabled(name, server, since))
    }
  }

  /** Whether a table with this server changes nothing for it. */
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

  /** Those of which some session lists something else than the catalog. */
  listWithOwnLists(): readonly Upstream[] {
    return [...this.#named.values()].filter(({ own }) => own.size > 0)
  }

  /** Whether lists are older than they should be, or about to change. Starts
   * their reading. */
  get isStale(): boolean {
    return this.#freshen().length > 0
  }

  /** Resolves when lists can be told: those of new servers, and of old ones
   * as they are now, unless that takes too long. */
  async prepared(): Promise<void> {
    await this.attempted()
    await Promise.race([Promise.all(this.#freshen()), wait(MOMENT_MS)])
  }

  #freshen(): readonly Promise<void>[] {
    return [...this.#named.values()].flatMap(({ listing, own }) => {
      const reading = listing.freshen()
      return reading ? [...own.readings, reading] : own.readings
    })
  }

  /** Milliseconds that are worth waiting for servers never tried so far; 0
   * when there is none, or it had its time. */
  get patience(): number {
    const now = this.#context().clock.monotonic()
    const waits = [...this.#named.values()]
      .filter(({ listing }) => !listing.tried)
      .map(({ began }) => began + FIRST_ATTEMPT_MS - now)
    return Math.max(0, ...waits)
  }

  /** Resolves when every server has been tried once, or patience is over. */
  async attempted(): Promise<void> {
    const ms = this.patience
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    const all = [...this.#named.values()].map((one) => one.listing.attempted)
    await Promise.race([Promise.all(all), late])
    clearTimeout(timer)
  }

  tick(): void {
    for (const upstream of [...this.#named.values(), ...this.#retiring]) {
      upstream.tick()
    }
  }

  /** A client, or a token, is gone: so are the sessions that were its own. */
  closeSessions(callers: ReadonlySet<string>): void {
    for (const upstream of [...this.#named.values(), ...this.#retiring]) {
      void upstream.closeSessions(callers)
    }
  }

  /** Something that a client says to all who serve it. */
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
    problems: [],
    since,
    sessions: 0,
    inFlight: 0,
    queued: 0,
    reconnects: 0,
    strays: 0,
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
