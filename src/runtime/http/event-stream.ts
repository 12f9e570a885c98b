// A stream of events that outlives its connections (2025-11-25, Resumability).
// In: messages for the client; its connections, one after another. Out: events
// with ids on the newest connection, what was missed first.
// INVARIANT: on one connection events go out in order, once each.

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
  /** As its client knows it. */
  readonly id: string
  readonly bytes: Buffer
  /** It answers a request. */
  readonly final: boolean
}

/** What an event costs beside its bytes. */
const OVERHEAD = 200

/** What is shorter is not worth an error in its place. */
const LONG = 1_024

/** Deeper than any message that was let in. */
const DEPTH = 1_000

export class ReplayBuffer {
  /** Bytes, about. */
  cost = 0
  #events: Event[] = []

  get first(): Event | undefined {
    return this.#events[0]
  }

  push(event: Event): void {
    this.#events.push(event)
    this.cost += weigh(event)
  }

  /** Whether there is one behind a number. */
  has(number: number): boolean {
    return (this.#events.at(-1)?.number ?? -1) > number
  }

  /** Events behind a number, oldest first. */
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

  /** Gives up its oldest event that is no answer; when there is none, makes an
   * error of its oldest answer. `spared` is not touched, nor are answers behind
   * `due`. False when nothing is left to give. */
  give(spared: number, due: number): boolean {
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
    const excuse = writeExcuse(event)
    events[long] = excuse
    this.cost += weigh(excuse) - weigh(event)
    return true
  }
}

function weigh({ bytes }: Event): number {
  return bytes.length + OVERHEAD
}

function writeExcuse(event: Event): Event {
  const message = readMessage(readEvent(event.bytes), DEPTH)
  const id = 'refusal' in message ? 'null' : writeId(message)
  const { body } = writeRefusal({ refusal: 'lost' }, id)
  return { ...event, bytes: writeEvent(body, event.id) }
}

/** What a stream costs beside its events. */
const STREAM_OVERHEAD = 500

/** What has left is kept up to here: its connection may die with it. */
const MAX_SENT = 128 * 1024

export class EventStream {
  /** Its events' ids begin with it. */
  readonly id: string
  /** It answers requests, and ends with that; else it only listens. */
  readonly answers: boolean
  /** When it last lost its client, or ended. */
  since = 0
  /** Of all its events. */
  bytes = 0
  readonly #streams: Streams
  readonly #buffer = new ReplayBuffer()
  #charged = 0
  /** Number of the newest event; the priming one is 0. */
  #last = 0
  #connection: SseConnection | undefined
  #state: 'open' | 'ended' | 'gone' = 'open'
  /** The client has an id to come back with. */
  #known = false
  #taken = false

  constructor(streams: Streams, id: string, answers: boolean) {
    this.#streams = streams
    this.id = id
    this.answers = answers
    this.#charge()
  }

  get connection(): SseConnection | undefined {
    return this.#connection
  }

  /** Nothing more can be said on it. */
  get over(): boolean {
    return this.#state !== 'open'
  }

  get gone(): boolean {
    return this.#state === 'gone'
  }

  /** It has an answer to wait for. */
  get pending(): boolean {
    return this.answers && !this.over
  }

  /** Over, and its last connection took all of it. */
  get taken(): boolean {
    return this.#taken
  }

  /** Whether an event of this number was ever made. */
  made(number: number): boolean {
    return number <= this.#last
  }

  /** Whether there is, or may be, something behind it. */
  hasMore(number: number): boolean {
    return this.#state === 'open' || number < this.#last
  }

  /** Goes on here, behind event `sent`; the connection before is broken. */
  attach(connection: SseConnection, sent: number): void {
    this.#connection?.response.destroy()
    this.#connection = connection
    connection.sent = sent
    this.#taken = false
    while ((this.#buffer.first?.number ?? Infinity) <= sent) {
      this.#buffer.shift()
    }
    this.#charge()
    connection.response.on('close', () => this.#leave(connection))
    connection.response.on('drain', () => this.#pump())
    this.#streams.update(this)
  }

  /** Goes on here, behind what has left on the connection before, which ends:
   * its client has given it up. */
  takeOver(connection: SseConnection): void {
    const before = this.#connection
    this.#connection = undefined
    // Of two that come at once, the first has not begun.
    if (before && !before.begun) before.begin(OPEN, before.wroteAt)
    before?.end()
    this.attach(connection, before ? this.#findLeft(before) : this.#last)
  }

  /** Number of the newest event that has left, as far as one can tell. */
  #findLeft({ response, sent }: SseConnection): number {
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

  /** Opens its connection: what there is may leave. */
  begin(now: number): void {
    const connection = this.#connection
    if (!connection) return
    const { primes } = this.#streams
    if (primes) this.#known = true
    // On each connection anew: some clients remember ids of the last one only.
    connection.begin(
      primes ? writePriming(this.#name(connection.sent)) : OPEN,
      now,
    )
    this.#pump()
  }

  /** False where it reaches nobody, now or later. */
  send(message: Buffer, now: number): boolean {
    if (this.#connection) this.#connection.wroteAt = now
    return this.#push(message, false)
  }

  /** The answer to a request. */
  deliver(message: Buffer): void {
    this.#push(message, true)
  }

  /** The client comes back: it has an id to do so with. */
  closeForResume(): void {
    if (this.#known && !this.over) this.#connection?.response.end()
  }

  end(): void {
    if (this.over) return
    this.#state = 'ended'
    this.#streams.update(this)
    this.#pump()
  }

  /** Forgets everything; whoever reads it still gets no more. */
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
    const connection = this.#connection
    this.drop()
    connection?.response.destroy()
  }

  tick(now: number): void {
    const connection = this.#connection
    if (!connection?.willing || this.over) return
    if (now - connection.wroteAt < KEEP_ALIVE_MS) return
    connection.wroteAt = now
    // No empty line: behind an id some clients take that for an event.
    connection.write(': alive\n')
  }

  /** Gives up something of what it keeps; false when that is nothing. `pushes`:
   * its newest event is to stay. */
  give(pushes = false): boolean {
    const due = this.#connection?.sent ?? Infinity
    const gave = this.#buffer.give(pushes ? this.#last : -1, due)
    this.#charge()
    return gave
  }

  #push(message: Buffer, final: boolean): boolean {
    if (this.over) return false
    const number = ++this.#last
    const id = this.#name(number)
    const bytes = writeEvent(message, id)
    this.bytes += bytes.length
    this.#buffer.push({ number, id, bytes, final })
    this.#pump()
    this.#forget()
    this.#charge()
    this.#streams.grow(this)
    return true
  }

  /** What its client has, as far as one can tell. */
  #forget(): void {
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
    // What does not leave is not walked through at each event more.
    const stuck = !connection.willing && this.#buffer.has(connection.sent)
    if (stuck) return this.over ? connection.limit() : undefined
    for (const { number, bytes } of this.#buffer.after(connection.sent)) {
      if (!connection.willing) return this.over ? connection.limit() : undefined
      connection.write(bytes)
      connection.sent = number
      this.#known = true
    }
    if (connection.begun && this.#state === 'ended') connection.end()
  }

  #leave(connection: SseConnection): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    if (this.gone) return
    this.#taken =
      this.over && connection.sent === this.#last && connection.delivered
    // Nobody can come back: the session is over, or no id has left.
    if (!this.#known || !this.#streams.open) return this.drop()
    this.#streams.update(this)
  }

  #name(number: number): string {
    return `${this.id}.${number}`
  }

  #charge(): void {
    const cost = this.gone ? 0 : STREAM_OVERHEAD + this.#buffer.cost
    this.#streams.charge(cost - this.#charged)
    this.#charged = cost
  }
}
