// Writes server-sent events, and a connection that carries them.
// INVARIANT: the joined data lines of an event are the JSON that was written;
// nothing is written before the head or while too much is unsent.

import { type Bytes, join, LONG, lengthOf } from '../base/pieces.ts'
import type { HttpResponse } from './request-response.ts'

export type Headers = Readonly<Record<string, string>>

export const STREAM_HEADERS: Headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

/** A client that reads nothing of its answer for a minute is gone. */
const UNREAD_MS = 60_000

export const KEEP_ALIVE_MS = 15_000

/** How long a client waits before it reconnects. */
const RETRY_MS = 1_000

/** Begins a stream without an event. */
export const OPEN = ': open\n\n'

/** An event without data that gives the client an id to come back with. */
export function writePriming(id: string): string {
  return `id: ${id}\nretry: ${RETRY_MS}\ndata:\n\n`
}

const NAMED = 'event: message\ndata: '

/** One event, with its id where it has one; each line of the message gets its
 * field name. */
export function writeEvent(message: Buffer, id?: string): Buffer {
  const head = `${id === undefined ? '' : `id: ${id}\n`}${NAMED}`
  if (hasBreak(message)) {
    const lines = message.toString().split(/\r\n|\r|\n/)
    return Buffer.from(`${head}${lines.join('\ndata: ')}\n\n`)
  }
  const length = head.length + message.length
  // An event with an id is kept, and must not keep a whole slab of the pool.
  const event =
    id === undefined
      ? Buffer.allocUnsafe(length + 2)
      : Buffer.allocUnsafeSlow(length + 2)
  event.write(head, 'latin1')
  message.copy(event, head.length)
  event.write('\n\n', length, 'latin1')
  return event
}

/** As `writeEvent`, without a copy of a long message. */
export function writeEventPieces(message: Bytes): readonly Buffer[] {
  const pieces = Buffer.isBuffer(message) ? [message] : message
  if (lengthOf(message) < LONG || pieces.some(hasBreak)) {
    return [writeEvent(join(message))]
  }
  return [Buffer.from(NAMED), ...pieces, Buffer.from('\n\n')]
}

function hasBreak(bytes: Buffer): boolean {
  return bytes.includes(0x0a) || bytes.includes(0x0d)
}

/** Reads the message of such an event. */
export function readEvent(event: Buffer): Buffer {
  const lines = event.toString().split('\n')
  const data = lines.filter((line) => line.startsWith('data: '))
  return Buffer.from(data.map((line) => line.slice(6)).join('\n'))
}

export function endUnread({ socket }: HttpResponse): void {
  socket?.setTimeout(UNREAD_MS)
}

/** Most unsent bytes of a client that does not read. */
const MAX_UNREAD = 256 * 1024

/** The kernel takes this much in one write. */
const LITTLE = 16 * 1024

export class SseConnection {
  readonly response: HttpResponse
  /** It is a GET and counts as an open stream of its token. */
  readonly counted: boolean
  /** Body bytes handed to the connection. */
  bytes = 0
  /** Number of the last event that was sent. */
  sent = 0
  begun = false
  wroteAt = 0
  readonly #headers: Headers

  constructor(response: HttpResponse, headers: Headers, counted: boolean) {
    this.response = response
    this.counted = counted
    this.#headers = headers
  }

  /** Whether it takes more; if not, `drain` is emitted when it does. */
  get writable(): boolean {
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

  /** Ends it if its client reads nothing for long. */
  limit(): void {
    if (this.response.writableLength > LITTLE) endUnread(this.response)
  }

  end(): void {
    if (this.response.writableEnded) return
    this.limit()
    this.response.end()
  }

  /** Whether everything that was written was sent. */
  get delivered(): boolean {
    return this.response.writableFinished
  }
}
