// How much is kept for clients that may come back, and for how long.
// In: streams, as they lose their clients, end and grow. Out: nothing.
// INVARIANT: what a client has is forgotten first, then what only informed it,
// answers last; the newest event of the stream that grows stays.

import type { EventStream } from './event-stream.ts'

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
  settle(stream: EventStream): void {
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
