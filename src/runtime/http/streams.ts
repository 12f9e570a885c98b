// The streams of one legacy session, and how long they are kept for a client that
// may come back. In: a Last-Event-ID; streams, as they lose their clients, end and
// grow. Out: the stream that an id is of. INVARIANT: an id names its stream, and no
// stream of another session; what a client has is forgotten first, answers last.

import { randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { EventStream } from './event-stream.ts'

/** For a client that is away; for one whose connection took everything, but may
 * have died with it. */
const AWAY_MS = 5 * 60_000
const TAKEN_MS = 60_000

/** The streams of one session, of one token or of all. */
export class ReplayRetention {
  /** Bytes, about. */
  cost = 0
  readonly #most: number
  /** Without a client: all of it was taken, something is left to give up,
   * nothing is. Each in the order of `since`, nearly. */
  readonly #taken = new Set<EventStream>()
  readonly #waiting = new Set<EventStream>()
  readonly #spent = new Set<EventStream>()

  constructor(most: number) {
    this.#most = most
  }

  /** Streams that are kept though their client has all of it. */
  get taken(): ReadonlySet<EventStream> {
    return this.#taken
  }

  /** A stream got or lost its client, grew or ended. */
  update(stream: EventStream): void {
    if (stream.connection) return this.remove(stream)
    if (stream.taken) this.#taken.add(stream)
    else if (!this.#waiting.has(stream)) this.#waiting.add(stream)
    this.#spent.delete(stream)
  }

  remove(stream: EventStream): void {
    this.#taken.delete(stream)
    this.#waiting.delete(stream)
    this.#spent.delete(stream)
  }

  /** Forgets what is too old. A call under way is not: it has an end. */
  sweep(now: number): void {
    for (const stream of this.#taken) {
      if (now - stream.since < TAKEN_MS) break
      stream.drop()
    }
    for (const streams of [this.#waiting, this.#spent]) {
      for (const stream of streams) {
        if (now - stream.since < AWAY_MS) break
        if (!stream.pending) stream.drop()
      }
    }
  }

  /** After `stream` grew. */
  makeRoom(stream: EventStream): void {
    while (this.cost > this.#most && this.#free(stream)) {}
  }

  /** For so many bytes more; false when there is none to be had. */
  leaveRoom(bytes: number): boolean {
    while (this.cost + bytes > this.#most && this.#free()) {}
    return this.cost + bytes <= this.#most
  }

  /** False when nothing more can be given up. */
  #free(growing?: EventStream): boolean {
    const [taken] = this.#taken
    if (taken) {
      taken.drop()
      return true
    }
    if (growing?.give(true)) return true
    for (const stream of this.#waiting) {
      if (stream === growing) continue
      if (stream.give()) return true
      if (stream.pending) continue
      this.#waiting.delete(stream)
      this.#spent.add(stream)
    }
    const [spent] = this.#spent
    spent?.drop()
    return spent !== undefined
  }
}

/** Versions from here on begin a stream with an id (basic/transports). */
const PRIMES = '2025-11-25'

/** A word of the session, `p` of a POST or `g` of a GET, number, event. */
const ID = /^([\w-]{8})\.([pg])(\d{1,9})\.(\d{1,9})$/

/** Bytes, about, that are kept for one session; and whole streams that are kept
 * though their client has them: a connection may die with its end. */
const MAX_KEPT = 4 * 1024 * 1024
const MAX_TAKEN = 16

/** Where a client wants to go on. */
export interface ResumePoint {
  readonly stream: EventStream
  /** Number of the last event that it has. */
  readonly number: number
}

export class Streams {
  /** Its clients read an event without data. */
  readonly primes: boolean
  /** The session stands, so that a client may come back. */
  open = true
  /** The one of a GET: for what belongs to no request. */
  listening: EventStream | undefined
  /** Open GETs. */
  readers = 0
  readonly #clock: Clock
  readonly #own = new ReplayRetention(MAX_KEPT)
  /** Its own, and what it shares with others. */
  readonly #retentions: readonly ReplayRetention[]
  readonly #streams = new Map<string, EventStream>()
  #word: string | undefined
  #next = 1

  constructor(protocol: string, clock: Clock, ...shared: ReplayRetention[]) {
    this.#clock = clock
    this.#retentions = [this.#own, ...shared]
    this.primes = protocol >= PRIMES
  }

  /** A stream that answers a POST. */
  answer(): EventStream {
    return this.#add('p')
  }

  /** The stream of a GET: goes on with the one that is read; one that nobody
   * reads is over. */
  listen(): EventStream {
    if (this.listening?.connection) return this.listening
    this.listening?.drop()
    this.listening = this.#add('g')
    return this.listening
  }

  #add(kind: 'p' | 'g'): EventStream {
    this.#word ??= randomBytes(6).toString('base64url')
    const id = `${this.#word}.${kind}${this.#next++}`
    const stream = new EventStream(this, id, kind === 'p')
    this.#streams.set(id, stream)
    return stream
  }

  /** A place, or why there is none. Who only listens need not go on where it
   * was: undefined begins anew. */
  find(lastEventId: string): ResumePoint | string | undefined {
    const match = ID.exec(lastEventId)
    if (!match) return 'Last-Event-ID is no id of an event here'
    const [, word, kind, at, number] = match
    const stream = this.#streams.get(`${word}.${kind}${at}`)
    if (!stream && kind === 'g') return undefined
    if (word !== this.#word) return 'Last-Event-ID is of another session'
    if (!stream) return 'the events behind Last-Event-ID are kept no longer'
    const place = { stream, number: Number(number) }
    return stream.made(place.number)
      ? place
      : 'Last-Event-ID is of an event that never was'
  }

  charge(cost: number): void {
    for (const retention of this.#retentions) retention.cost += cost
  }

  /** A stream got or lost its client, or ended. */
  update(stream: EventStream): void {
    stream.since = this.#clock.monotonic()
    this.remove(stream)
    for (const retention of this.#retentions) retention.update(stream)
    const { taken } = this.#own
    if (taken.size <= MAX_TAKEN) return
    const [oldest] = taken
    oldest?.drop()
  }

  /** A stream has one event more. */
  grow(stream: EventStream): void {
    for (const retention of this.#retentions) {
      if (!stream.connection) retention.update(stream)
      retention.makeRoom(stream)
    }
  }

  remove(stream: EventStream): void {
    for (const retention of this.#retentions) retention.remove(stream)
  }

  /** Nobody can come back to it any more. */
  forget(stream: EventStream): void {
    this.#streams.delete(stream.id)
    this.remove(stream)
    if (this.listening === stream) this.listening = undefined
  }

  /** The session is over. Calls under way may still answer whoever reads. */
  close(): void {
    this.open = false
    for (const stream of [...this.#streams.values()]) {
      if (!stream.answers || stream.over || !stream.connection) stream.drop()
    }
  }
}
