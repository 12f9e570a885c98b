// HTTP/1.1 off a raw socket, as little of it as the bench's own peers send.
// In: bytes, cut anywhere. Out: for each message its head, and what is asked of
// its body.
// INVARIANT: bytes are read where they lie and are not kept, but for the beginning
// and the end of a body; a chunked body ends with its last chunk, which no body of
// the bench contains.

const END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')
const LENGTH = /\r\ncontent-length: *(\d+)/i
const CHUNKED = /\r\ntransfer-encoding: *chunked/i

/** Of a long body: enough to tell what it is. */
const LOOK = 512

/** A body up to here is kept whole. */
const KEPT = 16_384

export interface WireMessage {
  /** From the first line on, as text. */
  readonly head: string
  /** Bytes of the body. */
  readonly size: number
  /** The beginning of the body. */
  start(): string
  /** The end of the body. */
  end(): string
  /** The body, if it is one that is kept whole. */
  text(): string
}

/** What it passes on may be read until `onMessage` returns. */
export class WireReader implements WireMessage {
  head = ''
  size = 0
  readonly #onMessage: (message: WireMessage) => void
  readonly #most: number
  /** The beginning of a head. */
  #partial: Buffer | undefined
  #isInBody = false
  /** Bytes of the body; -1: it is chunked. */
  #need = 0
  /** The whole body, where one read contained it. */
  #view: Buffer | undefined
  #kept: Buffer[] = []
  #keptSize = 0
  readonly #tail = Buffer.alloc(LOOK)
  #tailSize = 0

  /** `most`: a body up to so many bytes is kept whole. */
  constructor(onMessage: (message: WireMessage) => void, most = KEPT) {
    this.#onMessage = onMessage
    this.#most = most
  }

  /** The bytes may be overwritten when it returns. */
  feed(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      at = this.#isInBody
        ? this.#readBody(bytes, at)
        : this.#readHead(bytes, at)
    }
  }

  start(): string {
    const begins = this.#view ?? this.#join()
    return begins.toString('latin1', 0, LOOK)
  }

  end(): string {
    const view = this.#view
    return view
      ? view.toString('latin1', Math.max(0, view.length - LOOK))
      : this.#tail.toString('latin1', 0, this.#tailSize)
  }

  text(): string {
    return (this.#view ?? this.#join()).toString()
  }

  /** Returns how far it has read. */
  #readHead(bytes: Buffer, at: number): number {
    const own = at === 0 ? bytes : bytes.subarray(at)
    const partial = this.#partial
    const whole = partial ? Buffer.concat([partial, own]) : own
    const end = whole.indexOf(END)
    if (end === -1) {
      this.#partial = Buffer.from(whole)
      return bytes.length
    }
    this.#partial = undefined
    this.head = whole.toString('latin1', 0, end)
    this.#need = CHUNKED.test(this.head)
      ? -1
      : Number(LENGTH.exec(this.head)?.[1] ?? 0)
    this.#isInBody = true
    this.size = 0
    if (this.#need === 0) this.#take(bytes.subarray(0, 0))
    return at + end + END.length - (partial?.length ?? 0)
  }

  #readBody(bytes: Buffer, at: number): number {
    const most = this.#need < 0 ? Infinity : this.#need - this.size
    const end = Math.min(bytes.length, at + most)
    const part = bytes.subarray(at, end)
    const isFirst = this.size === 0
    this.size += part.length
    if (isFirst && this.#isWhole(part)) this.#take(part)
    else {
      this.#keep(part)
      if (this.#isWhole(this.#tail.subarray(0, this.#tailSize))) this.#take()
    }
    return end
  }

  /** `end`: the end of what has come. */
  #isWhole(end: Buffer): boolean {
    if (this.#need >= 0) return this.size === this.#need
    const from = end.length - LAST_CHUNK.length
    return from >= 0 && LAST_CHUNK.compare(end, from) === 0
  }

  #keep(part: Buffer): void {
    const most = this.#need > this.#most ? LOOK : this.#most
    const left = most - this.#keptSize
    if (left > 0) {
      const copy = Buffer.from(part.subarray(0, left))
      this.#kept.push(copy)
      this.#keptSize += copy.length
    }
    const tail = this.#tail
    const own = part.subarray(-LOOK)
    const before = Math.min(this.#tailSize, LOOK - own.length)
    tail.copy(tail, 0, this.#tailSize - before, this.#tailSize)
    own.copy(tail, before)
    this.#tailSize = before + own.length
  }

  #take(view?: Buffer): void {
    this.#view = view
    this.#isInBody = false
    this.#onMessage(this)
    this.#view = undefined
    if (view) return
    this.#kept = []
    this.#keptSize = 0
    this.#tailSize = 0
  }

  #join(): Buffer {
    if (this.#kept.length !== 1) this.#kept = [Buffer.concat(this.#kept)]
    return this.#kept[0] as Buffer
  }
}

/** The value of a header; the name in lower case. */
export function readHeader(head: string, name: string): string | undefined {
  const match = new RegExp(`\r\n${name}: *([^\r]*)`, 'i').exec(head)
  return match?.[1]
}
