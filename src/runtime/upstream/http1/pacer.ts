// Feeds a framer a bounded amount per turn and per second.
// INVARIANT: while a chunk waits, its source is paused; what waits is at most
// one read.

import { type Framer, OUTGROWN } from './frames.ts'

/** The source of the chunks. */
export interface Source {
  pause(): void
  resume(): void
}

interface PacerEvents {
  /** A line or an event exceeds the cap; feeding has ended. */
  outgrown(): void
  /** More messages came in a second than are read; called once per stream. */
  flooded(messages: number): void
}

/** Most messages of one stream in a second. */
const MESSAGES_A_SECOND = 10_000
const SECOND_MS = 1_000

export class Pacer {
  readonly #framer: Framer
  readonly #events: PacerEvents
  readonly #now: () => number
  /** The paused source; each connection of a stream is another. */
  #source: Source | undefined
  readonly #waiting: Buffer[] = []
  /** Offset in the first waiting chunk. */
  #at = 0
  #over = false
  #flooded = false
  #onEnd: (() => void) | undefined
  #second = Number.NEGATIVE_INFINITY
  #before = 0

  /** `now` gives monotonic milliseconds. */
  constructor(
    framer: Framer,
    events: PacerEvents,
    now = () => performance.now(),
  ) {
    this.#framer = framer
    this.#now = now
    this.#events = events
  }

  feed(chunk: Buffer, source: Source | undefined): void {
    if (this.#over) return
    if (this.#waiting.length > 0) {
      this.#waiting.push(chunk)
      return
    }
    const at = this.#framer.feed(chunk, 0)
    if (this.#over || at === chunk.length) return
    if (at === OUTGROWN) return this.#outgrow()
    this.#waiting.push(chunk)
    this.#at = at
    this.#source = source
    source?.pause()
    this.#wait()
  }

  /** As `feed`, of bytes that are valid only during the call. */
  feedLent(
    lent: Buffer,
    from: number,
    end: number,
    source: Source | undefined,
  ): void {
    if (this.#over) return
    if (this.#framer.isWithinLong && this.#waiting.length === 0) {
      if (this.#framer.continue?.(lent.subarray(from, end))) return
    }
    const own = Buffer.allocUnsafe(end - from)
    lent.copy(own, 0, from, end)
    this.feed(own, source)
  }

  /** Calls `then` when everything that was fed was read. */
  end(then: () => void): void {
    if (this.#waiting.length > 0 && !this.#over) this.#onEnd = then
    else then()
  }

  /** Discards what waits. */
  stop(): void {
    this.#over = true
    this.#waiting.length = 0
    this.#onEnd = undefined
  }

  #wait(): void {
    const now = this.#now()
    const { messages } = this.#framer
    if (now - this.#second >= SECOND_MS) {
      this.#second = now
      this.#before = messages
    }
    if (messages - this.#before < MESSAGES_A_SECOND) {
      setImmediate(() => this.#continue())
      return
    }
    if (!this.#flooded) this.#events.flooded(messages - this.#before)
    this.#flooded = true
    setTimeout(() => this.#continue(), this.#second + SECOND_MS - now).unref()
  }

  #continue(): void {
    const waiting = this.#waiting
    for (let first = 0; first < waiting.length; first++) {
      const chunk = waiting[first] as Buffer
      const at = this.#framer.feed(chunk, first === 0 ? this.#at : 0)
      if (this.#over) return
      if (at === OUTGROWN) return this.#outgrow()
      if (at === chunk.length) continue
      waiting.splice(0, first)
      this.#at = at
      return this.#wait()
    }
    waiting.length = 0
    this.#source?.resume()
    this.#source = undefined
    const then = this.#onEnd
    this.#onEnd = undefined
    then?.()
  }

  #outgrow(): void {
    this.stop()
    this.#events.outgrown()
  }
}
