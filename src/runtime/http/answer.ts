// The answer to one client request: JSON, or a stream of events.
// In: messages for the client. Out: bytes on its response.
// INVARIANT: the first thing there is to send decides the form: a final
// message makes JSON, anything earlier or five silent seconds a stream.

import type { ServerResponse } from 'node:http'
import type { EventStream } from './event-stream.ts'
import {
  endUnread,
  type Headers,
  KEEP_ALIVE_MS,
  OPEN,
  SseConnection,
  STREAM_HEADERS,
  writeEvent,
} from './sse.ts'
import type { Streams } from './streams.ts'

export type { Headers }

export interface Answer {
  /** Told once when the client goes away before the answer is whole, and
   * cannot come back for it. */
  onGone: (() => void) | undefined
  /** Nothing more can be said. */
  readonly over: boolean
  /** Body bytes so far. */
  readonly bytes: number
  /** Whether the status line has left. */
  readonly begun: boolean
  /** Whether something can be sent ahead of the final message. */
  readonly open: boolean
  /** Opens the stream before there is anything to say, where there can be one. */
  openStream(now: number): void
  /** Ends the connection, where the client can come back for the rest. */
  closeForResume(): void
  /** Sends a message ahead of the final one; false where it cannot go. */
  send(message: Buffer, now: number): boolean
  /** Sends the final message and ends. */
  finish(status: number, message: Buffer, headers?: Headers): void
  /** Ends without a body, or ends the stream without a final message. */
  end(status: number, headers?: Headers): void
  /** Breaks the connection: what was promised cannot be kept. */
  cut(): void
  /** Keeps a silent exchange alive; called a few times a second. */
  tick(now: number): void
}

/** A stream whose client does not read gets no more unasked messages. */
const MAX_UNREAD = 256 * 1024

/** Up to here, head and body leave in one write. */
const MAX_JOINED = 16 * 1024

const SILENCE_MS = 5_000

const NONE: Headers = Object.freeze({})

/** An answer that has a response to itself. */
export class HttpAnswer implements Answer {
  readonly #response: ServerResponse
  readonly #streams: boolean
  readonly #headers: Headers
  #streaming = false
  #over = false
  #wroteAt: number
  #bytes = 0
  /** Of a legacy session: what a stream becomes part of. */
  sessionStreams: Streams | undefined
  /** The client would rather have a stream, also of one message. */
  prefersStream = false
  #kept: EventStream | undefined
  onGone: (() => void) | undefined

  /** `streams`: the client takes text/event-stream. `now` is monotonic. */
  constructor(
    response: ServerResponse,
    streams: boolean,
    headers: Headers,
    now: number,
  ) {
    this.#response = response
    this.#streams = streams
    this.#headers = headers
    this.#wroteAt = now
    response.on('close', () => {
      if (this.#kept) return
      const gone = !this.#over
      this.#over = true
      if (gone) this.onGone?.()
    })
  }

  get over(): boolean {
    return this.#over || this.#kept?.over === true
  }

  get bytes(): number {
    return this.#kept ? this.#kept.bytes : this.#bytes
  }

  get begun(): boolean {
    return this.#streaming
  }

  get open(): boolean {
    return this.#streams && !this.over
  }

  /** Opens the stream before there is anything to say. */
  openStream(now: number): void {
    if (this.#over || this.#streaming || !this.#streams) return
    this.#streaming = true
    this.#wroteAt = now
    if (this.sessionStreams) {
      this.#kept = this.sessionStreams.answer()
      this.#kept.attach(
        new SseConnection(this.#response, this.#headers, false),
        0,
      )
      return this.#kept.begin(now)
    }
    this.#response.writeHead(200, { ...this.#headers, ...STREAM_HEADERS })
    this.#write(OPEN)
  }

  closeForResume(): void {
    this.#kept?.closeForResume()
  }

  send(message: Buffer, now: number): boolean {
    if (!this.open) return false
    if (!this.#streaming) this.openStream(now)
    if (this.#kept) return this.#kept.send(message, now)
    if (this.#response.writableLength > MAX_UNREAD) return false
    this.#wroteAt = now
    this.#write(writeEvent(message))
    return true
  }

  /** Sends one of several final messages on the open stream. */
  deliver(message: Buffer): void {
    if (this.over) return
    if (this.#kept) this.#kept.deliver(message)
    else this.#write(writeEvent(message))
  }

  finish(status: number, message: Buffer, headers: Headers = NONE): void {
    if (this.over) return
    const plain = status === 200 && headers === NONE
    if (plain && this.prefersStream) this.openStream(this.#wroteAt)
    if (this.#streaming) {
      this.deliver(message)
      return this.end(status)
    }
    this.#over = true
    this.#bytes += message.length
    const flat = [
      'content-type',
      'application/json',
      'content-length',
      String(message.length),
      'cache-control',
      'no-store',
    ]
    for (const name in this.#headers)
      flat.push(name, this.#headers[name] as string)
    for (const name in headers) flat.push(name, headers[name] as string)
    this.#response.writeHead(status, flat)
    // Head and body in one write: Node joins them only when both are text.
    if (message.length > MAX_JOINED) {
      endUnread(this.#response)
      this.#response.end(message)
    } else this.#response.end(message.toString('latin1'), 'latin1')
  }

  end(status: number, headers: Headers = {}): void {
    if (this.over) return
    this.#over = true
    if (this.#kept) return this.#kept.end()
    if (!this.#streaming) {
      this.#response.writeHead(status, {
        ...this.#headers,
        ...headers,
        'content-length': 0,
      })
    }
    this.#response.end()
  }

  cut(): void {
    this.#over = true
    if (this.#kept) this.#kept.cut()
    else this.#response.destroy()
  }

  tick(now: number): void {
    if (this.over || !this.#streams) return
    if (this.#kept) return this.#kept.tick(now)
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
