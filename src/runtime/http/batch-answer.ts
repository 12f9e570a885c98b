// One response for the answers to a batch.
// INVARIANT: the response ends when all of its parts have ended.

import { type Bytes, join, lengthOf } from '../base/pieces.ts'
import type { Answer, HttpAnswer } from './answer.ts'

export class Parts {
  readonly whole: HttpAnswer
  #pending: number
  #status: number | undefined
  #finals: Buffer[] = []

  constructor(whole: HttpAnswer, count: number) {
    this.whole = whole
    this.#pending = count
  }

  /** Opens the stream and sends the parts that have ended. */
  openStream(now: number): void {
    if (!this.whole.begun && this.whole.open) this.whole.openStream(now)
    this.flush()
  }

  flush(): void {
    if (!this.whole.begun) return
    for (const final of this.#finals) this.whole.deliver(final)
    this.#finals = []
  }

  /** A part has ended, with or without a message. */
  endPart(status: number, message: Buffer | undefined): void {
    this.#pending--
    if (message) {
      this.#finals.push(message)
      // Parts with different statuses get 200; each message has its own error.
      this.#status = (this.#status ?? status) === status ? status : 200
    }
    this.flush()
    if (this.#pending > 0) return
    if (this.#finals.length === 0) return this.whole.end(202)
    this.whole.finish(this.#status ?? 200, writeArray(this.#finals))
  }
}

function writeArray(items: readonly Buffer[]): Buffer {
  const parts = items.flatMap((item) => [COMMA, item])
  return Buffer.concat([OPEN, ...parts.slice(1), CLOSE])
}

const [OPEN, COMMA, CLOSE] = ['[', ',', ']'].map((sign) =>
  Buffer.from(sign),
) as [Buffer, Buffer, Buffer]

/** The answer to one message of a batch. */
export class Part implements Answer {
  readonly #parts: Parts
  #over = false
  #bytes = 0
  /** Never called: in a session a client may come back. */
  onGone: (() => void) | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get over(): boolean {
    return this.#over || this.#parts.whole.over
  }

  get bytes(): number {
    return this.#bytes
  }

  get begun(): boolean {
    return this.#parts.whole.begun
  }

  get open(): boolean {
    return !this.#over && this.#parts.whole.open
  }

  openStream(now: number): void {
    this.#parts.openStream(now)
  }

  /** Other parts use the same connection. */
  closeForResume(): void {}

  send(message: Buffer, now: number): boolean {
    if (!this.open) return false
    this.#parts.openStream(now)
    this.#bytes += message.length
    return this.#parts.whole.send(message, now)
  }

  finish(status: number, message: Bytes): void {
    if (this.#over) return
    this.#over = true
    this.#bytes += lengthOf(message)
    this.#parts.endPart(status, join(message))
  }

  end(status: number): void {
    if (this.#over) return
    this.#over = true
    this.#parts.endPart(status, undefined)
  }

  cut(): void {
    this.#over = true
    this.#parts.whole.cut()
  }

  tick(now: number): void {
    this.#parts.whole.tick(now)
    this.#parts.flush()
  }
}
