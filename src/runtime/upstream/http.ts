// The Streamable HTTP transport, as a client of 2025-11-25 and older.
// In: a URL and resolved headers. Out: a Transport.
// INVARIANT: redirects are never followed; nothing of the client's own request
// but the message reaches the server.

import type { Pool } from 'undici'
import { Flights } from '../flights.ts'
import type { Failure } from './failure.ts'
import { Reply } from './reply.ts'
import type { Sent, Transport, TransportEvents } from './transport.ts'

export interface Endpoint {
  readonly pool: Pool
  /** Path and query of the server's URL. */
  readonly path: string
  /** From the config, secrets resolved. */
  readonly headers: Readonly<Record<string, string>>
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

/** A stream that lived this long was not refused, only ended. */
const STEADY_MS = 60_000

export class HttpTransport implements Transport {
  readonly #endpoint: Endpoint
  readonly #cap: number
  readonly #events: TransportEvents
  readonly #replies = new Flights<Reply>()
  #session: string | undefined
  #headers: Record<string, string>
  #over = false
  #pause = FIRST_PAUSE_MS / 2
  #relisten: NodeJS.Timeout | undefined

  constructor(endpoint: Endpoint, cap: number, events: TransportEvents) {
    this.#endpoint = endpoint
    this.#cap = cap
    this.#events = events
    this.#headers = {
      ...endpoint.headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
  }

  send(bytes: Buffer, failed: (failure: Failure) => void): Sent {
    return this.#dispatch('POST', bytes, failed)
  }

  opened(version: string): void {
    this.#headers = { ...this.#headers, 'mcp-protocol-version': version }
  }

  /** The GET stream. Servers may end it at any time, so it is opened again;
   * that this fails says that the server is gone. One that offers no such
   * stream (405) is left in peace. */
  listen(): void {
    const begun = performance.now()
    this.#dispatch('GET', null, (failure) => {
      if (this.#over) return
      if (failure.kind === 'unreachable' || failure.kind === 'session') {
        return this.#close(failure)
      }
      if (failure.kind !== 'ended') return
      const lived = performance.now() - begun
      this.#pause = lived > STEADY_MS ? FIRST_PAUSE_MS : this.#pause * 2
      this.#relisten = setTimeout(
        () => this.listen(),
        Math.min(this.#pause, LONGEST_PAUSE_MS),
      )
    })
  }

  close(): Promise<void> {
    const ending = !this.#over && this.#session !== undefined
    this.#over = true
    clearTimeout(this.#relisten)
    for (const reply of [...this.#replies]) reply.abandon()
    if (ending) this.#dispatch('DELETE', null, () => {})
    return Promise.resolve()
  }

  #close(failure: Failure): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#relisten)
    for (const reply of [...this.#replies]) reply.abandon()
    this.#events.closed(failure)
  }

  #dispatch(
    method: 'POST' | 'GET' | 'DELETE',
    body: Buffer | null,
    failed: (failure: Failure) => void,
  ): Sent {
    const reply = new Reply(this.#cap, {
      message: (bytes) => {
        if (!this.#over) this.#events.message(bytes)
      },
      begun: (headers) => {
        const session = headers['mcp-session-id']
        if (typeof session !== 'string' || this.#session) return
        this.#session = session
        this.#headers = { ...this.#headers, 'mcp-session-id': session }
      },
      ended: (failure) => {
        this.#replies.delete(reply)
        if (failure) failed(failure)
      },
    })
    this.#replies.add(reply)
    this.#endpoint.pool.dispatch(
      {
        method,
        path: this.#endpoint.path,
        headers: this.#headers,
        body,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      reply,
    )
    return reply
  }
}
