// One connection of a stream of events.
// In: a response of Node's. Out: the bytes of events on it.
// INVARIANT: nothing is written before the head, or while the client lets too
// much lie.

import type { ServerResponse } from 'node:http'
import { endUnread, type Headers, STREAM_HEADERS } from './sse.ts'

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
