// The response to a request that we have read ourselves.
// In: what the stages write. Out: HTTP/1.1, head and body in one write.
// INVARIANT: a body has a length or is chunked; nothing is written after its end;
// `close` is emitted once: after the last byte, or with the connection.

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Bytes } from '../base/pieces.ts'
import type { HttpResponse } from './request-response.ts'
import { endUnread } from './sse.ts'

/** Up to here, text and bytes are joined for one write. */
const MAX_JOINED = 64 * 1024

/** What a response needs of its connection. */
export interface Carrier {
  readonly socket: Socket
  readonly dateLine: string
  readonly keepAliveLines: string
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
  #isGathering = false
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
    return this.#closed ? 0 : this.#carrier.socket.writableLength
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
    const framing = isFramed ? '' : 'Transfer-Encoding: chunked\r\n'
    const { dateLine, keepAliveLines } = this.#carrier
    const kept = this.#last ? '' : keepAliveLines
    this.#head = `${head}${dateLine}${kept}${framing}\r\n`
    this.headersSent = true
    return this
  }

  writeLines(status: number, lines: string): void {
    const reason = STATUS_CODES[status] ?? 'unknown'
    const { dateLine, keepAliveLines } = this.#carrier
    this.#head = `HTTP/1.1 ${status} ${reason}\r\n${lines}${dateLine}${keepAliveLines}\r\n`
    this.headersSent = true
  }

  cork(): void {
    this.#carrier.socket.cork()
  }

  uncork(): void {
    this.#carrier.socket.uncork()
  }

  /** What is written in one turn leaves together: events come several at once. */
  write(chunk: string | Buffer): boolean {
    if (this.writableEnded || this.destroyed) return false
    if (!this.#isGathering) {
      this.#isGathering = true
      this.cork()
      process.nextTick(() => {
        this.#isGathering = false
        this.uncork()
      })
    }
    return this.#send(this.#frame(chunk, ''))
  }

  end(chunk?: string | Buffer, encoding?: BufferEncoding): this {
    if (this.writableEnded || this.destroyed) return this
    this.writableEnded = true
    if (!this.#chunked && typeof chunk === 'string') {
      const head = this.#head
      this.#head = ''
      const { socket, sent } = this.#carrier
      socket.write(head + chunk, encoding, sent)
    } else {
      const end = this.#chunked ? '0\r\n\r\n' : ''
      const body = chunk === undefined ? end : this.#frame(chunk, end)
      this.#send(body, this.#carrier.sent)
    }
    // A short one too, behind others that its client does not read.
    if (this.writableLength > 0) endUnread(this)
    return this
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

  #frame(chunk: string | Buffer, end: string): string | Bytes {
    if (!this.#chunked) return chunk
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    // An empty chunk would be the end.
    if (bytes.length === 0) return end
    const size = Buffer.from(`${bytes.length.toString(16)}\r\n`, 'latin1')
    const pieces = [size, bytes, Buffer.from(`\r\n${end}`, 'latin1')]
    return bytes.length > MAX_JOINED ? pieces : Buffer.concat(pieces)
  }

  /** The head leaves with what comes first. */
  #send(body: string | Bytes, sent?: () => void): boolean {
    const { socket } = this.#carrier
    const head = this.#head
    this.#head = ''
    if (typeof body === 'string') return socket.write(head + body, sent)
    if (!Buffer.isBuffer(body)) return this.#sendPieces(head, body, sent)
    if (head === '') return socket.write(body, sent)
    if (body.length > MAX_JOINED) return this.#sendPieces(head, [body], sent)
    const whole = Buffer.allocUnsafe(head.length + body.length)
    whole.write(head, 'latin1')
    body.copy(whole, head.length)
    return socket.write(whole, sent)
  }
  #sendPieces(
    head: string,
    pieces: readonly Buffer[],
    sent?: () => void,
  ): boolean {
    const { socket } = this.#carrier
    socket.cork()
    if (head !== '') socket.write(head, 'latin1')
    let isFree = true
    for (const [at, piece] of pieces.entries()) {
      isFree = socket.write(piece, at === pieces.length - 1 ? sent : undefined)
    }
    socket.uncork()
    return isFree
  }
}
