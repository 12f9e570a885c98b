// Finds messages in a byte stream: lines of stdio, events of SSE.
// In: chunks, cut anywhere. Out: whole messages.
// INVARIANT: memory is bounded by the cap; a message is passed on in the turn
// that completes it.

import { Gathered } from '../gathered.ts'

const LF = 0x0a
const CR = 0x0d

/** Splits at line feeds; a line over `cap` bytes ends the framing. */
export class LineFramer {
  readonly #cap: number
  readonly #onLine: (line: Buffer) => void
  /** A line that was cut. */
  readonly #rest = new Gathered()

  constructor(cap: number, onLine: (line: Buffer) => void) {
    this.#cap = cap
    this.#onLine = onLine
  }

  /** False when a line outgrew the cap; feed nothing more then. */
  feed(chunk: Buffer): boolean {
    let from = 0
    for (;;) {
      const end = chunk.indexOf(LF, from)
      const piece = chunk.subarray(from, end === -1 ? undefined : end)
      if (this.#rest.length + piece.length > this.#cap) return false
      if (end === -1) {
        this.#rest.add(piece)
        return true
      }
      let line = piece
      // Most lines come whole, and stay where they are.
      if (this.#rest.length > 0) {
        this.#rest.add(piece)
        line = this.#rest.take()
      }
      this.#onLine(trimReturn(line))
      from = end + 1
    }
  }
}

function trimReturn(line: Buffer): Buffer {
  return line.at(-1) === CR ? line.subarray(0, -1) : line
}

/** One event of a stream (WHATWG HTML §9.2.6); `data` without its field name,
 * lines joined by line feeds. */
export interface StreamEvent {
  readonly type: string
  readonly id: string | undefined
  /** Milliseconds to wait before one comes back, as last told. */
  readonly retry: number | undefined
  readonly data: Buffer
}

/** Reads server-sent events; CR, LF and CRLF end a line. */
export class EventFramer {
  readonly #lines: LineFramer
  readonly #onEvent: (event: StreamEvent) => void
  readonly #cap: number
  /** The first line of data, and all of them where there are more. */
  #first: Buffer | undefined
  readonly #data = new Gathered()
  #type = ''
  #id: string | undefined
  #retry: number | undefined
  #begun = false

  constructor(cap: number, onEvent: (event: StreamEvent) => void) {
    this.#cap = cap
    this.#onEvent = onEvent
    this.#lines = new LineFramer(cap, (line) => this.#takeLines(line))
  }

  /** False when an event outgrew the cap. */
  feed(chunk: Buffer): boolean {
    const fed = this.#lines.feed(chunk)
    return fed && this.#data.length <= this.#cap
  }

  /** A lone CR ends a line too; JSON holds none inside strings. */
  #takeLines(line: Buffer): void {
    let from = 0
    for (;;) {
      const end = line.indexOf(CR, from)
      this.#takeLine(line.subarray(from, end === -1 ? undefined : end))
      if (end === -1) return
      from = end + 1
    }
  }

  #takeLine(raw: Buffer): void {
    const line = this.#begun ? raw : dropMark(raw)
    this.#begun = true
    if (line.length === 0) return this.#dispatch()
    const colon = line.indexOf(0x3a)
    if (colon === 0) return
    const field = line.toString('latin1', 0, colon === -1 ? undefined : colon)
    const skip = line[colon + 1] === 0x20 ? 2 : 1
    const value = colon === -1 ? EMPTY : line.subarray(colon + skip)
    if (field === 'data') {
      this.#takeData(value)
    } else if (field === 'event') {
      this.#type = value.toString()
    } else if (field === 'id' && !value.includes(0)) {
      this.#id = value.toString()
    } else if (field === 'retry' && /^\d{1,7}$/.test(value.toString())) {
      this.#retry = Number(value)
    }
  }

  /** Most events have one line, which stays where it is. */
  #takeData(value: Buffer): void {
    if (!this.#first) {
      this.#first = value
      return
    }
    if (this.#data.length === 0) this.#data.add(this.#first)
    this.#data.add(BREAK)
    this.#data.add(value)
  }

  #dispatch(): void {
    const type = this.#type || 'message'
    this.#type = ''
    if (!this.#first) return
    const data = this.#data.length > 0 ? this.#data.take() : this.#first
    this.#first = undefined
    this.#onEvent({ type, id: this.#id, retry: this.#retry, data })
  }
}

const BREAK = Buffer.of(LF)
const EMPTY = Buffer.alloc(0)

/** A byte order mark may open a stream. */
function dropMark(line: Buffer): Buffer {
  const marked = line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf
  return marked ? line.subarray(3) : line
}
