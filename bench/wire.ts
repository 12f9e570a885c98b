// HTTP/1.1 off a raw socket, as little of it as the bench's own peers send.
// In: bytes, cut anywhere. Out: for each message its head, and its parts.
// INVARIANT: the bytes of a body are counted, not joined; a chunked body ends with
// its last chunk, which no body of the bench contains.

export interface WireMessage {
  /** From the first line on, as text. */
  readonly head: string
  /** Head and body, as they came. */
  readonly parts: readonly Buffer[]
  /** Where the body begins, which lies in the first part. */
  readonly body: number
  readonly size: number
}

const END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')
const LENGTH = /\r\ncontent-length: *(\d+)/i
const CHUNKED = /\r\ntransfer-encoding: *chunked/i

/** Of a body, joined: enough to tell what it is. */
const LOOK = 512

export class WireReader {
  readonly #onMessage: (message: WireMessage) => void
  #parts: Buffer[] = []
  #size = 0
  #head = ''
  /** 0: the head is not whole. */
  #body = 0
  /** Bytes of the message; -1: it is chunked. */
  #need = 0

  constructor(onMessage: (message: WireMessage) => void) {
    this.#onMessage = onMessage
  }

  feed(chunk: Buffer): void {
    this.#parts.push(chunk)
    this.#size += chunk.length
    while (this.#size > 0 && this.#readHead() && this.#isWhole()) this.#take()
  }

  #readHead(): boolean {
    if (this.#body > 0) return true
    const bytes = this.#join()
    const end = bytes.indexOf(END)
    if (end === -1) return false
    this.#head = bytes.toString('latin1', 0, end)
    this.#body = end + END.length
    if (CHUNKED.test(this.#head)) this.#need = -1
    else this.#need = this.#body + Number(LENGTH.exec(this.#head)?.[1] ?? 0)
    return true
  }

  #isWhole(): boolean {
    if (this.#need >= 0) return this.#size >= this.#need
    const last = this.#parts.at(-1) as Buffer
    const tail = last.length < LAST_CHUNK.length ? this.#join() : last
    return tail.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)
  }

  #take(): void {
    const first = this.#parts[0] as Buffer
    // What tells a message lies in one part.
    if (first.length < this.#body + LOOK) this.#join()
    const end = this.#need < 0 ? this.#size : this.#need
    const rest = this.#size - end
    const last = this.#parts.pop() as Buffer
    const own = rest === 0 ? last : last.subarray(0, last.length - rest)
    const parts = [...this.#parts, own]
    this.#parts = rest === 0 ? [] : [last.subarray(last.length - rest)]
    this.#size = rest
    const body = this.#body
    this.#body = 0
    this.#onMessage({ head: this.#head, parts, body, size: end })
  }

  #join(): Buffer {
    if (this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)]
    return this.#parts[0] as Buffer
  }
}

/** The value of a header; the name in lower case. */
export function readHeader(head: string, name: string): string | undefined {
  const match = new RegExp(`\r\n${name}: *([^\r]*)`, 'i').exec(head)
  return match?.[1]
}

export function readBody({ parts, body }: WireMessage): string {
  return Buffer.concat(parts).toString('utf8', body)
}

/** The beginning of a body. */
export function readStart({ parts, body }: WireMessage): string {
  return (parts[0] as Buffer).toString('latin1', body, body + LOOK)
}

/** The end of a message. */
export function readEnd({ parts }: WireMessage): string {
  const last = parts.at(-1) as Buffer
  return last.toString('latin1', Math.max(0, last.length - LOOK))
}
