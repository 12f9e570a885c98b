// The sessions of callers with one server, by key.
// INVARIANT: at most `maxSessions`, and never all for one tenant; to make room,
// only idle sessions close, of tenants that hold more.

import type { Server } from '../../contract/table.ts'
import type { Clock } from '../base/clock.ts'
import type { Message } from '../message/message.ts'
import { shareOf } from './bulkhead.ts'
import type { Post } from './call.ts'
import type { Caller, Client } from './caller.ts'
import type { Connector } from './connector.ts'
import type { Failure } from './failure.ts'
import type { Handshake } from './handshake.ts'
import type { Session } from './session.ts'
import { SessionClients } from './session-clients.ts'

export interface Held {
  readonly session: Session
  readonly caller: Caller
  /** Rejects with a Failure. */
  readonly ready: Promise<unknown>
  /** The clients that called over it. */
  readonly clients: SessionClients
  /** The handshake is done. */
  open: boolean
  /** Calls may be sent: the stream for their messages is open. */
  usable: boolean
  /** Monotonic milliseconds. */
  readonly began: number
  lastUsed: number
}

export type Act = (session: Session) => void

/** Events of sessions. `name`: the key of the session; `client`: the only
 * client of the session. */
interface SessionEvents {
  unsolicited(
    name: string,
    client: Client | undefined,
    message: Message,
    reply: Post,
  ): void
  /** Whether the session has subscribers. */
  wanted(name: string): boolean
  /** Calls may be sent over a new session. */
  opened(caller: Caller): void
  /** A session ended without `close()`, `lived` milliseconds after its start. */
  lost(caller: Caller, lived: number): void
  /** A session has ended, for any reason. */
  gone(caller: Caller): void
}

export class Sessions {
  readonly #events: SessionEvents
  readonly #connector: Connector
  readonly #server: Server
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()
  #closing = 0

  constructor(
    connector: Connector,
    server: Server,
    clock: Clock,
    events: SessionEvents,
  ) {
    this.#events = events
    this.#connector = connector
    this.#server = server
    this.#clock = clock
  }

  get size(): number {
    return this.#held.size
  }

  hold(caller: Caller, now = this.#clock.monotonic()): Held | Failure {
    const key = this.#keyOf(caller)
    const known = this.#held.get(key)
    const isOwn = known?.caller.subject === caller.subject
    // The server has seen another person in it.
    if (known && !isOwn) void this.close(key)
    if (known && isOwn && !known.session.over) {
      known.lastUsed = now
      return known
    }
    const { maxSessions } = this.#server
    const full = !this.#makeRoom(caller)
    // Closing sessions count, so that processes that do not exit cannot
    // accumulate.
    if (full || this.#held.size + this.#closing >= 2 * maxSessions) {
      return { kind: 'busy', detail: 'maxSessions are in use' }
    }
    return this.#open(key, caller)
  }

  /** If the server is legacy, clients of both eras share one session. */
  #keyOf({ key, modernKey, era }: Caller): string {
    const apart = era === 'modern' && !this.#connector.isLegacy
    return apart ? modernKey : key
  }

  /** Removes a session that its server has forgotten. */
  forget(held: Held): void {
    // First: its other calls may have an answer, or will be sent again too.
    held.session.closeWhenIdle()
    this.#lose(held)
  }

  closeIdle(): void {
    const now = this.#clock.monotonic()
    for (const [key, { session, caller, lastUsed }] of this.#held) {
      if (session.inFlight > 0 || now - lastUsed < this.#server.idle) continue
      if (this.#events.wanted(caller.key)) continue
      void this.close(key)
    }
  }

  /** Closes the sessions of these owners. */
  async closeOwned(callers: ReadonlySet<string>): Promise<void> {
    const own = [...this.#held.keys()].filter((key) =>
      callers.has(ownerOf(key)),
    )
    await Promise.all(own.map((key) => this.close(key)))
  }

  /** Closes the sessions that a server has seen as a person; undefined: all.
   * `gently`: after their last call. */
  async closeOf(subject: string | undefined, gently: boolean): Promise<void> {
    const own = [...this.#held].filter(
      ([, { caller }]) => subject === undefined || caller.subject === subject,
    )
    if (!gently) {
      await Promise.all(own.map(([key]) => this.close(key)))
      return
    }
    for (const [key, held] of own) {
      this.#held.delete(key)
      this.#events.gone(held.caller)
      held.session.closeWhenIdle()
    }
  }

  /** Calls `act` for each session of an owner. `exact`: only for the session
   * with exactly this key. */
  forEach(owner: string, act: Act, exact = false): void {
    for (const [key, { session, caller, open }] of this.#held) {
      const matches = exact ? caller.key === owner : isOwned(key, owner)
      if (open && matches) act(session)
    }
  }

  async close(key: string): Promise<void> {
    const held = this.#held.get(key)
    if (!held) return
    this.#held.delete(key)
    this.#events.gone(held.caller)
    this.#closing++
    await held.session.close()
    this.#closing--
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((key) => this.close(key)))
  }

  #open(key: string, caller: Caller): Held | Failure {
    const { era, capabilities, subject } = caller
    const drop = () => void this.#lose(held)
    const unsolicited = (message: Message, reply: Post) =>
      this.#routeNotification(held, message, reply)
    const opened = this.#connector.open({
      capabilities,
      subject,
      prefers: era,
      onNotification: unsolicited,
      onRequest: unsolicited,
      closed: drop,
    })
    if ('kind' in opened) return opened
    const began = this.#clock.monotonic()
    const held: Held = {
      ...opened,
      ready: opened.ready.then(() => this.#prepare(key, held)),
      caller,
      clients: new SessionClients(),
      open: false,
      usable: false,
      began,
      lastUsed: began,
    }
    this.#held.set(key, held)
    held.ready.catch(() => {
      drop()
      void held.session.close()
    })
    return held
  }

  /** Opens the stream first: the server may send requests on it at the first
   * call. */
  async #prepare(key: string, held: Held): Promise<void> {
    held.open = true
    this.#renameKey(key, held)
    const { serverStream, era, handshake } = held.session
    // A stdio process may add definitions that no other process has.
    const isApart = this.#server.type === 'stdio' && announces(handshake)
    if (era === 'legacy' || held.caller.isDedicated || isApart) {
      await this.#connector.awaitStream(serverStream.listen())
    }
    held.usable = true
    this.#events.opened(held.caller)
  }

  /** The session of a key that carries calls. */
  find(key: string): Session | undefined {
    for (const { caller, session, usable } of this.#held.values()) {
      if (caller.key === key && usable && !session.over) return session
    }
    return undefined
  }

  #routeNotification(held: Held, message: Message, reply: Post): void {
    const now = this.#clock.monotonic()
    const { clients, caller, lastUsed } = held
    const client = clients.findOnly(now, now - lastUsed)
    this.#events.unsolicited(caller.key, client, message, reply)
  }

  /** False if it was already removed. */
  #lose(held: Held): boolean {
    if (!this.#drop(held)) return false
    this.#events.gone(held.caller)
    this.#events.lost(held.caller, this.#clock.monotonic() - held.began)
    return true
  }

  #drop(held: Held): boolean {
    const [key] = [...this.#held].find(([, one]) => one === held) ?? []
    return key !== undefined && this.#held.delete(key)
  }

  /** A session that was opened for modern clients serves legacy clients too,
   * once the server is known to be legacy. */
  #renameKey(key: string, held: Held): void {
    const own = held.caller.key
    if (own === key || !this.#connector.isLegacy) return
    if (this.#held.has(own) || !this.#drop(held)) return
    this.#held.set(own, held)
  }

  /** False if there is no room for one more. */
  #makeRoom({ tenant }: Caller): boolean {
    const { maxSessions } = this.#server
    const counts = new Map<string, number>()
    for (const { caller } of this.#held.values()) {
      counts.set(caller.tenant, (counts.get(caller.tenant) ?? 0) + 1)
    }
    const own = counts.get(tenant) ?? 0
    const isOver = own >= shareOf(maxSessions)
    if (!isOver && this.#held.size < maxSessions) return true
    return this.#evict((other) => {
      if (other === tenant) return own
      const count = counts.get(other) ?? 0
      return !isOver && count > own ? count : 0
    })
  }

  /** Closes the idle session of the tenant with the highest weight that was
   * unused the longest. Weight 0: never close. */
  #evict(weigh: (tenant: string) => number): boolean {
    const [first] = [...this.#held]
      .filter(([, { session, usable }]) => usable && session.inFlight === 0)
      .filter(([, { caller }]) => !this.#events.wanted(caller.key))
      .map(([key, { caller, lastUsed }]) => {
        return { key, lastUsed, weight: weigh(caller.tenant) }
      })
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight || a.lastUsed - b.lastUsed)
    if (first) void this.close(first.key)
    return first !== undefined
  }
}

/** Whether a server announces changes of lists. */
function announces(handshake: Handshake | undefined): boolean {
  return Object.values(handshake?.capabilities ?? {}).some(
    (one) => Object(one).listChanged === true,
  )
}

/** The owner of a key: its first two words. */
export function ownerOf(key: string): string {
  return key.split(' ', 2).join(' ')
}

function isOwned(key: string, owner: string): boolean {
  return key === owner || key.startsWith(`${owner} `)
}
