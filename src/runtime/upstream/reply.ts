// One HTTP reply of an upstream server, taken apart into messages.
// In: what undici tells of the reply. Out: messages, then how it ended.
// INVARIANT: a redirect, HTML or an unknown status is a failure, never an
// answer; an encoded or overlong body is not read.

import type { Dispatcher } from 'undici'
import type { Failure } from './failure.ts'
import { EventFramer } from './frames.ts'

type Headers = Record<string, string | string[] | undefined>

export interface ReplyEvents {
  message(bytes: Buffer): void
  begun(headers: Headers): void
  /** Without a failure: the reply came whole. */
  ended(failure: Failure | null): void
}

export class Reply implements Dispatcher.DispatchHandler {
  slot = -1
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
