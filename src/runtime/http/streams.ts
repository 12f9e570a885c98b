// The streams of one legacy session, and how long their events are kept for a
// client that may come back.
// INVARIANT: an event id opens a stream only in its own session; events that
// the client has are deleted first, answers last.

import { randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { EventStream } from './event-stream.ts'

/** How long events are kept for a client that is away, and for one whose
 * connection took everything but may have lost it. */
const AWAY_MS = 5 * 60_000
const DELIVERED_MS = 60_000

/** Bounds the streams of one session, of one token or of all. */
export class ReplayRetention {
  /** Approximate bytes. */
  cost = 0
  readonly #most: number
  /** Streams without a client: all was delivered, some events can be deleted,
   * none can. Nearly in the order of `since`. */
  readonly #delivered = new Set<EventStream>()
  readonly #waiting = new Set<EventStream>()
  readonly #exhausted = new Set<EventStream>()

  constructor(most: number) {
    this.#most = most
  }

  /** Streams that are kept though their client has every event. */
  get delivered(): ReadonlySet<EventStream> {
    return this.#delivered
  }

  /** A stream got or lost its client, grew or ended. */
  update(stream: EventStream): void {
    if (stream.connection) return this.remove(stream)
    if (stream.delivered) this.#delivered.add(stream)
    else if (!this.#waiting.has(stream)) this.#waiting.add(stream)
    this.#exhausted.delete(stream)
  }

  remove(stream: EventStream): void {
    this.#delivered.delete(stream)
    this.#waiting.delete(stream)
    this.#exhausted.delete(stream)
  }

  /** Deletes streams that are too old, except those of in-flight calls. */
  sweep(now: number): void {
    for (const stream of this.#delivered) {
      if (now - stream.since < DELIVERED_MS) break
      stream.drop()
    }
    for (const streams of [this.#waiting, this.#exhausted]) {
      for (const stream of streams) {
        if (now - stream.since < AWAY_MS) break
        if (!stream.pending) stream.drop()
      }
    }
  }

  /** Makes room after `stream` has grown. */
  makeRoom(stream: EventStream): void {
    while (this.cost > this.#most && this.#free(stream)) {}
  }

  /** Makes room for so many more bytes; false if that is not possible. */
  makeRoomFor(bytes: number): boolean {
    while (this.cost + bytes > this.#most && this.#free()) {}
    return this.cost + bytes <= this.#most
  }

  /** False if nothing more can be deleted. */
  #free(growing?: EventStream): boolean {
    const [taken] = this.#delivered
    if (taken) {
      taken.drop()
      return true
    }
    if (growing?.evict(true)) return true
    for (const stream of this.#waiting) {
      if (stream === growing) continue
      if (stream.evict()) return true
      if (stream.pending) continue
      this.#waiting.delete(stream)
      this.#exhausted.add(stream)
    }
    const [exhausted] = this.#exhausted
    exhausted?.drop()
    return exhausted !== undefined
  }
}

/** From this version on, a stream begins with an id (basic/transports). */
const PRIMING_SINCE = '2025-11-25'

/** A prefix of the session, `p` for POST or `g` for GET, the stream's number,
 * the event's number. */
const ID = /^([\w-]{8})\.([pg])(\d{1,9})\.(\d{1,9})$/

/** Approximate bytes that are kept for one session, and delivered streams that
 * are kept because their connection may have lost them. */
const MAX_KEPT = 4 * 1024 * 1024
const MAX_DELIVERED = 16

/** The event after which a client continues. */
export interface ResumePoint {
  readonly stream: EventStream
  /** Number of the last event that it has. */
  readonly number: number
}

export class Streams {
  /** Its clients accept an event without data. */
  readonly primes: boolean
  /** The session is open, so a client may come back. */
  open = true
  /** The stream of a GET, for messages that belong to no request. */
  listening: EventStream | undefined
  /** Open GETs. */
  readers = 0
  readonly #clock: Clock
  readonly #own = new ReplayRetention(MAX_KEPT)
  /** The session's own retention, its token's and the gateway's. */
  readonly #retentions: readonly ReplayRetention[]
  readonly #streams = new Map<string, EventStream>()
  #prefix: string | undefined
  #next = 1

  constructor(protocol: string, clock: Clock, ...shared: ReplayRetention[]) {
    this.#clock = clock
    this.#retentions = [this.#own, ...shared]
    this.primes = protocol >= PRIMING_SINCE
  }

  /** A stream that answers a POST. */
  answer(): EventStream {
    return this.#add('p')
  }

  /** The stream of a GET: the open one if it has a client, else a new one. */
  listen(): EventStream {
    if (this.listening?.connection) return this.listening
    this.listening?.drop()
    this.listening = this.#add('g')
    return this.listening
  }

  #add(kind: 'p' | 'g'): EventStream {
    this.#prefix ??= randomBytes(6).toString('base64url')
    const id = `${this.#prefix}.${kind}${this.#next++}`
    const stream = new EventStream(this, id, kind === 'p')
    this.#streams.set(id, stream)
    return stream
  }

  /** The stream and event of an id, or why there is none. Undefined: the GET
   * stream is gone, and a new one begins. */
  find(lastEventId: string): ResumePoint | string | undefined {
    const match = ID.exec(lastEventId)
    if (!match) return 'Last-Event-ID is not an event id of this gateway'
    const [, prefix, kind, at, number] = match
    const stream = this.#streams.get(`${prefix}.${kind}${at}`)
    if (!stream && kind === 'g') return undefined
    if (prefix !== this.#prefix)
      return 'Last-Event-ID belongs to another session'
    if (!stream) return 'the events after Last-Event-ID are no longer kept'
    const point = { stream, number: Number(number) }
    return stream.hasMade(point.number)
      ? point
      : 'Last-Event-ID names an event that never existed'
  }

  charge(cost: number): void {
    for (const retention of this.#retentions) retention.cost += cost
  }

  /** A stream got or lost its client, or ended. */
  update(stream: EventStream): void {
    stream.since = this.#clock.monotonic()
    this.remove(stream)
    for (const retention of this.#retentions) retention.update(stream)
    const { delivered } = this.#own
    if (delivered.size <= MAX_DELIVERED) return
    const [oldest] = delivered
    oldest?.drop()
  }

  /** A stream got another event. */
  grow(stream: EventStream): void {
    for (const retention of this.#retentions) {
      if (!stream.connection) retention.update(stream)
      retention.makeRoom(stream)
    }
  }

  remove(stream: EventStream): void {
    for (const retention of this.#retentions) retention.remove(stream)
  }

  /** No client can come back to the stream. */
  forget(stream: EventStream): void {
    this.#streams.delete(stream.id)
    this.remove(stream)
    if (this.listening === stream) this.listening = undefined
  }

  /** The session is over. In-flight calls may still answer a connected client. */
  close(): void {
    this.open = false
    for (const stream of [...this.#streams.values()]) {
      if (!stream.answers || stream.over || !stream.connection) stream.drop()
    }
  }
}
