// The answer to one client request: JSON, or a stream of events.
// In: messages for the client. Out: bytes on its response.
// INVARIANT: the first thing there is to send decides the form: a final
// message makes JSON, anything earlier or five silent seconds a stream.

import type { ServerResponse } from 'node:http'

export type Headers = Readonly<Record<string, string>>

/** A stream whose client does not read gets no more unasked messages. */
const MOST_UNREAD = 256 * 1024

/** Up to here, head and body leave in one write. */
const MOST_JOINED = 16 * 1024

const UNREAD_MS = 60_000

const SILENCE_MS = 5_000
const KEEP_ALIVE_MS = 15_000

const STREAM_HEADERS: Headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

export class Answer {
  readonly #response: ServerResponse
  readonly #streams: boolean
  readonly #headers: Headers
  #streaming = false
  #over = false
  #wroteAt: number
  #bytes = 0
  /** Told once when the client goes away before the answer is whole. */
  onGone: (() => void) | undefined
  /** Told once when the connection has done with this answer. */
  onClosed: (() => void) | undefined

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
      const gone = !this.#over
      this.#over = true
      if (gone) this.onGone?.()
      this.onClosed?.()
    })
  }

  get over(): boolean {
    return this.#over
  }

  /** Body bytes handed to the connection. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether the status line has left. */
  get begun(): boolean {
    return this.#streaming
  }

  /** Opens the stream before there is anything to say. */
  openStream(now: number): void {
    if (this.#over || this.#streaming) return
    this.#streaming = true
    this.#wroteAt = now
    this.#response.writeHead(200, { ...this.#headers, ...STREAM_HEADERS })
    this.#write(': open\n\n')
  }

  /** Sends a message ahead of the final one; dropped where it cannot go. */
  send(message: Buffer, now: number): void {
    if (this.#over || !this.#streams) return
    if (!this.#streaming) this.openStream(now)
    if (this.#response.writableLength > MOST_UNREAD) return
    this.#wroteAt = now
    this.#write(frame(message))
  }

  /** Sends the final message and ends. */
  finish(status: number, message: Buffer, headers: Headers = {}): void {
    if (this.#over) return
    this.#over = true
    if (this.#streaming) {
      const event = frame(message)
      this.#bytes += event.length
      this.#response.end(event)
      return
    }
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
    if (message.length > MOST_JOINED) {
      // A client that takes nothing of it for a minute is gone.
      this.#response.socket?.setTimeout(UNREAD_MS)
      this.#response.end(message)
    } else this.#response.end(message.toString('latin1'), 'latin1')
  }

  /** Ends without a body, or ends the stream without a final message. */
  end(status: number, headers: Headers = {}): void {
    if (this.#over) return
    this.#over = true
    if (!this.#streaming) {
      this.#response.writeHead(status, {
        ...this.#headers,
        ...headers,
        'content-length': 0,
      })
    }
    this.#response.end()
  }

  /** Breaks the connection: what was promised cannot be kept. */
  cut(): void {
    this.#over = true
    this.#response.destroy()
  }

  /** Keeps a silent exchange alive; called a few times a second. */
  tick(now: number): void {
    if (this.#over || !this.#streams) return
    const silent = now - this.#wroteAt
    if (!this.#streaming) {
      if (silent >= SILENCE_MS) this.openStream(now)
    } else if (silent >= KEEP_ALIVE_MS) {
      this.#wroteAt = now
      this.#write(': alive\n\n')
    }
  }

  #write(chunk: string | Buffer): void {
    this.#bytes += Buffer.byteLength(chunk)
    this.#response.write(chunk)
  }
}

const HEAD = Buffer.from('event: message\ndata: ')
const FOOT = Buffer.from('\n\n')

/** One event; each line of the message gets its field name, and a client
 * joins them again to the same JSON. */
function frame(message: Buffer): Buffer {
  if (!message.includes(0x0a) && !message.includes(0x0d)) {
    return Buffer.concat([HEAD, message, FOOT])
  }
  const lines = message.toString().split(/\r\n|\r|\n/)
  return Buffer.from(`event: message\ndata: ${lines.join('\ndata: ')}\n\n`)
}
