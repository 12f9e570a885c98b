// Bounds the requests that a server may send, and answers those that no client
// could.
// INVARIANT: requests beyond the bounds get no reply.

import type { Message } from '../message/message.ts'
import { writeNoMethod, writePong } from '../message/server-requests.ts'

/** Replies of the gateway's own, and questions passed on, in a span of time. */
const MAX = 32
const MAX_ASKED = 256
const SPAN_MS = 1_000

/** Requests of servers to clients (2025-11-25, client features). */
const ASKABLE = new Set([
  'elicitation/create',
  'sampling/createMessage',
  'roots/list',
])

export class Questions {
  #recent = 0
  #asked = 0
  #timer: NodeJS.Timeout | undefined

  /** `ask`: a client's to answer. Undefined: too many, none is answered. */
  answer(message: Message): Buffer | 'ask' | undefined {
    const { id, method } = message
    const asks = ASKABLE.has(method)
    const most = asks ? MAX_ASKED : MAX
    if (!id || (asks ? ++this.#asked : ++this.#recent) > most) return undefined
    this.#timer ??= setTimeout(() => this.#begin(), SPAN_MS).unref()
    if (asks) return 'ask'
    return method === 'ping' ? writePong(message) : writeNoMethod(message)
  }

  /** The next span. */
  #begin(): void {
    this.#timer = undefined
    this.#recent = 0
    this.#asked = 0
  }
}
