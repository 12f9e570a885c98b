// The response to a request that we have read ourselves.
// In: what the stages write. Out: HTTP/1.1, head and body in one write.
// INVARIANT: a body has a length or is chunked; nothing is written after its end;
// `close` is emitted once: after the last byte, or with the connection.

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { loanOf, releaseLoans } from '../base/lender.ts'
import { lengthOf } from '../base/pieces.ts'
import { type AnswerMemory, LONGEST } from './answer-memory.ts'
import type { HttpResponse } from './request-response.ts'
import { endUnread } from './sse.ts'

const CHUNKED = 'Transfer-Encoding: chunked\r\n'

/** Up to here, text and bytes are joined for one write. */
const MAX_JOINED = 64 * 1024

/** What the responses of a server share. */
export interface Shared {
  readonly dateLine: string
  readonly keepAliveLines: string
  /** Both lines, and the end of a head. */
  readonly ending: string
  readonly answers: AnswerMemory
}

/** What a response needs of its connection. */
export interface Carrier {
  readonly socket: Socket
  readonly shared: Shared
  /** What the kernel takes has left when a write returns; not so over TLS. */
  readonly leavesAtOnce: boolean
  /** Calls `sent` of its response; one function for all of them. */
  readonly sent: () => void
  /** The response is whole; `last`: nothing may follow. */
  done(last: boolean): void
}

export class FastResponse implements HttpResponse {
  readonly #carrier: Carrier
  /** What was asked; Node's own responses have it so (client-sockets.ts). */
  readonly req: object
  #head = ''
  #chunked = false
  #last = false
  #closed = false
  /** What was written in this turn, and its bytes: events come several at once,
   * and leave together. */
  #gathered: Buffer[] = []
  #gatheredBytes = 0
  #onClose: (() => void) | undefined
  #closes: (() => void)[] | undefined
  #drains: (() => void)[] | undefined
  headersSent = false
  writableEnded = false
  writableFinished = false

  constructor(carrier: Carrier, req: object) {
    this.#carrier = carrier
    this.req = req
  }

  get destroyed(): boolean {
    return this.#closed || this.#carrier.socket.destroyed
  }

  get socket(): Socket | null {
    return this.#closed ? null : this.#carrier.socket
  }

  get writableLength(): number {
    if (this.#closed) return 0
    return this.#gatheredBytes + this.#carrier.socket.writableLength
  }

  writeHead(
    status: number,
    headers: Record<string, string | number> = {},
  ): this {
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`
    let isFramed = status === 204
    for (const [name, value] of Object.entries(headers)) {
      head += `${name}: ${value}\r\n`
      if (name === 'content-length') isFramed = true
      else if (name === 'connection') this.#last = value === 'close'
    }
    this.#chunked = !isFramed
    const framing = isFramed ? '' : CHUNKED
    const { dateLine, keepAliveLines } = this.#carrier.shared
    const kept = this.#last ? '' : keepAliveLines
    this.#head = `${head}${dateLine}${kept}${framing}\r\n`
    this.headersSent = true
    return this
  }

  writeLines(status: number, lines: string, isStream = false): void {
    const reason = STATUS_CODES[status] ?? 'unknown'
    const { dateLine, keepAliveLines } = this.#carrier.shared
    this.#chunked = isStream
    const framing = isStream ? CHUNKED : ''
    this.#head = `HTTP/1.1 ${status} ${reason}\r\n${lines}${dateLine}${keepAliveLines}${framing}\r\n`
    this.headersSent = true
  }

  write(chunk: string | Buffer): boolean {
    if (this.writableEnded || this.destroyed) return false
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    // Behind the audit of what has come in this turn, which may end it.
    if (this.#gathered.length === 0) {
      process.nextTick(setImmediate, () => this.#flush(''))
    }
    this.#gather(bytes)
    return this.#gatheredBytes < MAX_JOINED || this.#flush('')
  }

  end(chunk?: string | Buffer, encoding?: BufferEncoding): this {
    if (this.writableEnded || this.destroyed) return this
    this.writableEnded = true
    if (typeof chunk === 'string' && this.#isPlain) {
      this.#endPlain(chunk, encoding)
    } else {
      if (chunk !== undefined) {
        this.#gather(
          typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
        )
      }
      this.#flush(this.#chunked ? '0\r\n\r\n' : '', this.#carrier.sent)
    }
    // A short one too, behind others that its client does not read.
    if (this.writableLength > 0) endUnread(this)
    return this
  }

  /** Over TLS, what was written is read later. */
  endMessage(lines: string, id: string, message: Buffer): boolean {
    const { socket, shared, leavesAtOnce } = this.#carrier
    if (!leavesAtOnce || message.length > LONGEST) return false
    if (this.writableEnded || this.destroyed) return true
    this.headersSent = true
    this.writableEnded = true
    const { answers, ending } = shared
    socket.write(answers.write(lines, id, ending, message))
    if (socket.writableLength === 0) this.#left()
    else {
      answers.keep()
      socket.write('', 'latin1', this.#carrier.sent)
      endUnread(this)
    }
    return true
  }

  /** Most answers leave at once. A write that calls back costs Node a tick more
   * than one that does not. */
  #endPlain(chunk: string, encoding: BufferEncoding | undefined): void {
    const { socket, leavesAtOnce, sent } = this.#carrier
    const text = this.#head + chunk
    this.#head = ''
    if (!leavesAtOnce) socket.write(text, encoding, sent)
    else {
      socket.write(text, encoding)
      if (socket.writableLength > 0) socket.write('', encoding, sent)
      else this.#left()
    }
  }

  /** The kernel has it all; or the connection ends, which closes the response. */
  #left(): void {
    if (!this.#carrier.socket.errored) this.sent()
  }

  /** Its memory is held until it has left: what is written before it may leave
   * earlier. */
  #gather(bytes: Buffer): void {
    loanOf(bytes)?.hold()
    this.#gathered.push(bytes)
    this.#gatheredBytes += bytes.length
  }

  destroy(): this {
    this.#carrier.socket.destroy()
    return this
  }

  on(event: 'close' | 'drain', listener: () => void): this {
    if (event === 'drain') {
      this.#drains ??= []
      this.#drains.push(listener)
      this.#carrier.socket.on('drain', listener)
    } else if (!this.#onClose) this.#onClose = listener
    else {
      this.#closes ??= []
      this.#closes.push(listener)
    }
    return this
  }

  /** A request that waits for it is Node's to read. */
  writeContinue(): void {}

  /** The connection is gone, or the response has left. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    const { socket } = this.#carrier
    for (const one of this.#drains ?? []) socket.off('drain', one)
    this.#onClose?.()
    for (const listener of this.#closes ?? []) listener()
  }

  /** Node calls it, often without an error, for a connection that ended first:
   * that closes the response, but does not finish it. */
  sent(): void {
    if (this.destroyed) return
    this.writableFinished = true
    this.#carrier.done(this.#last)
    this.close()
  }

  /** Nothing is before what comes now, and nothing around it. */
  get #isPlain(): boolean {
    return !this.#chunked && this.#gathered.length === 0
  }

  /** Sends what was gathered, as one chunk where the body is chunked; the head
   * leaves with what comes first. */
  #flush(end: string, sent?: () => void): boolean {
    if (this.destroyed) return false
    const { socket } = this.#carrier
    const pieces = this.#gathered
    const size = lengthOf(pieces)
    const isChunk = this.#chunked && size > 0
    const before = this.#head + (isChunk ? `${size.toString(16)}\r\n` : '')
    const after = (isChunk ? '\r\n' : '') + end
    this.#head = ''
    this.#gathered = []
    this.#gatheredBytes = 0
    if (size === 0) {
      const text = before + after
      // An empty write would only call back.
      return text === '' && !sent ? true : socket.write(text, 'latin1', sent)
    }
    if (size > MAX_JOINED) return this.#sendPieces(before, pieces, after, sent)
    const whole = Buffer.allocUnsafe(before.length + size + after.length)
    let at = whole.write(before, 'latin1')
    for (const piece of pieces) at += piece.copy(whole, at)
    whole.write(after, at, 'latin1')
    // Never at once: the rest of their message may not have come yet.
    return socket.write(whole, whenLeft(pieces, sent))
  }

  #sendPieces(
    before: string,
    pieces: readonly Buffer[],
    after: string,
    sent?: () => void,
  ): boolean {
    const { socket } = this.#carrier
    const left = whenLeft(pieces, sent)
    socket.cork()
    if (before !== '') socket.write(before, 'latin1')
    const last = after === '' ? pieces.length - 1 : -1
    let isFree = true
    for (const [at, piece] of pieces.entries()) {
      isFree = socket.write(piece, at === last ? left : undefined)
    }
    if (after !== '') isFree = socket.write(after, 'latin1', left)
    socket.uncork()
    return isFree
  }
}

/** What is called when the pieces have left: their memory is not read any more. */
function whenLeft(
  pieces: readonly Buffer[],
  sent: (() => void) | undefined,
): (() => void) | undefined {
  if (!pieces.some(loanOf)) return sent
  return () => {
    releaseLoans(pieces)
    sent?.()
  }
}
