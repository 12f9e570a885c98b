// HTTP/1.1 off a raw socket, as little of it as the bench's own peers send.
// In: bytes, cut anywhere. Out: whole messages.
// INVARIANT: ASCII only; a body is framed by its length or by chunks, and a
// message with neither has none.

export interface WireMessage {
  /** From the first line on, without the empty one. */
  readonly head: string
  readonly body: string
}

export class WireReader {
  readonly #onMessage: (message: WireMessage) => void
  #text = ''

  constructor(onMessage: (message: WireMessage) => void) {
    this.#onMessage = onMessage
  }

  feed(chunk: Buffer): void {
    this.#text += chunk.toString('latin1')
    for (;;) {
      const text = this.#text
      const headEnd = text.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const head = text.slice(0, headEnd)
      const framed = readBody(text, head)
      if (!framed) return
      this.#text = text.slice(framed.end)
      this.#onMessage({ head, body: framed.body })
    }
  }
}

interface Framed {
  readonly body: string
  /** Offset behind the message. */
  readonly end: number
}

const LENGTH = /\r\ncontent-length: *(\d+)/i
const CHUNKED = /\r\ntransfer-encoding: *chunked/i

/** Undefined while bytes are missing. */
function readBody(text: string, head: string): Framed | undefined {
  const start = head.length + 4
  const length = LENGTH.exec(head)?.[1]
  if (length !== undefined) {
    const end = start + Number(length)
    if (text.length < end) return undefined
    return { body: text.slice(start, end), end }
  }
  if (CHUNKED.test(head)) return readChunks(text, start)
  return { body: '', end: start }
}

function readChunks(text: string, start: number): Framed | undefined {
  let body = ''
  let at = start
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    const end = lineEnd + 2 + size
    if (text.length < end + 2) return undefined
    at = end + 2
    if (size === 0) return { body, end: at }
    body += text.slice(lineEnd + 2, end)
  }
}

/** The value of a header; the name in lower case. */
export function readHeader(head: string, name: string): string | undefined {
  const match = new RegExp(`\r\n${name}: *([^\r]*)`, 'i').exec(head)
  return match?.[1]
}
