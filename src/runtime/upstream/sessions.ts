// The sessions that callers hold with one server, by key.
// In: keys, as calls come. Out: a session each, opened at its first call.
// INVARIANT: at most `maxSessions`, of which nobody holds all; one with a call
// under way is never closed to make room, nor one of somebody who holds fewer.

import type { Server } from '../../contract/table.ts'
import type { Clock } from '../base/clock.ts'
import type { Message } from '../message/message.ts'
import { shareOf } from './bulkhead.ts'
import type { Post } from './call.ts'
import type { Caller, Client } from './caller.ts'
import { Clientele } from './clientele.ts'
import type { Connector } from './connector.ts'
import type { Failure } from './failure.ts'
import type { Handshake } from './handshake.ts'
import type { Session } from './session.ts'

export interface Held {
  readonly session: Session
  readonly caller: Caller
  /** Rejects with a Failure. */
  readonly ready: Promise<unknown>
  /** Those who called over it. */
  readonly clientele: Clientele
  /** The handshake is done. */
  open: boolean
  /** Calls may go: what the server says of them is heard. */
  usable: boolean
  /** Monotonic milliseconds. */
  readonly began: number
  lastUsed: number
}

export type Act = (session: Session) => void

/** Told what a server says that belongs to no call. `name`: in which session,
 * as its caller names it; `client`: the only one that it has. */
export interface SessionEvents {
  unsolicited(
    name: string,
    client: Client | undefined,
    message: Message,
    reply: Post,
  ): void
  /** Whether somebody waits for what it says unasked. */
  wanted(name: string): boolean
  /** Calls may go over a new session. */
  opened(caller: Caller): void
  /** A session is gone, and not because it was closed here, so many
   * milliseconds after it was begun. */
  lost(caller: Caller, lived: number): void
  /** A session is gone, whatever the reason. */
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

  hold(caller: Caller): Held | Failure {
    const key = this.#keyOf(caller)
    const known = this.#held.get(key)
    if (known && !known.session.over) {
      known.lastUsed = this.#clock.monotonic()
      return known
    }
    const { maxSessions } = this.#server
    const full = !this.#makeRoom(caller)
    // A child that will not end counts, so that none can be piled up.
    if (full || this.#held.size + this.#closing >= 2 * maxSessions) {
      return { kind: 'busy', detail: 'maxSessions are in use' }
    }
    return this.#open(key, caller)
  }

  /** One that speaks no newer era serves clients of both in one session. */
  #keyOf({ key, era }: Caller): string {
    const apart = era === 'modern' && !this.#connector.isLegacy
    return apart ? key + APART : key
  }

  /** Drops a session that its server has forgotten, if it is still held. */
  forget(held: Held): void {
    if (!this.#lose(held)) return
    // Its other calls are about to hear the same.
    held.session.closeWhenIdle()
  }

  closeIdle(): void {
    const now = this.#clock.monotonic()
    for (const [key, { session, caller, lastUsed }] of this.#held) {
      if (session.inFlight > 0 || now - lastUsed < this.#server.idle) continue
      if (this.#events.wanted(caller.key)) continue
      void this.close(key)
    }
  }

  /** Those that these clients, or tokens, have. */
  async closeOwned(callers: ReadonlySet<string>): Promise<void> {
    const own = [...this.#held.keys()].filter((key) =>
      callers.has(ownerOf(key)),
    )
    await Promise.all(own.map((key) => this.close(key)))
  }

  /** Tells all sessions of an owner something; `alone`: those that one caller
   * has, and not what else its owner declares. */
  tell(owner: string, act: Act, alone = false): void {
    for (const [key, { session, caller, open }] of this.#held) {
      const isMeant = alone ? caller.key === owner : isOwned(key, owner)
      if (open && isMeant) act(session)
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
    const { era, capabilities } = caller
    const drop = () => void this.#lose(held)
    const unsolicited = (message: Message, reply: Post) =>
      this.#routeNotification(held, message, reply)
    const opened = this.#connector.open({
      capabilities,
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
      clientele: new Clientele(),
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

  /** A server may ask on its stream as soon as it is called. */
  async #prepare(key: string, held: Held): Promise<void> {
    held.open = true
    this.#renameKey(key, held)
    const { serverStream, era, handshake } = held.session
    // A program of its own may add to its lists what no other has.
    const isApart = this.#server.type === 'stdio' && announces(handshake)
    if (era === 'legacy' || held.caller.isDedicated || isApart) {
      await this.#connector.awaitStream(serverStream.listen())
    }
    held.usable = true
    this.#events.opened(held.caller)
  }

  /** The session of that key over which calls go. */
  find(key: string): Session | undefined {
    for (const { caller, session, usable } of this.#held.values()) {
      if (caller.key === key && usable && !session.over) return session
    }
    return undefined
  }

  #routeNotification(held: Held, message: Message, reply: Post): void {
    const now = this.#clock.monotonic()
    const { clientele, caller, lastUsed } = held
    const client = clientele.findOnly(now, now - lastUsed)
    this.#events.unsolicited(caller.key, client, message, reply)
  }

  /** False when it was not held any more. */
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

  /** What was opened apart, before it was known that it need not be, is found
   * again by the clients of the older era too. */
  #renameKey(key: string, held: Held): void {
    const own = held.caller.key
    if (own === key || !this.#connector.isLegacy) return
    if (this.#held.has(own) || !this.#drop(held)) return
    this.#held.set(own, held)
  }

  /** False where one more would be too many. */
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

  /** Closes, of those who hold the most, the session that has been without a
   * call the longest. `weigh`: 0 for those who are left alone. */
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

/** Whether a server tells of changes of a list. */
function announces(handshake: Handshake | undefined): boolean {
  return Object.values(handshake?.capabilities ?? {}).some(
    (one) => Object(one).listChanged === true,
  )
}

const APART = ' modern'

/** Its first two words. */
export function ownerOf(key: string): string {
  return key.split(' ', 2).join(' ')
}

function isOwned(key: string, owner: string): boolean {
  return key === owner || key.startsWith(`${owner} `)
}
