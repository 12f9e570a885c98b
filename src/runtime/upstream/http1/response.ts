// Parses the responses of one connection (RFC 9112), one after another.
// INVARIANT: a response that is not fully understood is broken; what is kept
// between two reads is bounded.

import {
  BROKEN,
  findLineEnd,
  judgeExtensions,
  judgeTrailer,
  ResponseHead,
  readDigits,
  UNFINISHED,
} from './head.ts'

/** Both calls may stop the parser. */
export interface Receiver {
  begin(head: ResponseHead): void
  /** The bytes are valid only during the call. */
  take(bytes: Buffer, from: number, end: number): void
}

export type Progress = 'more' | 'whole' | 'broken'

const AT_STATUS = 0
const AT_FIELDS = 1
const AT_SIZED = 2
const AT_ENDLESS = 3
const AT_CHUNK = 4
const AT_PIECE = 5
const AT_PIECE_END = 6
const AT_TRAILERS = 7
const AT_END = 8
const AT_BREACH = 9

/** Bounds of all heads of one response, with interim ones and trailers. */
const HEAD_BYTES = 16 * 1024
const HEAD_FIELDS = 100
const CHUNK_LINE_BYTES = 256
const CHUNK_DIGITS = 8
const SEMICOLON = 0x3b

/** The bytes of a head: all, or those before and after the digits of its
 * length. */
interface KnownHead {
  readonly head: ResponseHead
  readonly before: Buffer
  readonly after: Buffer | undefined
  /** What it left of the bounds. */
  readonly room: number
  readonly fields: number
}

/** The last head of a server: one for all its connections, so that it is in the
 * caches of the processor. */
export class LastHead {
  known: KnownHead | undefined
}

export class ResponseParser {
  readonly head = new ResponseHead()
  readonly #last: LastHead
  /** The problem of a broken response. */
  problem = ''
  /** Lines of heads and chunks in the last read. */
  lines = 0
  #receiver: Receiver | undefined
  #state = AT_STATUS
  /** Bytes left of the body or the chunk. */
  #left = 0
  /** Bytes left for heads. */
  #room = HEAD_BYTES
  #fields = 0
  /** The beginning of a cut line. */
  #rest: Buffer | undefined
  /** What `head` holds, if it came in one read. */
  #known: KnownHead | undefined
  /** Whether this read began with a head. */
  #fromHead = false

  constructor(last = new LastHead()) {
    this.#last = last
  }

  /** Whether the connection may serve another request. */
  get lasting(): boolean {
    return this.#state === AT_END && this.head.lasting
  }

  /** Called before each request. */
  reset(receiver: Receiver): void {
    this.#receiver = receiver
    this.#state = AT_STATUS
    this.#room = HEAD_BYTES
    this.#fields = 0
    this.#rest = undefined
  }

  /** Removes the receiver. */
  stop(): void {
    this.#receiver = undefined
    this.#rest = undefined
  }

  feed(lent: Buffer, size: number): Progress {
    let bytes = lent
    let end = size
    if (this.#rest) {
      bytes = Buffer.concat([this.#rest, lent.subarray(0, size)])
      end = bytes.length
      this.#rest = undefined
    }
    this.lines = 0
    this.#fromHead = this.#state === AT_STATUS
    let at = this.#fromHead ? this.#recall(bytes, end) : 0
    while (at < end && this.#receiver && this.#state !== AT_BREACH) {
      switch (this.#state) {
        case AT_SIZED:
        case AT_PIECE:
          at = this.#takePiece(bytes, at, Math.min(end, at + this.#left))
          break
        case AT_ENDLESS:
          this.#receiver.take(bytes, at, end)
          at = end
          break
        case AT_END:
          this.#breakOn('bytes follow the body')
          break
        default:
          at = this.#takeLine(bytes, at, end)
      }
    }
    if (!this.#receiver) return 'more'
    if (this.#state === AT_BREACH) return 'broken'
    return this.#state === AT_END ? 'whole' : 'more'
  }

  /** Most heads of a server differ from the last in their length alone. Returns
   * the end of such a head; 0 for another one. */
  #recall(bytes: Buffer, size: number): number {
    const { known } = this.#last
    const end = known ? this.#match(known, bytes, size) : 0
    if (end > 0 || !this.#known || this.#known === known) return end
    return this.#match(this.#known, bytes, size)
  }

  #match(known: KnownHead, bytes: Buffer, size: number): number {
    const { before, after } = known
    let end = matchBytes(before, bytes, 0, size)
    if (end === UNFINISHED) return 0
    const from = end
    if (after) {
      while (isDigit(bytes[end])) end++
      const to = end
      end = matchBytes(after, bytes, end, size)
      if (end === UNFINISHED) return 0
      this.#take(known)
      if (this.head.readLength(bytes, from, to) !== '') return 0
    } else this.#take(known)
    this.lines = 1
    this.#room = known.room
    this.#fields = known.fields
    this.#beginBody()
    return end
  }

  #take(known: KnownHead): void {
    if (this.#known === known) return
    this.#known = known
    this.head.copy(known.head)
  }

  /** Copies: the bytes are lent. */
  #remember(bytes: Buffer, end: number): void {
    const { lengthFrom, lengthEnd, length } = this.head
    const isSized = length !== -1
    const cut = isSized ? lengthFrom : end
    const head = new ResponseHead()
    head.copy(this.head)
    this.#known = {
      head,
      before: Buffer.from(bytes.subarray(0, cut)),
      after: isSized ? Buffer.from(bytes.subarray(lengthEnd, end)) : undefined,
      room: this.#room,
      fields: this.#fields,
    }
    this.#last.known = this.#known
  }

  /** The stream has ended. */
  finish(): Progress {
    return this.#state === AT_ENDLESS ? 'whole' : 'more'
  }

  #takePiece(bytes: Buffer, from: number, end: number): number {
    this.#left -= end - from
    if (this.#left === 0) {
      this.#state = this.#state === AT_SIZED ? AT_END : AT_PIECE_END
    }
    this.#receiver?.take(bytes, from, end)
    return end
  }

  #takeLine(bytes: Buffer, from: number, end: number): number {
    this.lines++
    const stop = findLineEnd(bytes, from, end)
    if (stop === BROKEN) {
      this.#breakOn('an octet that no line may hold')
      return end
    }
    const next = stop === UNFINISHED ? end : stop + 2
    if (next - from > this.#findRoom()) this.#breakOn('a line is too long')
    else if (stop === UNFINISHED) {
      this.#rest = Buffer.from(bytes.subarray(from, end))
    } else this.#readLine(bytes, from, stop)
    return next
  }

  #findRoom(): number {
    const inChunks = this.#state === AT_CHUNK || this.#state === AT_PIECE_END
    return inChunks ? CHUNK_LINE_BYTES : this.#room
  }

  #readLine(bytes: Buffer, from: number, end: number): void {
    switch (this.#state) {
      case AT_STATUS:
        this.#known = undefined
        this.#state = AT_FIELDS
        this.#room -= end + 2 - from
        return this.#breakOn(this.head.readStatus(bytes, from, end))
      case AT_FIELDS:
        if (from === end) return this.#endHead(bytes, end + 2)
        this.#countField(end + 2 - from)
        return this.#breakOn(this.head.readField(bytes, from, end))
      case AT_CHUNK:
        return this.#readChunk(bytes, from, end)
      case AT_PIECE_END:
        this.#state = AT_CHUNK
        return this.#breakOn(from === end ? '' : 'a chunk exceeds its size')
      default:
        if (from === end) {
          this.#state = AT_END
          return
        }
        this.#countField(end + 2 - from)
        return this.#breakOn(judgeTrailer(bytes, from, end))
    }
  }

  #countField(size: number): void {
    this.#room -= size
    if (++this.#fields > HEAD_FIELDS) this.#breakOn('too many fields')
  }

  #endHead(bytes: Buffer, end: number): void {
    const isFinal = this.head.status >= 200
    if (isFinal && this.#fromHead) this.#remember(bytes, end)
    // A read may hold interim heads before it.
    this.#fromHead = false
    this.#beginBody()
  }

  #beginBody(): void {
    const { head } = this
    const { status, length } = head
    this.#breakOn(head.judge())
    if (this.#state === AT_BREACH) return
    if (status < 200) {
      this.#state = AT_STATUS
      return
    }
    this.#left = length
    if (status === 204 || status === 304 || length === 0) this.#state = AT_END
    else if (head.chunked) this.#state = AT_CHUNK
    else this.#state = length > 0 ? AT_SIZED : AT_ENDLESS
    this.#receiver?.begin(head)
  }

  /** Valid chunk extensions are ignored; the cap of the line covers them. */
  #readChunk(bytes: Buffer, from: number, end: number): void {
    const semicolon = bytes.subarray(0, end).indexOf(SEMICOLON, from)
    const stop = semicolon === -1 ? end : semicolon
    this.#left = readDigits(bytes, from, stop, 16, CHUNK_DIGITS)
    this.#state = this.#left === 0 ? AT_TRAILERS : AT_PIECE
    if (this.#left === BROKEN) return this.#breakOn('an invalid chunk size')
    if (stop < end) this.#breakOn(judgeExtensions(bytes, stop, end))
  }

  /** Marks the response as broken, unless `problem` is ''. */
  #breakOn(problem: string): void {
    if (problem === '') return
    this.#state = AT_BREACH
    this.problem = problem
  }
}

/** Offset behind the bytes, where they stand there; else UNFINISHED. */
function matchBytes(
  wanted: Buffer,
  bytes: Buffer,
  from: number,
  size: number,
): number {
  const { length } = wanted
  if (from + length > size) return UNFINISHED
  // Heads are short: a call of native code costs more.
  for (let at = 0; at < length; at++) {
    if (wanted[at] !== bytes[from + at]) return UNFINISHED
  }
  return from + length
}

function isDigit(octet: number | undefined): boolean {
  return octet !== undefined && octet >= 0x30 && octet <= 0x39
}
