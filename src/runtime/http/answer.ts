// The answer to one client request: JSON, or a stream of events.
// INVARIANT: the first bytes decide the form: a final message alone is JSON; an
// earlier message or five seconds of silence start a stream.

import { type Bytes, join, lengthOf } from '../base/pieces.ts'
import type { EventStream } from './event-stream.ts'
import type { HttpResponse } from './request-response.ts'
import {
  endUnread,
  type Headers,
  KEEP_ALIVE_MS,
  OPEN,
  SseConnection,
  STREAM_HEADERS,
  writeEvent,
  writeEventPieces,
} from './sse.ts'
import type { Streams } from './streams.ts'

export type { Headers }

export interface Answer {
  /** Called once if the client goes away before its answer and cannot come back
   * for it. */
  onGone: (() => void) | undefined
  /** The answer has ended. */
  readonly over: boolean
  /** Body bytes sent so far. */
  readonly bytes: number
  /** Whether the status line was sent. */
  readonly begun: boolean
  /** Whether a message can be sent before the final one. */
  readonly open: boolean
  /** Opens the stream before there is a message, if a stream is possible. */
  openStream(now: number): void
  /** Ends the connection if the client can come back for the rest. */
  closeForResume(): void
  /** Sends a message before the final one; false if that is not possible. */
  send(message: Buffer, now: number): boolean
  /** Sends the final message and ends. */
  finish(status: number, message: Bytes, headers?: Headers): void
  /** Ends without a body, or ends the stream without a final message. */
  end(status: number, headers?: Headers): void
  /** Breaks the connection, where an answer has begun that cannot be completed. */
  cut(): void
  /** Sends a comment when nothing was sent for long. Called a few times a
   * second. */
  tick(now: number): void
}

/** Most unsent bytes of a stream that takes more notifications. */
const MAX_UNREAD = 256 * 1024

/** Up to this size, head and body are sent in one write. */
const MAX_JOINED = 16 * 1024

const SILENCE_MS = 5_000

const JSON_HEADERS: Headers = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
}

const JSON_LINES = writeLines(JSON_HEADERS)
const STREAM_LINES = writeLines(STREAM_HEADERS)

function writeLines(headers: Headers): string {
  let lines = ''
  for (const name in headers) lines += `${name}: ${headers[name]}\r\n`
  return lines
}

export const NO_HEADERS: Headers = Object.freeze({})

/** An answer with its own HTTP response. */
export class HttpAnswer implements Answer {
  readonly #response: HttpResponse
  readonly #streams: boolean
  readonly #headers: Headers
  #streaming = false
  #over = false
  #wroteAt: number
  #bytes = 0
  /** The streams of a legacy session, of which this answer's stream becomes
   * one. */
  sessionStreams: Streams | undefined
  /** The client prefers a stream, even for one message. */
  prefersStream = false
  #eventStream: EventStream | undefined
  onGone: (() => void) | undefined
  /** Sent in a header behind the others. */
  requestId: string | undefined

  /** `streams`: the client accepts text/event-stream. `now` is monotonic. */
  constructor(
    response: HttpResponse,
    streams: boolean,
    headers: Headers,
    now: number,
  ) {
    this.#response = response
    this.#streams = streams
    this.#headers = headers
    this.#wroteAt = now
    response.on('close', () => {
      if (this.#eventStream) return
      const gone = !this.#over
      this.#over = true
      if (gone) this.onGone?.()
    })
  }

  get over(): boolean {
    return this.#over || this.#eventStream?.over === true
  }

  get bytes(): number {
    return this.#eventStream ? this.#eventStream.bytes : this.#bytes
  }

  get begun(): boolean {
    return this.#streaming
  }

  get open(): boolean {
    return this.#streams && !this.over
  }

  openStream(now: number): void {
    if (this.#over || this.#streaming || !this.#streams) return
    this.#streaming = true
    this.#wroteAt = now
    if (this.sessionStreams) {
      this.#eventStream = this.sessionStreams.answer()
      this.#eventStream.attach(
        new SseConnection(this.#response, this.#listHeaders(), false),
        0,
      )
      return this.#eventStream.begin(now)
    }
    this.#writeStreamHead()
    this.#write(OPEN)
  }

  closeForResume(): void {
    this.#eventStream?.closeForResume()
  }

  send(message: Buffer, now: number): boolean {
    if (!this.open) return false
    if (!this.#streaming) this.openStream(now)
    if (this.#eventStream) return this.#eventStream.send(message, now)
    if (this.#response.writableLength > MAX_UNREAD) return false
    this.#wroteAt = now
    this.#write(writeEvent(message))
    return true
  }

  /** Sends one of several final messages on the open stream. */
  deliver(message: Bytes): void {
    if (this.over) return
    if (this.#eventStream) return this.#eventStream.deliver(join(message))
    for (const piece of writeEventPieces(message)) this.#write(piece)
  }

  finish(status: number, message: Bytes, headers: Headers = NO_HEADERS): void {
    if (this.over) return
    const plain = status === 200 && headers === NO_HEADERS
    if (plain && this.prefersStream) this.openStream(this.#wroteAt)
    if (this.#streaming) {
      this.deliver(message)
      return this.end(status)
    }
    this.#over = true
    const length = lengthOf(message)
    this.#bytes += length
    if (plain && this.#endAtOnce(message)) return
    this.#writeHead(status, length, headers)
    // Node joins head and body in one write only if both are text.
    if (length > MAX_JOINED) this.#endLong(message)
    else this.#response.end(join(message).toString('latin1'), 'latin1')
  }

  /** Most answers: a message whose head has nothing else of its own. */
  #endAtOnce(message: Bytes): boolean {
    const id = this.requestId
    if (id === undefined || this.#headers !== NO_HEADERS) return false
    if (!Buffer.isBuffer(message)) return false
    return this.#response.endMessage?.(JSON_LINES, id, message) === true
  }

  #listHeaders(): Headers {
    const { requestId } = this
    if (requestId === undefined) return this.#headers
    return { ...this.#headers, 'x-request-id': requestId }
  }

  #writeHead(status: number, length: number, headers: Headers): void {
    const response = this.#response
    const given = this.#listHeaders()
    // `writeLines` keeps the connection.
    if (!response.writeLines || given.connection !== undefined) {
      const whole = { ...JSON_HEADERS, ...given, ...headers }
      response.writeHead(status, { ...whole, 'content-length': length })
      return
    }
    const lines = `${JSON_LINES}content-length: ${length}\r\n`
    const own = writeLines(given)
    response.writeLines(status, lines + own + writeLines(headers))
  }

  #writeStreamHead(): void {
    const response = this.#response
    const headers = this.#listHeaders()
    if (response.writeLines && headers.connection === undefined) {
      response.writeLines(200, STREAM_LINES + writeLines(headers), true)
    } else response.writeHead(200, { ...headers, ...STREAM_HEADERS })
  }

  #endLong(message: Bytes): void {
    const response = this.#response
    endUnread(response)
    if (Buffer.isBuffer(message)) return void response.end(message)
    response.cork?.()
    const last = message.length - 1
    for (let at = 0; at < last; at++) response.write(message[at] as Buffer)
    response.end(message[last])
    response.uncork?.()
  }

  end(status: number, headers: Headers = {}): void {
    if (this.over) return
    this.#over = true
    if (this.#eventStream) return this.#eventStream.end()
    if (!this.#streaming) {
      this.#response.writeHead(status, {
        ...this.#listHeaders(),
        ...headers,
        'content-length': 0,
      })
    }
    this.#response.end()
  }

  cut(): void {
    this.#over = true
    if (this.#eventStream) this.#eventStream.cut()
    else this.#response.destroy()
  }

  tick(now: number): void {
    if (this.over || !this.#streams) return
    if (this.#eventStream) return void this.#eventStream.tick(now)
    const silent = now - this.#wroteAt
    if (!this.#streaming) {
      if (silent >= SILENCE_MS) this.openStream(now)
    } else if (silent >= KEEP_ALIVE_MS) {
      this.#wroteAt = now
      this.#write(': alive\n\n')
    }
  }

  #write(chunk: string | Buffer): void {
    this.#bytes += chunk.length
    this.#response.write(chunk)
  }
}
