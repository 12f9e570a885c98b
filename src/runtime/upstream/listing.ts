// Keeps one server's catalog up to date, over a session of its own.
// In: a connector. Out: the catalog, and whether the server is up.
// INVARIANT: a server that is down keeps the definitions it last listed; a
// failed attempt is followed by another, ever more patiently.

import type { ServerStatus } from '../../contract/status.ts'
import type { Server } from '../../contract/table.ts'
import { Backoff } from '../base/backoff.ts'
import type { Era } from '../message/methods.ts'
import { writeNoMethod } from '../message/server-requests.ts'
import { type Catalog, isSameCatalog, readCatalog } from './catalog.ts'
import type { Connector, Opening, UpstreamContext } from './connector.ts'
import type { Failure } from './failure.ts'
import type { Handshake } from './handshake.ts'
import type { Session } from './session.ts'

/** The catalog session may see everything, so it declares everything; it
 * grants nothing, for it refuses whatever a server asks. */
export const ALL_CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
  sampling: {},
}

/** The newer one where that is just a question; a program is not put at risk
 * for its lists, which are the same in both. */
export function preferredEra({ type }: Server): Era {
  return type === 'http' ? 'modern' : 'legacy'
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

/** A start that takes longer is told of in the log. */
const SLOW_START_MS = 5_000

/** Servers announce changes in bursts. */
const QUIET_MS = 50
const BETWEEN_LISTS_MS = 1_000

/** A list that went wrong is asked for again. */
const AGAIN_MS = 60_000

/** A server that stayed up this long starts with a clean slate. */
const STEADY_MS = 60_000

export interface ListingTold {
  /** There is another catalog. */
  changed(): void
  /** The server came up, or went and why. */
  turned(failure: Failure | undefined): void
  /** In place of a session of its own. */
  readonly open?: (options: Opens) => Opening | Failure
}

type Opens = Parameters<Connector['open']>[0]

/** The age at which lists are read again, where the server does not say it, and
 * what it may say. */
const LIFETIME_MS = 60_000
const SHORTEST_MS = 10_000
const LONGEST_MS = 3_600_000

export class Listing {
  catalog: Catalog | undefined
  state: ServerStatus['state'] = 'idle'
  /** Attempts after the first. */
  reconnects = 0
  /** Whether the first attempt is over, well or not. */
  tried = false
  failure: Failure | undefined
  /** Wall-clock milliseconds of the last change of state. */
  since: number
  /** Resolves with `tried`. */
  readonly attempted: Promise<void>
  readonly #connector: Connector
  readonly #context: UpstreamContext
  readonly #told: ListingTold
  #session: Session | undefined
  #handshake: Handshake | undefined
  #timer: NodeJS.Timeout | undefined
  #again: NodeJS.Timeout | undefined
  readonly #pauses = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  #readAt = 0
  #lostAt = Number.NEGATIVE_INFINITY
  /** More changed while a reading was due or under way. */
  #stale = false
  #over = false
  #endAttempt: () => void = () => {}
  /** Told at the end of the next reading, well or not. */
  #waiting: (() => void)[] = []

  constructor(
    connector: Connector,
    context: UpstreamContext,
    told: ListingTold,
  ) {
    this.#told = told
    this.#connector = connector
    this.#context = context
    this.since = context.clock.now()
    this.attempted = new Promise((resolve) => {
      this.#endAttempt = () => {
        this.tried = true
        resolve()
      }
    })
  }

  start(): void {
    void this.#connect()
  }

  /** A call found the server gone: look again, unless that is under way. */
  recheck(): void {
    if (this.state !== 'up') return
    this.#lose({ kind: 'unreachable', detail: 'a call could not reach it' })
  }

  async close(): Promise<void> {
    this.#over = true
    clearTimeout(this.#timer)
    clearTimeout(this.#again)
    this.#endAttempt()
    this.#tellWaiting()
    await this.#session?.close()
  }

  async #connect(): Promise<void> {
    if (this.#over) return
    this.#connector.forget()
    const open = this.#told.open ?? ((opens) => this.#connector.open(opens))
    const opened = open({
      capabilities: ALL_CAPABILITIES,
      prefers: preferredEra(this.#connector.server),
      onNotification: ({ method }) => {
        if (method.endsWith('/list_changed')) this.relist()
      },
      // It declares everything, to see everything; nobody is there to answer.
      onRequest: (message, reply) => reply(writeNoMethod(message)),
      closed: (failure) => {
        if (this.state === 'up') this.#lose(failure)
      },
    })
    if ('kind' in opened) return this.#lose(opened)
    const { session, ready } = opened
    this.#session = session
    if (!this.tried) this.state = 'starting'
    const slow = setTimeout(
      () =>
        this.#context.starting(this.#connector.name, this.#connector.lastNote),
      SLOW_START_MS,
    ).unref()
    ready.then(
      () => clearTimeout(slow),
      () => clearTimeout(slow),
    )
    try {
      this.#handshake = await ready
      await this.#read(session)
      void session.serverStream.listen()
    } catch (failure) {
      if (session === this.#session) this.#lose(failure as Failure)
    }
  }

  async #read(session: Session): Promise<void> {
    const { caps, clock } = this.#context
    const handshake = this.#handshake
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
    if (!wasUp) this.#told.turned(undefined)
    this.#endAttempt()
    if (!isSame || !wasUp) this.#told.changed()
    this.#tellWaiting()
    // What was wrong with a list may be so no longer.
    clearTimeout(this.#again)
    if (catalog.failures.length === 0) return
    this.#again = setTimeout(() => this.relist(), AGAIN_MS).unref()
  }

  /** Resolves when its lists have been read again, or that has failed. */
  reread(): Promise<void> {
    return new Promise((resolve) => {
      if (this.state !== 'up') return resolve()
      this.#waiting.push(resolve)
      this.relist()
    })
  }

  /** Reads again what is older than `age`, or than the server says that it is
   * good for; undefined: nothing is. */
  freshen(age?: number): Promise<void> | undefined {
    if (this.state !== 'up') return undefined
    const { ttl = age ?? LIFETIME_MS } = this.catalog ?? {}
    const told = Math.min(Math.max(ttl, SHORTEST_MS), LONGEST_MS)
    const most = age === SHORTEST_MS ? SHORTEST_MS : told
    const since = this.#context.clock.monotonic() - this.#readAt
    return since < most ? undefined : this.reread()
  }

  #tellWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const tell of waiting) tell()
  }

  /** Reads again, soon but not often; one reading at a time. */
  relist(): void {
    const session = this.#session
    if (this.state !== 'up' || !session) return
    if (this.#timer) {
      this.#stale = true
      return
    }
    const since = this.#context.clock.monotonic() - this.#readAt
    const pause = Math.max(QUIET_MS, BETWEEN_LISTS_MS - since)
    this.#timer = setTimeout(async () => {
      try {
        await this.#read(session)
        this.#timer = undefined
      } catch (failure) {
        if (session === this.#session) this.#lose(failure as Failure)
      }
      if (!this.#stale) return
      this.#stale = false
      this.relist()
    }, pause)
  }

  #lose(failure: Failure): void {
    if (this.#over) return
    void this.#session?.close()
    this.#session = undefined
    const wasDown = this.state === 'down'
    if (!wasDown) this.since = this.#context.clock.now()
    this.state = 'down'
    this.#lostAt = this.#context.clock.monotonic()
    this.#stale = false
    this.failure = failure
    if (!wasDown) this.#told.turned(failure)
    this.#endAttempt()
    this.#tellWaiting()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.reconnects++
      void this.#connect()
    }, this.#pauses.next())
  }
}
