// A stream of events that outlives its connections (2025-11-25, Resumability).
// In: messages for the client; its connections, one after another. Out: events
// with ids on the newest connection, what was missed first.
// INVARIANT: on one connection events go out in order, once each.

import { Backlog } from './replay-buffer.ts'
import { KEEP_ALIVE_MS, OPEN, writeEvent, writePriming } from './sse.ts'
import type { Outlet } from './sse-connection.ts'
import type { Streams } from './streams.ts'

/** What a stream costs beside its events. */
const OVERHEAD = 500

/** What has left is kept up to here: its connection may die with it. */
const MOST_SENT = 128 * 1024

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
  readonly #backlog = new Backlog()
  #charged = 0
  /** Number of the newest event; the priming one is 0. */
  #last = 0
  #outlet: Outlet | undefined
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

  get outlet(): Outlet | undefined {
    return this.#outlet
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
  attach(outlet: Outlet, sent: number): void {
    this.#outlet?.response.destroy()
    this.#outlet = outlet
    outlet.sent = sent
    this.#taken = false
    while ((this.#backlog.first?.number ?? Infinity) <= sent) {
      this.#backlog.shift()
    }
    this.#charge()
    outlet.response.on('close', () => this.#leave(outlet))
    outlet.response.on('drain', () => this.#pump())
    this.#streams.settle(this)
  }

  /** Goes on here, behind what has left on the connection before, which ends:
   * its client has given it up. */
  takeOver(outlet: Outlet): void {
    const before = this.#outlet
    this.#outlet = undefined
    // Of two that come at once, the first has not begun.
    if (before && !before.begun) before.begin(OPEN, before.wroteAt)
    before?.end()
    this.attach(outlet, before ? this.#findLeft(before) : this.#last)
  }

  /** Number of the newest event that has left, as far as one can tell. */
  #findLeft({ response, sent }: Outlet): number {
    let waiting = response.writableLength
    let left = sent
    for (const { number, bytes } of this.#backlog.after(0).toReversed()) {
      if (waiting <= 0) break
      if (number > sent) continue
      waiting -= bytes.length
      left = number - 1
    }
    return left
  }

  /** Opens its connection: what there is may leave. */
  begin(now: number): void {
    const outlet = this.#outlet
    if (!outlet) return
    const { primes } = this.#streams
    if (primes) this.#known = true
    // On each connection anew: some clients remember ids of the last one only.
    outlet.begin(primes ? writePriming(this.#name(outlet.sent)) : OPEN, now)
    this.#pump()
  }

  /** False where it reaches nobody, now or later. */
  send(message: Buffer, now: number): boolean {
    if (this.#outlet) this.#outlet.wroteAt = now
    return this.#push(message, false)
  }

  /** The answer to a request. */
  deliver(message: Buffer): void {
    this.#push(message, true)
  }

  /** The client comes back: it has an id to do so with. */
  letGo(): void {
    if (this.#known && !this.over) this.#outlet?.response.end()
  }

  end(): void {
    if (this.over) return
    this.#state = 'ended'
    this.#streams.settle(this)
    this.#pump()
  }

  /** Forgets everything; whoever reads it still gets no more. */
  drop(): void {
    if (this.gone) return
    this.#state = 'gone'
    this.#backlog.clear()
    this.#charge()
    this.#streams.forget(this)
    if (this.#outlet?.begun) this.#outlet.end()
  }

  /** Drops it and breaks its connection. */
  cut(): void {
    const outlet = this.#outlet
    this.drop()
    outlet?.response.destroy()
  }

  tick(now: number): void {
    const outlet = this.#outlet
    if (!outlet?.willing || this.over) return
    if (now - outlet.wroteAt < KEEP_ALIVE_MS) return
    outlet.wroteAt = now
    // No empty line: behind an id some clients take that for an event.
    outlet.write(': alive\n')
  }

  /** Gives up something of what it keeps; false when that is nothing. `pushes`:
   * its newest event is to stay. */
  give(pushes = false): boolean {
    const due = this.#outlet?.sent ?? Infinity
    const gave = this.#backlog.give(pushes ? this.#last : -1, due)
    this.#charge()
    return gave
  }

  #push(message: Buffer, final: boolean): boolean {
    if (this.over) return false
    const number = ++this.#last
    const id = this.#name(number)
    const bytes = writeEvent(message, id)
    this.bytes += bytes.length
    this.#backlog.push({ number, id, bytes, final })
    this.#pump()
    this.#forget()
    this.#charge()
    this.#streams.grow(this)
    return true
  }

  /** What its client has, as far as one can tell. */
  #forget(): void {
    const backlog = this.#backlog
    const sent = this.#outlet?.sent ?? 0
    const most = this.#streams.open ? MOST_SENT : 0
    while (backlog.cost > most && backlog.first) {
      const { number, final } = backlog.first
      if (final || number > sent || number === this.#last) return
      backlog.shift()
    }
  }

  #pump(): void {
    const outlet = this.#outlet
    if (!outlet) return
    // What does not leave is not walked through at each event more.
    const stuck = !outlet.willing && this.#backlog.has(outlet.sent)
    if (stuck) return this.over ? outlet.limit() : undefined
    for (const { number, bytes } of this.#backlog.after(outlet.sent)) {
      if (!outlet.willing) return this.over ? outlet.limit() : undefined
      outlet.write(bytes)
      outlet.sent = number
      this.#known = true
    }
    if (outlet.begun && this.#state === 'ended') outlet.end()
  }

  #leave(outlet: Outlet): void {
    if (this.#outlet !== outlet) return
    this.#outlet = undefined
    if (this.gone) return
    this.#taken = this.over && outlet.sent === this.#last && outlet.delivered
    // Nobody can come back: the session is over, or no id has left.
    if (!this.#known || !this.#streams.open) return this.drop()
    this.#streams.settle(this)
  }

  #name(number: number): string {
    return `${this.id}.${number}`
  }

  #charge(): void {
    const cost = this.gone ? 0 : OVERHEAD + this.#backlog.cost
    this.#streams.charge(cost - this.#charged)
    this.#charged = cost
  }
}
