// Bounds the requests that a server may send, and answers those that no client
// could.
// INVARIANT: requests beyond the bounds get no reply.

import type { Message } from '../message/message.ts'
import { writeNoMethod, writePong } from '../message/server-requests.ts'

/** Most own replies, and most relayed requests, in one span. */
const MAX = 32
const MAX_RELAYED = 256
const SPAN_MS = 1_000

/** Requests of servers to clients (2025-11-25, client features). */
const ASKABLE = new Set([
  'elicitation/create',
  'sampling/createMessage',
  'roots/list',
])

export class RequestBounds {
  #recent = 0
  #relayed = 0
  #timer: NodeJS.Timeout | undefined

  /** The reply; 'ask' if a client must answer; undefined if there are too many. */
  answer(message: Message): Buffer | 'ask' | undefined {
    const { id, method } = message
    const isRelayed = ASKABLE.has(method)
    const most = isRelayed ? MAX_RELAYED : MAX
    if (!id || (isRelayed ? ++this.#relayed : ++this.#recent) > most)
      return undefined
    this.#timer ??= setTimeout(() => this.#begin(), SPAN_MS).unref()
    if (isRelayed) return 'ask'
    return method === 'ping' ? writePong(message) : writeNoMethod(message)
  }

  /** Begins the next span. */
  #begin(): void {
    this.#timer = undefined
    this.#recent = 0
    this.#relayed = 0
  }
}
