// Keeps one server's catalog up to date, over a session of its own.
// INVARIANT: a server that is down keeps its last definitions; a failed attempt
// is repeated, after growing pauses.

import type { ServerStatus } from '../../contract/status.ts'
import type { Server } from '../../contract/table.ts'
import { Backoff } from '../base/backoff.ts'
import { countArrival, type Rate } from '../base/gcra.ts'
import type { Era } from '../message/methods.ts'
import { writeNoMethod } from '../message/server-requests.ts'
import { type Catalog, isSameCatalog, readCatalog } from './catalog.ts'
import type { Connector, Opening } from './connector.ts'
import type { UpstreamContext } from './context.ts'
import type { Failure } from './failure.ts'
import type { Session } from './session.ts'

/** The catalog session declares everything, to get all definitions, and refuses
 * all requests of the server. */
export const ALL_CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
  sampling: {},
}

/** Modern where the server can be asked without a risk. A stdio server may exit
 * at it, and its lists are the same in both eras. */
export function preferredEra({ type }: Server): Era {
  return type === 'http' ? 'modern' : 'legacy'
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

/** A start that takes longer is logged. */
const SLOW_START_MS = 1_000

/** How long clients' lists wait for a server that starts for the first time,
 * from its start on. Codex gives up a gateway that has not listed its tools after
 * 10 s; a client that comes at once still gets its list before. */
const FIRST_LISTS_MS = 8_000

/** Servers announce changes in bursts. */
const QUIET_MS = 50

/** How often announced changes are read: a few at once, then one a second. */
const READINGS: Rate = Object.freeze({ calls: 1, per: 'second', burst: 4 })

/** When a list that failed is read again. */
const AGAIN_MS = 60_000

/** A server that was up this long begins with the first pause. */
const STEADY_MS = 60_000

interface ListingEvents {
  /** The catalog has changed. */
  changed(): void
  /** The server is up, with what it offers, or down and why. */
  turned(failure: Failure | undefined, started?: Started): void
  /** There is no session of the gateway's own: each person has an account. */
  readonly isPersonal?: boolean
  /** OpenOptions a shared session instead of an own one. */
  readonly open?: (options: OpenOptions) => Opening | Failure
}

/** How a start went. */
export interface Started {
  readonly tools: number
  readonly ms: number
}

type OpenOptions = Parameters<Connector['open']>[0]

/** The age at which lists are read again: without a `ttlMs` of the server, and
 * the bounds of one. */
const LIFETIME_MS = 60_000
const SHORTEST_MS = 10_000
const LONGEST_MS = 3_600_000

export class Listing {
  catalog: Catalog | undefined
  state: ServerStatus['state'] = 'idle'
  /** Attempts after the first. */
  reconnects = 0
  /** Whether the first attempt has ended, with or without success. */
  tried = false
  failure: Failure | undefined
  /** Wall-clock milliseconds of the last change of state. */
  since: number
  /** Resolves with `tried`. */
  readonly attempted: Promise<void>
  /** Whether clients' lists wait for the first reading. */
  isAwaited = false
  /** Resolves when they do not wait any more. */
  readonly awaited: Promise<void>
  readonly #connector: Connector
  readonly #context: UpstreamContext
  readonly #events: ListingEvents
  #session: Session | undefined
  #timer: NodeJS.Timeout | undefined
  #again: NodeJS.Timeout | undefined
  readonly #pauses = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  #readAt = 0
  /** Theoretical arrival of the next announced change (base/gcra.ts). */
  #arrival: number | undefined
  #lostAt = Number.NEGATIVE_INFINITY
  /** A change was announced while a reading was running; one that is only due
   * will see it. */
  #stale = false
  #isReading = false
  #over = false
  #endAttempt: () => void = () => {}
  #endWait: () => void = () => {}
  /** When it was started, in monotonic milliseconds. */
  #startedAt = 0
  /** Called at the end of the next reading. */
  #waiting: (() => void)[] = []

  constructor(
    connector: Connector,
    context: UpstreamContext,
    events: ListingEvents,
  ) {
    this.#events = events
    this.#connector = connector
    this.#context = context
    this.since = context.clock.now()
    this.attempted = new Promise((resolve) => {
      this.#endAttempt = () => {
        this.tried = true
        this.stopWaiting()
        resolve()
      }
    })
    this.awaited = new Promise((resolve) => {
      this.#endWait = resolve
    })
  }

  start(): void {
    if (this.#events.isPersonal) {
      this.state = 'up'
      this.#context.needsPeople(this.#connector.name)
      return this.#endAttempt()
    }
    // A server with new settings has lists of before.
    this.isAwaited = !this.catalog
    this.#startedAt = this.#context.clock.monotonic()
    void this.#connect()
  }

  get #boundMs(): number {
    return Math.min(FIRST_LISTS_MS, this.#connector.server.startupTimeout)
  }

  /** Called a few times a second, by the timer that all servers share. */
  tick(now: number): void {
    if (!this.isAwaited || now - this.#startedAt < this.#boundMs) return
    this.#tellStart(0)
    this.stopWaiting()
  }

  /** Clients' lists go out without it. */
  stopWaiting(): void {
    this.isAwaited = false
    this.#endWait()
  }

  #tellStart(waitMs: number): void {
    const { name, lastWords: said } = this.#connector
    const isListed = this.catalog !== undefined
    this.#context.starting(name, { said, waitMs, isListed })
  }

  /** A call could not reach the server: reconnects. */
  recheck(): void {
    if (this.state !== 'up' || this.#events.isPersonal) return
    this.#lose({ kind: 'unreachable', detail: 'a call could not reach it' })
  }

  /** What kept it from the server may be gone: tries at once. */
  reconnect(): void {
    if (this.state !== 'down' || this.#over) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#pauses.reset()
    this.reconnects++
    void this.#connect()
  }

  async close(): Promise<void> {
    this.#over = true
    clearTimeout(this.#timer)
    clearTimeout(this.#again)
    this.#endAttempt()
    this.#resolveWaiting()
    await this.#session?.close()
  }

  async #connect(): Promise<void> {
    if (this.#over) return
    this.#connector.forget()
    const open = this.#events.open ?? ((opens) => this.#connector.open(opens))
    const opened = open({
      capabilities: ALL_CAPABILITIES,
      prefers: preferredEra(this.#connector.server),
      onNotification: ({ method }) => {
        if (method.endsWith('/list_changed')) this.scheduleReading()
      },
      // Capabilities are declared only to get all definitions.
      onRequest: (message, reply) => reply(writeNoMethod(message)),
      closed: (failure) => {
        if (this.state === 'up') this.#lose(failure)
      },
    })
    if ('kind' in opened) return this.#lose(opened)
    const { session, ready } = opened
    this.#session = session
    if (!this.tried) this.state = 'starting'
    const began = this.#context.clock.monotonic()
    const slow = setTimeout(() => {
      if (!this.tried) this.#tellStart(this.isAwaited ? this.#boundMs : 0)
    }, SLOW_START_MS).unref()
    try {
      await ready.finally(() => clearTimeout(slow))
      await this.#read(session, began)
      void session.serverStream.listen()
    } catch (failure) {
      if (session === this.#session) this.#lose(failure as Failure)
    }
  }

  /** `began`: the start of the session, in monotonic milliseconds. */
  async #read(session: Session, began?: number): Promise<void> {
    const { caps, clock } = this.#context
    const { handshake } = session
    if (!handshake) return
    this.#readAt = clock.monotonic()
    const before = this.catalog
    const catalog = await readCatalog(session, handshake, caps.depth, before)
    if (this.#over || session !== this.#session) return
    const isSame = before && isSameCatalog(before, catalog)
    this.catalog = isSame ? { ...before, ttl: catalog.ttl } : catalog
    if (clock.monotonic() - this.#lostAt > STEADY_MS) {
      this.#pauses.reset()
    }
    const wasUp = this.state === 'up'
    if (!wasUp) this.since = clock.now()
    this.state = 'up'
    this.failure = undefined
    if (!wasUp) {
      const now = clock.monotonic()
      const ms = Math.round(now - (began ?? now))
      this.#events.turned(undefined, { tools: catalog.lists.tools.length, ms })
    }
    this.#endAttempt()
    if (!isSame || !wasUp) this.#events.changed()
    this.#resolveWaiting()
    // A list that failed is read again later.
    clearTimeout(this.#again)
    if (catalog.failures.length === 0) return
    this.#again = setTimeout(() => this.scheduleReading(), AGAIN_MS).unref()
  }

  /** Reads the lists again; resolves also if that fails. */
  reread(): Promise<void> {
    return new Promise((resolve) => {
      if (this.state !== 'up' || this.#events.isPersonal) return resolve()
      this.#waiting.push(resolve)
      this.scheduleReading()
    })
  }

  /** Reads the lists again if they are older than `age` or than the server
   * allows; undefined if they are not. */
  refresh(
    age?: number,
    now = this.#context.clock.monotonic(),
  ): Promise<void> | undefined {
    if (this.state !== 'up' || this.#events.isPersonal) return undefined
    const { ttl = age ?? LIFETIME_MS } = this.catalog ?? {}
    const lifetime = Math.min(Math.max(ttl, SHORTEST_MS), LONGEST_MS)
    const most = age === SHORTEST_MS ? SHORTEST_MS : lifetime
    return now - this.#readAt < most ? undefined : this.reread()
  }

  #resolveWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  /** Schedules a reading: soon, but not often, and one at a time. */
  scheduleReading(): void {
    const session = this.#session
    if (this.state !== 'up' || !session) return
    if (this.#timer) {
      this.#stale ||= this.#isReading
      return
    }
    const { wait } = this.#countReading()
    const pause = Math.max(QUIET_MS, wait)
    this.#timer = setTimeout(async () => {
      this.#arrival = this.#countReading().arrival
      this.#isReading = true
      try {
        await this.#read(session)
        this.#timer = undefined
      } catch (failure) {
        if (session === this.#session) this.#lose(failure as Failure)
      }
      this.#isReading = false
      if (!this.#stale) return
      this.#stale = false
      this.scheduleReading()
    }, pause)
  }

  #countReading() {
    const now = this.#context.clock.monotonic()
    return countArrival(READINGS, this.#arrival, now)
  }

  #lose(failure: Failure): void {
    if (this.#over) return
    // A shared one that closes by itself has calls of clients.
    if (!this.#session?.over) void this.#session?.close()
    this.#session = undefined
    const wasDown = this.state === 'down'
    if (!wasDown) this.since = this.#context.clock.now()
    this.state = 'down'
    this.#lostAt = this.#context.clock.monotonic()
    this.#stale = false
    this.failure = failure
    if (!wasDown) this.#events.turned(failure)
    this.#endAttempt()
    this.#resolveWaiting()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.reconnects++
      void this.#connect()
    }, this.#pauses.next())
  }
}
