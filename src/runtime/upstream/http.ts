// The Streamable HTTP transport, as a client of 2025-11-25 and older
// (docs/specification/2025-11-25/basic/transports.mdx).
// In: a URL and resolved headers. Out: a Transport.
// INVARIANT: redirects are never followed; nothing of the client's own request
// but the message reaches the server.

import type { Dispatcher, Pool } from 'undici'
import type { Failure } from './failure.ts'
import { EventFramer } from './frames.ts'
import type { Sent, Transport, TransportEvents } from './transport.ts'

export interface Endpoint {
  readonly pool: Pool
  /** Path and query of the server's URL. */
  readonly path: string
  /** From the config, secrets resolved. */
  readonly headers: Readonly<Record<string, string>>
}

type Headers = Record<string, string | string[] | undefined>

export class HttpTransport implements Transport {
  readonly #endpoint: Endpoint
  readonly #cap: number
  readonly #events: TransportEvents
  readonly #abandons = new Set<() => void>()
  #session: string | undefined
  #headers: Record<string, string>
  #over = false

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

  /** The GET stream: its end says that the server is gone, unless it never
   * offered one (405). */
  listen(): void {
    this.#dispatch('GET', null, (failure) => {
      if (failure.kind === 'ended') this.#close(failure)
    })
  }

  close(): Promise<void> {
    const ending = !this.#over && this.#session !== undefined
    this.#over = true
    for (const abandon of [...this.#abandons]) abandon()
    if (ending) this.#dispatch('DELETE', null, () => {})
    return Promise.resolve()
  }

  #close(failure: Failure): void {
    if (this.#over) return
    this.#over = true
    for (const abandon of [...this.#abandons]) abandon()
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
        this.#abandons.delete(abandon)
        if (failure) failed(failure)
      },
    })
    const abandon = () => reply.abandon()
    this.#abandons.add(abandon)
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
    return { abandon }
  }
}

interface ReplyEvents {
  message(bytes: Buffer): void
  begun(headers: Headers): void
  /** Without a failure: the reply came whole. */
  ended(failure: Failure | null): void
}

/** One HTTP reply, taken apart into messages. */
class Reply implements Dispatcher.DispatchHandler {
  readonly #cap: number
  readonly #events: ReplyEvents
  #controller: Dispatcher.DispatchController | undefined
  #failure: Failure | null = null
  #framer: EventFramer | undefined
  #chunks: Buffer[] | undefined
  #length = 0
  #over = false

  constructor(cap: number, events: ReplyEvents) {
    this.#cap = cap
    this.#events = events
  }

  abandon(): void {
    this.#end(null)
    this.#controller?.abort(new Error('abandoned'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(new Error('abandoned'))
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Headers,
  ): void {
    const type = String(headers['content-type'] ?? '')
      .split(';')[0]
      ?.trim()
    if (status === 202 || status === 204) return
    if (status < 200 || status > 299) {
      this.#failure = judgeStatus(status)
      // An error may still carry a JSON-RPC answer; it is relayed then. A 404
      // always means that the session is gone.
      if (type === 'application/json' && status < 500 && status !== 404) {
        this.#chunks = []
      }
      return
    }
    this.#events.begun(headers)
    if (headers['content-encoding'] !== undefined) {
      this.#failure = { kind: 'garbage', detail: 'an encoded body' }
    } else if (type === 'text/event-stream') {
      this.#framer = new EventFramer(this.#cap, ({ type: event, data }) => {
        if (event === 'message') this.#events.message(data)
      })
    } else if (type === 'application/json') {
      this.#chunks = []
    } else {
      this.#failure = { kind: 'garbage', detail: `a body of type ${type}` }
    }
  }

  onResponseData(
    controller: Dispatcher.DispatchController,
    chunk: Buffer,
  ): void {
    this.#length += chunk.length
    const fits = this.#framer
      ? this.#framer.feed(chunk)
      : this.#length <= this.#cap
    if (!fits) {
      this.#end({ kind: 'garbage', detail: 'an answer outgrew caps.message' })
      controller.abort(new Error('too long'))
      return
    }
    this.#chunks?.push(chunk)
  }

  onResponseEnd(): void {
    const body = this.#chunks ? Buffer.concat(this.#chunks) : undefined
    if (body && !this.#over && (!this.#failure || isAnswer(body))) {
      this.#events.message(body)
    }
    // A message that answered the call has settled it: what is told now is
    // heard only by a call that is still waiting.
    const detail = 'the reply ended without an answer'
    this.#end(this.#failure ?? { kind: 'ended', detail })
  }

  onResponseError(
    _controller: Dispatcher.DispatchController,
    error: Error & { code?: string },
  ): void {
    const begun = this.#framer ?? this.#chunks
    this.#end({
      kind: begun || error.code === 'UND_ERR_SOCKET' ? 'ended' : 'unreachable',
      detail: error.code ?? error.message,
    })
  }

  #end(failure: Failure | null): void {
    if (this.#over) return
    this.#over = true
    this.#events.ended(failure)
  }
}

function judgeStatus(status: number): Failure {
  const detail = `HTTP ${status}`
  if (status === 404) return { kind: 'session', detail }
  if (status === 401 || status === 403) return { kind: 'refused', detail }
  return { kind: 'garbage', detail }
}

/** A JSON-RPC answer in the body of an error status names a request. */
function isAnswer(body: Buffer): boolean {
  try {
    const value = JSON.parse(body.toString()) as Record<string, unknown> | null
    return value?.jsonrpc === '2.0' && (value.id ?? null) !== null
  } catch {
    return false
  }
}
