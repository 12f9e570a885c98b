// What a server says unasked, in either era: a stream of its own, and the
// resources that it is asked to tell of.
// In: a session. Out: its notices, for as long as the session lives.
// INVARIANT: one stream at a time; asked for again, ever more patiently.

import { writeNoMethod } from '../edge/question.ts'
import { writeOwn } from './dialect.ts'
import type { Session } from './session.ts'
import type { SessionOptions } from './session-options.ts'
import type { Transport } from './transport.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

export class Hearing {
  readonly #session: Session
  readonly #transport: Transport
  readonly #options: SessionOptions
  readonly #uris = new Set<string>()
  #listening = false
  #pause = FIRST_PAUSE_MS
  #id = 0

  constructor(session: Session, transport: Transport, options: SessionOptions) {
    this.#session = session
    this.#transport = transport
    this.#options = options
  }

  /** The calls under way that are only its own. */
  get calls(): number {
    return this.#id === 0 ? 0 : 1
  }

  listen(): void {
    if (this.#listening) return
    this.#listening = true
    if (this.#session.era === 'legacy') this.#transport.listen()
    else this.#ask()
  }

  subscribe(uri: string): void {
    this.#uris.add(uri)
    this.#tell('resources/subscribe', uri)
  }

  unsubscribe(uri: string): void {
    if (this.#uris.delete(uri)) this.#tell('resources/unsubscribe', uri)
  }

  #tell(method: string, uri: string): void {
    if (this.#session.era === 'legacy') {
      this.#session.request(method, { uri }).catch(() => {})
      return this.listen()
    }
    // The filter is part of the question: it is asked anew.
    const before = this.#id
    this.#listening = true
    this.#ask()
    if (before !== 0) this.#session.cancel(before, 'asked anew')
  }

  /** subscriptions/listen: a request that is never done (2026-07-28). */
  #ask(): void {
    const { declared, notified } = this.#options
    const notifications = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: [...this.#uris],
    }
    const request = {
      method: 'subscriptions/listen',
      params: { notifications },
    }
    const again = () => {
      if (call.id !== this.#id) return
      this.#id = 0
      if (this.#session.over) return
      setTimeout(() => this.#ask(), this.#pause).unref()
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS)
    }
    const call = {
      id: 0,
      write: (id: number) => writeOwn(id, request, 'modern', declared),
      answer: again,
      failed: again,
      progress() {},
      asked: (
        message: Parameters<typeof writeNoMethod>[0],
        reply: (bytes: Buffer) => void,
      ) => reply(writeNoMethod(message)),
      noted: notified,
    }
    this.#session.call(call)
    this.#id = call.id
  }
}
