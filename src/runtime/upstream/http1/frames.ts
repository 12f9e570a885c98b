// Finds messages in a byte stream: lines of stdio, events of SSE.
// INVARIANT: memory is bounded by the cap; the work for a chunk is linear in
// its bytes; lines that are not JSON are skipped.

import { ChunkBuffer } from '../../base/chunk-buffer.ts'
import type { Lender } from '../../base/lender.ts'
import { LONG } from '../../base/pieces.ts'

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const TAB = 0x09
const COLON = 0x3a

/** A line or an event exceeds the cap; nothing more may be fed. */
export const OUTGROWN = -1

/** Most messages and lines of one stream in one turn of the event loop. */
const MESSAGES_A_TURN = 64
const LINES_A_TURN = 4_096

/** A reader of chunks that stops at the end of a turn (pacer.ts). */
export interface Framer {
  /** Messages so far. */
  readonly messages: number
  /** Returns where it stopped: the chunk's length; less at the end of a turn;
   * or OUTGROWN. */
  feed(chunk: Buffer, from: number): number
  /** Whether a long line has begun. */
  readonly isWithinLong?: boolean
  /** Takes lent bytes of it that end nothing; false, and none, for others. */
  continue?(lent: Buffer): boolean
}

/** Counts messages and lines in a turn. */
class Turn {
  messages = 0
  #messages = MESSAGES_A_TURN
  #lines = LINES_A_TURN

  countMessage(): void {
    this.messages++
    this.#messages--
  }

  /** False at the end of a turn; begins the next. */
  countLine(): boolean {
    this.#lines--
    if (this.#lines > 0 && this.#messages > 0) return true
    this.#lines = LINES_A_TURN
    this.#messages = MESSAGES_A_TURN
    return false
  }
}

/** Splits at line feeds. */
export class LineFramer implements Framer {
  readonly #cap: number
  readonly #onLine: (line: Buffer) => void
  /** Called for lines that are not JSON; undefined: all lines are passed on. */
  readonly #onNoise: (() => void) | undefined
  /** The beginning of a cut line. */
  readonly #rest = new ChunkBuffer()
  readonly #turn = new Turn()

  /** With `onNoise`, lines that cannot be a message are not passed to `onLine`. */
  constructor(
    cap: number,
    onLine: (line: Buffer) => void,
    onNoise?: () => void,
  ) {
    this.#cap = cap
    this.#onLine = onLine
    this.#onNoise = onNoise
  }

  get messages(): number {
    return this.#turn.messages
  }

  feed(chunk: Buffer, start = 0): number {
    let from = start
    for (;;) {
      const end = chunk.indexOf(LF, from)
      const stop = end === -1 ? chunk.length : end
      if (this.#rest.length + stop - from > this.#cap) return OUTGROWN
      if (end === -1) {
        this.#rest.add(chunk.subarray(from))
        return chunk.length
      }
      this.#takeLine(chunk, from, end)
      from = end + 1
      if (!this.#turn.countLine()) return from
    }
  }

  #takeLine(chunk: Buffer, from: number, end: number): void {
    // Most lines are complete and are not copied.
    if (this.#rest.length === 0) return this.#emit(chunk, from, end)
    this.#rest.add(chunk.subarray(from, end))
    const line = this.#rest.take()
    this.#emit(line, 0, line.length)
  }

  #emit(bytes: Buffer, from: number, end: number): void {
    const stop = end > from && bytes[end - 1] === CR ? end - 1 : end
    if (this.#onNoise && !beginsMessage(bytes, from, stop)) {
      if (stop > from) this.#onNoise()
      return
    }
    this.#turn.countMessage()
    this.#onLine(bytes.subarray(from, stop))
  }
}

/** Whether the bytes begin like an object or an array, after a byte order mark
 * if there is one. */
export function beginsMessage(
  bytes: Buffer,
  from: number,
  end: number,
): boolean {
  let at = skipMark(bytes, from)
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++
  return at < end && (bytes[at] === 0x7b || bytes[at] === 0x5b)
}

/** The offset after a byte order mark, if there is one. */
export function skipMark(bytes: Buffer, from: number): number {
  const marked =
    bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf
  return marked ? from + 3 : from
}

/** One event of a stream (WHATWG HTML §9.2.6); `data`: its lines, joined by
 * line feeds. */
export interface StreamEvent {
  readonly type: string
  readonly id: string | undefined
  /** The last `retry` of the stream, in milliseconds. */
  readonly retry: number | undefined
  readonly data: Buffer
}

const FIELDS = ['data', 'event', 'id', 'retry'] as const

/** The type of an event that names none. */
const MESSAGE = 'message'

/** Longer ids and types are ignored. */
const MAX_WORD = 4_096

/** Reads server-sent events; CR, LF and CRLF end a line. */
export class EventFramer implements Framer {
  readonly #onEvent: (event: StreamEvent) => void
  readonly #cap: number
  readonly #lender: Lender | undefined
  /** The beginning of a cut line. */
  #rest: ChunkBuffer | undefined
  /** The first line of data. */
  #first: Buffer | undefined
  /** All of them, if there are more. */
  #data: ChunkBuffer | undefined
  readonly #turn = new Turn()
  #type = ''
  #id: string | undefined
  #retry: number | undefined
  #begun = false
  /** The last chunk ended in a CR, whose LF may follow. */
  #returned = false

  constructor(
    cap: number,
    onEvent: (event: StreamEvent) => void,
    lender?: Lender,
  ) {
    this.#cap = cap
    this.#onEvent = onEvent
    this.#lender = lender
  }

  get messages(): number {
    return this.#turn.messages
  }

  get isWithinLong(): boolean {
    return this.#held >= LONG
  }

  /** Bytes of the cut line. */
  get #held(): number {
    return this.#rest?.length ?? 0
  }

  /** Takes the middle of a long line, whose bytes are lent; false, and nothing, if
   * it is anything else. */
  continue(lent: Buffer): boolean {
    const rest = this.#rest
    if (!rest || rest.length + lent.length > this.#cap) return false
    if (lent.includes(LF) || lent.includes(CR)) return false
    rest.addLent(lent)
    return true
  }

  feed(chunk: Buffer, start = 0): number {
    let from = start
    if (this.#returned && chunk[from] === LF) from++
    this.#returned = false
    let feed = chunk.indexOf(LF, from)
    let back = chunk.indexOf(CR, from)
    for (;;) {
      if (feed !== -1 && feed < from) feed = chunk.indexOf(LF, from)
      if (back !== -1 && back < from) back = chunk.indexOf(CR, from)
      const end = feed === -1 || (back !== -1 && back < feed) ? back : feed
      const stop = end === -1 ? chunk.length : end
      if (this.#held + stop - from > this.#cap) return OUTGROWN
      if (end === -1) {
        if (from < chunk.length) this.#keepRest(chunk.subarray(from))
        return chunk.length
      }
      this.#takeLine(chunk, from, end)
      if (this.#data && this.#data.length > this.#cap) return OUTGROWN
      from = end + 1
      if (end === back) {
        if (from === chunk.length) this.#returned = true
        else if (chunk[from] === LF) from++
      }
      if (!this.#turn.countLine() || from === chunk.length) return from
    }
  }

  #keepRest(piece: Buffer): void {
    this.#rest ??= new ChunkBuffer(this.#lender)
    this.#rest.add(piece)
  }

  #takeLine(chunk: Buffer, from: number, end: number): void {
    const rest = this.#rest
    if (!rest || rest.length === 0) return this.#readLine(chunk, from, end)
    rest.add(chunk.subarray(from, end))
    const line = rest.take()
    this.#readLine(line, 0, line.length)
  }

  #readLine(bytes: Buffer, start: number, end: number): void {
    // A byte order mark may open a stream.
    const from = this.#begun ? start : skipMark(bytes, start)
    this.#begun = true
    if (from >= end) return this.#dispatch()
    if (bytes[from] === COLON) return
    const field = findField(bytes, from, end)
    if (!field) return
    let at = Math.min(from + field.length + 1, end)
    if (at < end && bytes[at] === SPACE) at++
    const value = bytes.subarray(at, end)
    if (field === 'data') return this.#takeData(value)
    if (value.length > MAX_WORD) return
    if (field === 'event') this.#type = readType(value)
    else if (field === 'id') {
      if (!value.includes(0)) this.#id = value.toString()
    } else if (/^\d{1,7}$/.test(value.toString('latin1'))) {
      this.#retry = Number(value)
    }
  }

  /** Most events have one line, which is not copied. */
  #takeData(value: Buffer): void {
    if (!this.#first) {
      this.#first = value
      return
    }
    this.#data ??= new ChunkBuffer()
    if (this.#data.length === 0) this.#data.add(this.#first)
    this.#data.add(BREAK)
    this.#data.add(value)
  }

  #dispatch(): void {
    const type = this.#type || MESSAGE
    this.#type = ''
    if (!this.#first) return
    const data = this.#data?.length ? this.#data.take() : this.#first
    this.#first = undefined
    this.#turn.countMessage()
    this.#onEvent({ type, id: this.#id, retry: this.#retry, data })
  }
}

const BREAK = Buffer.of(LF)

function findField(
  bytes: Buffer,
  from: number,
  end: number,
): (typeof FIELDS)[number] | undefined {
  for (const name of FIELDS) if (isField(bytes, from, end, name)) return name
  return undefined
}

/** Most are MESSAGE, which needs no new text. */
function readType(value: Buffer): string {
  const isMessage = value.length === MESSAGE.length && isText(value, 0, MESSAGE)
  return isMessage ? MESSAGE : value.toString()
}

/** Whether a line is this field: its name, then a colon or nothing. */
function isField(
  bytes: Buffer,
  from: number,
  end: number,
  name: string,
): boolean {
  const stop = from + name.length
  if (stop > end || (stop < end && bytes[stop] !== COLON)) return false
  return isText(bytes, from, name)
}

function isText(bytes: Buffer, from: number, text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (bytes[from + at] !== text.charCodeAt(at)) return false
  }
  return true
}
