// Server-sent events as bytes, and a connection that carries them.
// In: JSON-RPC messages, a response of Node's. Out: text/event-stream on it.
// INVARIANT: a client that joins the data lines of an event gets the JSON that
// went in; nothing is written before the head, or while too much is unsent.

import type { ServerResponse } from 'node:http'

export type Headers = Readonly<Record<string, string>>

export const STREAM_HEADERS: Headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

/** A client that takes nothing of a whole answer for a minute is gone. */
const UNREAD_MS = 60_000

export const KEEP_ALIVE_MS = 15_000

/** How long a client that lost its connection waits before it is back. */
const RETRY_MS = 1_000

/** Begins a stream without an event. */
export const OPEN = ': open\n\n'

/** An id, so that a client can come back before it was told anything. */
export function writePriming(id: string): string {
  return `id: ${id}\nretry: ${RETRY_MS}\ndata:\n\n`
}

/** One event, with its id where it has one; each line of the message gets its
 * field name. */
export function writeEvent(message: Buffer, id?: string): Buffer {
  const head = `${id === undefined ? '' : `id: ${id}\n`}event: message\ndata: `
  if (message.includes(0x0a) || message.includes(0x0d)) {
    const lines = message.toString().split(/\r\n|\r|\n/)
    return Buffer.from(`${head}${lines.join('\ndata: ')}\n\n`)
  }
  const length = head.length + message.length
  // Not from the pool: of an event that is kept, nothing else should be.
  const event = Buffer.allocUnsafeSlow(length + 2)
  event.write(head, 'latin1')
  message.copy(event, head.length)
  event.write('\n\n', length, 'latin1')
  return event
}

/** The message of such an event. */
export function readEvent(event: Buffer): Buffer {
  const lines = event.toString().split('\n')
  const data = lines.filter((line) => line.startsWith('data: '))
  return Buffer.from(data.map((line) => line.slice(6)).join('\n'))
}

export function endUnread({ socket }: ServerResponse): void {
  socket?.setTimeout(UNREAD_MS)
}

/** A client that does not read is written no more. */
const MAX_UNREAD = 256 * 1024

/** Up to here, one write to the kernel takes it. */
const LITTLE = 16 * 1024

export class SseConnection {
  readonly response: ServerResponse
  /** A GET of its own, which counts as an open stream of its token. */
  readonly counted: boolean
  /** Body bytes handed to the connection. */
  bytes = 0
  /** Number of the last event that left. */
  sent = 0
  begun = false
  wroteAt = 0
  readonly #headers: Headers

  constructor(response: ServerResponse, headers: Headers, counted: boolean) {
    this.response = response
    this.counted = counted
    this.#headers = headers
  }

  /** Whether it takes more now; if not, `drain` tells when it does. */
  get willing(): boolean {
    return this.begun && this.response.writableLength <= MAX_UNREAD
  }

  begin(first: string, now: number): void {
    this.begun = true
    this.wroteAt = now
    this.response.writeHead(200, { ...this.#headers, ...STREAM_HEADERS })
    this.write(first)
  }

  write(chunk: string | Buffer): void {
    this.bytes += chunk.length
    this.response.write(chunk)
  }

  /** Ends it should its client take nothing for long. */
  limit(): void {
    if (this.response.writableLength > LITTLE) endUnread(this.response)
  }

  end(): void {
    if (this.response.writableEnded) return
    this.limit()
    this.response.end()
  }

  /** Whether all that was written has left. */
  get delivered(): boolean {
    return this.response.writableFinished
  }
}
