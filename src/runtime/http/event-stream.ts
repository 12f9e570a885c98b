// A stream of events that outlives its connections (2025-11-25, Resumability):
// a new connection first gets the events that were missed.
// INVARIANT: on one connection events are sent in order, once each.

import { readMessage } from '../message/message.ts'
import { writeRefusal } from '../message/refusal.ts'
import { writeId } from '../message/write.ts'
import {
  KEEP_ALIVE_MS,
  OPEN,
  readEvent,
  type SseConnection,
  writeEvent,
  writePriming,
} from './sse.ts'
import type { Streams } from './streams.ts'

export interface Event {
  readonly number: number
  /** The id that the client gets. */
  readonly id: string
  readonly bytes: Buffer
  /** It is the answer to a request. */
  readonly final: boolean
}

/** Bytes that an event costs beyond its own. */
const OVERHEAD = 200

/** A shorter answer is not replaced by an error: that would save little. */
const LONG = 1_024

/** Deeper than any accepted message. */
const DEPTH = 1_000

class ReplayBuffer {
  /** Approximate bytes. */
  cost = 0
  #events: Event[] = []

  get first(): Event | undefined {
    return this.#events[0]
  }

  push(event: Event): void {
    this.#events.push(event)
    this.cost += weigh(event)
  }

  /** Whether there is an event after a number. */
  has(number: number): boolean {
    return (this.#events.at(-1)?.number ?? -1) > number
  }

  /** Events after a number, oldest first. */
  after(number: number): readonly Event[] {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#events[middle] as Event).number > number) high = middle
      else low = middle + 1
    }
    return low === 0 ? this.#events : this.#events.slice(low)
  }

  shift(): void {
    const event = this.#events.shift()
    if (event) this.cost -= weigh(event)
  }

  clear(): void {
    this.#events = []
    this.cost = 0
  }

  /** Deletes its oldest event that is not an answer. If there is none, replaces
   * its oldest answer by an error. `spared` stays, and so do answers after
   * `due`. False if nothing can be freed. */
  evict(spared: number, due: number): boolean {
    const events = this.#events
    const idle = events.findIndex(
      ({ final, number }) => !final && number !== spared,
    )
    if (idle !== -1) {
      for (const event of events.splice(idle, 1)) this.cost -= weigh(event)
      return true
    }
    const long = events.findIndex(
      ({ number, bytes }) =>
        number !== spared && number <= due && bytes.length > LONG,
    )
    const event = events[long]
    if (!event) return false
    const lost = writeLostAnswer(event)
    events[long] = lost
    this.cost += weigh(lost) - weigh(event)
    return true
  }
}

function weigh({ bytes }: Event): number {
  return bytes.length + OVERHEAD
}

function writeLostAnswer(event: Event): Event {
  const message = readMessage(readEvent(event.bytes), DEPTH)
  const id = 'refusal' in message ? 'null' : writeId(message)
  const { body } = writeRefusal({ refusal: 'lost' }, id)
  return { ...event, bytes: writeEvent(body, event.id) }
}

/** Bytes that a stream costs beyond its events. */
const STREAM_OVERHEAD = 500

/** Most bytes of sent events that are kept: they may be lost with their
 * connection. */
const MAX_SENT = 128 * 1024

export class EventStream {
  /** The ids of its events begin with this id. */
  readonly id: string
  /** True: the stream of a POST, which ends with its answer. False: the stream
   * of a GET. */
  readonly answers: boolean
  /** Since when it has no client, or has ended; monotonic. */
  since = 0
  /** Bytes of all its events. */
  bytes = 0
  readonly #streams: Streams
  readonly #buffer = new ReplayBuffer()
  #charged = 0
  /** Number of the newest event; the priming one is 0. */
  #last = 0
  #connection: SseConnection | undefined
  #state: 'open' | 'ended' | 'gone' = 'open'
  /** The client has an event id and can come back. */
  #isResumable = false
  #delivered = false

  constructor(streams: Streams, id: string, answers: boolean) {
    this.#streams = streams
    this.id = id
    this.answers = answers
    this.#charge()
  }

  get connection(): SseConnection | undefined {
    return this.#connection
  }

  /** The stream takes no more events. */
  get over(): boolean {
    return this.#state !== 'open'
  }

  get gone(): boolean {
    return this.#state === 'gone'
  }

  /** Its answer is still to come. */
  get pending(): boolean {
    return this.answers && !this.over
  }

  /** It has ended, and its last connection took every event. */
  get delivered(): boolean {
    return this.#delivered
  }

  /** Whether an event with this number ever existed. */
  hasMade(number: number): boolean {
    return number <= this.#last
  }

  /** Whether there is, or may be, an event after this number. */
  hasMore(number: number): boolean {
    return this.#state === 'open' || number < this.#last
  }

  /** Continues on this connection after event `sent`; breaks the connection
   * before. */
  attach(connection: SseConnection, sent: number): void {
    this.#connection?.response.destroy()
    this.#connection = connection
    connection.sent = sent
    this.#delivered = false
    while ((this.#buffer.first?.number ?? Infinity) <= sent) {
      this.#buffer.shift()
    }
    this.#charge()
    connection.response.on('close', () => this.#detach(connection))
    connection.response.on('drain', () => this.#pump())
    this.#streams.update(this)
  }

  /** Continues on this connection after the events that the earlier one sent,
   * and ends the earlier one: its client has left it. */
  takeOver(connection: SseConnection): void {
    const before = this.#connection
    this.#connection = undefined
    // Two GETs at the same time: the first may not have begun.
    if (before && !before.begun) before.begin(OPEN, before.wroteAt)
    before?.end()
    this.attach(connection, before ? this.#findSent(before) : this.#last)
  }

  /** Number of the newest event that was sent, as far as is known. */
  #findSent({ response, sent }: SseConnection): number {
    let waiting = response.writableLength
    let left = sent
    for (const { number, bytes } of this.#buffer.after(0).toReversed()) {
      if (waiting <= 0) break
      if (number > sent) continue
      waiting -= bytes.length
      left = number - 1
    }
    return left
  }

  /** Starts its connection and sends the waiting events. */
  begin(now: number): void {
    const connection = this.#connection
    if (!connection) return
    const { primes } = this.#streams
    if (primes) this.#isResumable = true
    // Each connection begins with an id: some clients forget older ids.
    connection.begin(
      primes ? writePriming(this.#idOf(connection.sent)) : OPEN,
      now,
    )
    this.#pump()
  }

  /** False if no client can get it, now or later. */
  send(message: Buffer, now: number): boolean {
    if (this.#connection) this.#connection.wroteAt = now
    return this.#push(message, false)
  }

  /** The answer to a request. */
  deliver(message: Buffer): void {
    this.#push(message, true)
  }

  /** Only a client that has an event id can come back. */
  closeForResume(): void {
    if (this.#isResumable && !this.over) this.#connection?.response.end()
  }

  end(): void {
    if (this.over) return
    this.#state = 'ended'
    this.#streams.update(this)
    this.#pump()
  }

  /** Deletes all events and ends the connection. */
  drop(): void {
    if (this.gone) return
    this.#state = 'gone'
    this.#buffer.clear()
    this.#charge()
    this.#streams.forget(this)
    if (this.#connection?.begun) this.#connection.end()
  }

  /** Drops it and breaks its connection. */
  cut(): void {
    // First: an end would look like that of a whole answer.
    this.#connection?.response.destroy()
    this.drop()
  }

  /** Whether it wrote a sign of life. */
  tick(now: number): boolean {
    const connection = this.#connection
    if (!connection?.writable || this.over) return false
    if (now - connection.wroteAt < KEEP_ALIVE_MS) return false
    connection.wroteAt = now
    // No empty line: after an id, some clients read that as an event.
    connection.write(': alive\n')
    return true
  }

  /** Frees some of what it keeps; false if that is nothing. `pushes`: its
   * newest event stays. */
  evict(pushes = false): boolean {
    const due = this.#connection?.sent ?? Infinity
    const gave = this.#buffer.evict(pushes ? this.#last : -1, due)
    this.#charge()
    return gave
  }

  #push(message: Buffer, final: boolean): boolean {
    if (this.over) return false
    const number = ++this.#last
    const id = this.#idOf(number)
    const bytes = writeEvent(message, id)
    this.bytes += bytes.length
    this.#buffer.push({ number, id, bytes, final })
    this.#pump()
    this.#forgetSent()
    this.#charge()
    this.#streams.grow(this)
    return true
  }

  /** Deletes events that its client has, as far as is known. */
  #forgetSent(): void {
    const buffer = this.#buffer
    const sent = this.#connection?.sent ?? 0
    const most = this.#streams.open ? MAX_SENT : 0
    while (buffer.cost > most && buffer.first) {
      const { number, final } = buffer.first
      if (final || number > sent || number === this.#last) return
      buffer.shift()
    }
  }

  #pump(): void {
    const connection = this.#connection
    if (!connection) return
    // While the connection is blocked, no event is examined again.
    const stuck = !connection.writable && this.#buffer.has(connection.sent)
    if (stuck) return this.over ? connection.limit() : undefined
    for (const { number, bytes } of this.#buffer.after(connection.sent)) {
      if (!connection.writable)
        return this.over ? connection.limit() : undefined
      connection.write(bytes)
      connection.sent = number
      this.#isResumable = true
    }
    if (connection.begun && this.#state === 'ended') connection.end()
  }

  #detach(connection: SseConnection): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    if (this.gone) return
    this.#delivered =
      this.over && connection.sent === this.#last && connection.delivered
    // No client can come back: the session is over, or no id was sent.
    if (!this.#isResumable || !this.#streams.open) return this.drop()
    this.#streams.update(this)
  }

  #idOf(number: number): string {
    return `${this.id}.${number}`
  }

  #charge(): void {
    const cost = this.gone ? 0 : STREAM_OVERHEAD + this.#buffer.cost
    this.#streams.charge(cost - this.#charged)
    this.#charged = cost
  }
}
