// What a server says unasked, in either era: a stream of its own, and the
// resources that it is asked to tell of.
// In: a session. Out: its notices, for as long as the session lives.
// INVARIANT: one stream at a time, asked for again ever more patiently.

import { findNode, type Message, parseNode } from '../edge/message.ts'
import { ENVELOPE } from '../edge/methods.ts'
import { writeNoMethod } from '../edge/question.ts'
import type { Era } from '../exchange.ts'
import type { Post } from './call.ts'
import { writeOwn } from './dialect.ts'
import type { Failure } from './failure.ts'
import type { Session } from './session.ts'
import type { SessionOptions } from './session-options.ts'
import type { Transport } from './transport.ts'

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
const SUBSCRIPTION = `${ENVELOPE}subscriptionId`

const REFUSED: Failure = Object.freeze({
  kind: 'garbage',
  detail: 'it does not tell of that resource',
})

/** Who waits for a server's consent. */
interface Waiting {
  agreed(): void
  failed(failure: Failure): void
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

export class Hearing {
  readonly #session: Session
  readonly #transport: Transport
  readonly #options: SessionOptions
  readonly #uris = new Set<string>()
  readonly #waiting = new Map<string, Waiting>()
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

  /** The era that it is heard in. */
  get era(): Era {
    return this.#session.era
  }

  /** Resolves once the server has agreed; rejects with a Failure. */
  async subscribe(uri: string): Promise<void> {
    this.#uris.add(uri)
    try {
      if (this.era === 'modern') return await this.#askFor(uri)
      this.listen()
      await this.#session.request('resources/subscribe', { uri })
    } catch (failure) {
      this.#uris.delete(uri)
      throw failure
    }
  }

  unsubscribe(uri: string): void {
    if (!this.#uris.delete(uri)) return
    if (this.era === 'modern') return this.#askAnew()
    this.#session.request('resources/unsubscribe', { uri }).catch(() => {})
  }

  #askFor(uri: string): Promise<void> {
    const agreed = new Promise<void>((agreed, failed) => {
      this.#waiting.set(uri, { agreed, failed })
    })
    this.#listening = true
    this.#askAnew()
    return agreed
  }

  /** The filter is part of the question. */
  #askAnew(): void {
    const before = this.#id
    this.#ask()
    if (before !== 0) this.#session.cancel(before, 'asked anew')
  }

  /** Whether it is an acknowledgement: it says to those that wait which of all
   * the resources the server will tell of. */
  takes({ bytes, method, params }: Message): boolean {
    if (method !== ACKNOWLEDGED) return false
    const read = (key: string) => {
      const node = findNode(params, key)
      return Object(node && parseNode(bytes, node)) as Record<string, unknown>
    }
    const { [SUBSCRIPTION]: id = this.#id } = read('_meta')
    if (id === this.#id) this.#settle(read('notifications'))
    return true
  }

  #settle({ resourceSubscriptions: honoured }: Record<string, unknown>): void {
    for (const [uri, { agreed, failed }] of this.#waiting) {
      if (Array.isArray(honoured) && honoured.includes(uri)) agreed()
      else failed(REFUSED)
    }
    this.#waiting.clear()
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
    const again = (failure: Failure) => {
      if (call.id !== this.#id) return
      this.#id = 0
      for (const { failed } of this.#waiting.values()) failed(failure)
      this.#waiting.clear()
      if (this.#session.over) return
      setTimeout(() => this.#ask(), this.#pause).unref()
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS)
    }
    const call = {
      id: 0,
      write: (id: number) => writeOwn(id, request, 'modern', declared),
      answer: () => again(REFUSED),
      failed: again,
      progress() {},
      asked: (message: Message, reply: Post) => reply(writeNoMethod(message)),
      noted: notified,
    }
    this.#session.call(call)
    this.#id = call.id
  }
}
