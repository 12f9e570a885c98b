// Feeds a framer no more in one turn, and in one second, than others can wait
// for. In: chunks, as they come. Out: the same, and when to read on.
// INVARIANT: while a chunk waits its source is paused; what waits is at most
// what one read had brought.

import { type Framer, OUTGROWN } from './frames.ts'

/** Where the chunks come from. */
export interface Source {
  pause(): void
  resume(): void
}

export interface Paced {
  /** A line or an event outgrew its cap: nothing is fed any more. */
  outgrown(): void
  /** More messages came in a second than are taken; told once a stream. */
  flooded(messages: number): void
}

/** Messages of one stream in a second; more wait for the next. */
const MESSAGES_A_SECOND = 10_000
const SECOND_MS = 1_000

export class Pacer {
  readonly #framer: Framer
  readonly #paced: Paced
  readonly #now: () => number
  /** Of the chunk that waits; it changes with each connection of a stream. */
  #source: Source | undefined
  readonly #waiting: Buffer[] = []
  /** In the first chunk that waits. */
  #at = 0
  #over = false
  #flooded = false
  #then: (() => void) | undefined
  #second = Number.NEGATIVE_INFINITY
  #before = 0

  /** `now` gives monotonic milliseconds. */
  constructor(framer: Framer, paced: Paced, now = () => performance.now()) {
    this.#framer = framer
    this.#now = now
    this.#paced = paced
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

  /** Told when all that was fed has been read; at once if it has. */
  end(then: () => void): void {
    if (this.#waiting.length > 0 && !this.#over) this.#then = then
    else then()
  }

  /** Whatever waits is not wanted any more. */
  stop(): void {
    this.#over = true
    this.#waiting.length = 0
    this.#then = undefined
  }

  #wait(): void {
    const now = this.#now()
    const { messages } = this.#framer
    if (now - this.#second >= SECOND_MS) {
      this.#second = now
      this.#before = messages
    }
    if (messages - this.#before < MESSAGES_A_SECOND) {
      setImmediate(() => this.#goOn())
      return
    }
    if (!this.#flooded) this.#paced.flooded(messages - this.#before)
    this.#flooded = true
    setTimeout(() => this.#goOn(), this.#second + SECOND_MS - now).unref()
  }

  #goOn(): void {
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
    const then = this.#then
    this.#then = undefined
    then?.()
  }

  #outgrow(): void {
    this.stop()
    this.#paced.outgrown()
  }
}
