// What a server asks, before anybody else hears of it.
// In: its requests. Out: replies of the gateway's own, or that it may be asked.
// INVARIANT: asking without end is not answered without end; what no client
// could be asked is refused here.

import type { Message } from '../edge/message.ts'
import { writeNoMethod, writePong } from '../edge/question.ts'

/** Replies within a span of time. */
const MOST = 32
const SPAN_MS = 1_000

/** Requests of servers to clients (2025-11-25, client features). */
const ASKABLE = new Set([
  'elicitation/create',
  'sampling/createMessage',
  'roots/list',
])

export class Questions {
  #recent = 0

  /** `ask`: a client's to answer. Undefined: too many, none is answered. */
  answer(message: Message): Buffer | 'ask' | undefined {
    const { id, method } = message
    if (!id || this.#recent >= MOST) return undefined
    this.#recent++
    setTimeout(() => this.#recent--, SPAN_MS).unref()
    if (ASKABLE.has(method)) return 'ask'
    return method === 'ping' ? writePong(message) : writeNoMethod(message)
  }
}
