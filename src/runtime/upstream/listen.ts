// The stream of a session for notifications that belong to no call, in either
// era.
// INVARIANT: one stream at a time, reopened after a growing pause; each
// subscription is accepted or refused within AGREED_MS.

import { Backoff } from '../base/backoff.ts'
import {
  findNode,
  type Message,
  parseNode,
  readMessage,
} from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import { ENVELOPE } from '../message/methods.ts'
import { writeNoMethod } from '../message/server-requests.ts'
import type { Post } from './call.ts'
import { withDeadline } from './deadline.ts'
import { writeOwn } from './encoding.ts'
import type { Failure } from './failure.ts'
import type { Session } from './session.ts'
import type { SessionOptions, Subscribed } from './session-options.ts'
import type { Transport } from './transport.ts'

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
const SUBSCRIPTION = `${ENVELOPE}subscriptionId`

const REFUSED: Failure = Object.freeze({
  kind: 'garbage',
  detail: 'it does not support this subscription',
})

/** Members of the filter that are lists. */
type Listed = 'resourceSubscriptions' | 'taskIds'

/** How long a server may take to accept. */
const AGREED_MS = 10_000

/** A subscription that the server has not answered. */
interface Waiting {
  readonly list: Listed
  readonly value: string
  agreed(): void
  failed(failure: Failure): void
}

const REPLACED = 'replaced by a new stream'

/** How long a replaced stream may take to end. */
const ENDING_MS = 500

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

export class ServerStream {
  readonly #session: Session
  readonly #transport: Transport
  readonly #options: SessionOptions
  readonly #uris = new Set<string>()
  /** URIs that the server has accepted. */
  #subscribed: readonly string[] = []
  readonly #taskIds = new Set<string>()
  readonly #waiting = new Set<Waiting>()
  #listening = false
  /** URIs whose notifications may be lost since the last stream; list changes
   * too, if set. */
  #missing: readonly string[] | undefined
  /** The time limit for the replaced stream to end. */
  #replacing: NodeJS.Timeout | undefined
  readonly #backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  #id = 0
  #later: NodeJS.Timeout | undefined

  constructor(session: Session, transport: Transport, options: SessionOptions) {
    this.#session = session
    this.#transport = transport
    this.#options = options
  }

  /** In-flight calls of the stream itself. */
  get calls(): number {
    return this.#id === 0 ? 0 : 1
  }

  /** Resolves when the stream is open, or cannot be opened. */
  async listen(): Promise<void> {
    if (this.#listening) return
    this.#listening = true
    if (this.#session.era === 'legacy') await this.#transport.listen()
    else this.#start()
  }

  /** The era of its session. */
  get era(): Era {
    return this.#session.era
  }

  /** Resolves when the server has accepted; rejects with a Failure. */
  async subscribe(uri: string): Promise<void> {
    this.#uris.add(uri)
    try {
      if (this.era === 'legacy') return await this.#subscribeLegacy(uri)
      await this.#requestEntry('resourceSubscriptions', uri)
    } catch (failure) {
      this.#uris.delete(uri)
      throw failure
    }
  }

  unsubscribe(uri: string): void {
    if (!this.#uris.delete(uri)) return
    if (this.era === 'modern') return this.#restart()
    this.#session.request('resources/unsubscribe', { uri }).catch(() => {})
  }

  /** Only in the modern era: legacy servers send the status of tasks anyway.
   * Rejects with a Failure. */
  async watch(taskId: string): Promise<void> {
    if (this.era === 'legacy') throw REFUSED
    this.#taskIds.add(taskId)
    try {
      await this.#requestEntry('taskIds', taskId)
    } catch (failure) {
      this.#taskIds.delete(taskId)
      throw failure
    }
  }

  unwatch(taskId: string): void {
    if (this.#taskIds.delete(taskId)) this.#restart()
  }

  /** Restores all subscriptions in a new session. */
  resume({ uris, taskIds }: Subscribed): void {
    for (const uri of uris) this.#uris.add(uri)
    if (this.era === 'legacy') {
      for (const uri of uris) this.#subscribeLegacy(uri).catch(() => {})
      return this.#reportMissed(uris)
    }
    for (const id of taskIds) this.#taskIds.add(id)
    this.#missing = uris
    this.#listening = true
    this.#restart()
  }

  async #subscribeLegacy(uri: string): Promise<void> {
    void this.listen()
    await this.#session.request('resources/subscribe', { uri })
  }

  #requestEntry(list: Listed, value: string): Promise<void> {
    let waiting: Waiting | undefined
    const agreed = new Promise<void>((agreed, failed) => {
      waiting = { list, value, agreed, failed }
      this.#waiting.add(waiting)
    })
    this.#listening = true
    this.#restart()
    const detail = 'it did not accept in time'
    return withDeadline(agreed, AGREED_MS, detail).finally(() => {
      if (waiting) this.#waiting.delete(waiting)
    })
  }

  /** Starts a new stream with the current filter: a stream cannot change its
   * filter. */
  #restart(): void {
    const before = this.#id
    if (before === 0 || this.#transport.attributes) {
      this.#start()
      return this.#session.cancel(before, REPLACED)
    }
    if (this.#replacing) return
    // On one connection, the end of the old stream may end the new one too (Go
    // SDK 1.8), so the new one starts after it.
    this.#missing ??= this.#subscribed
    const requestId = before
    this.#session.notify('notifications/cancelled', {
      requestId,
      reason: REPLACED,
    })
    this.#replacing = setTimeout(() => {
      // Not every server answers a cancelled request.
      this.#session.forget(before)
      this.#replace(REFUSED)
    }, ENDING_MS).unref()
  }

  #replace(failure: Failure): void {
    clearTimeout(this.#replacing)
    this.#replacing = undefined
    this.#id = 0
    if (this.#session.over) this.#failWaiting(failure)
    else this.#start()
  }

  #failWaiting(failure: Failure): void {
    for (const { failed } of this.#waiting) failed(failure)
    this.#waiting.clear()
  }

  /** Handles an acknowledgement: resolves waiting subscriptions. False for
   * other messages. */
  takeAcknowledgement({ bytes, method, params }: Message): boolean {
    if (method !== ACKNOWLEDGED) return false
    const read = (key: string) => {
      const node = findNode(params, key)
      return Object(node && parseNode(bytes, node)) as Record<string, unknown>
    }
    const { [SUBSCRIPTION]: id = this.#id } = read('_meta')
    // An acknowledgement of a replaced stream does not count.
    if (id !== this.#id || this.#replacing) return true
    this.#resolveWaiting(read('notifications'))
    this.#subscribed = [...this.#uris]
    if (this.#missing) this.#reportMissed(this.#missing)
    return true
  }

  #resolveWaiting(honoured: Readonly<Record<string, unknown>>): void {
    for (const { list, value, agreed, failed } of this.#waiting) {
      const all = honoured[list]
      if (Array.isArray(all) && all.includes(value)) agreed()
      else failed(REFUSED)
    }
    this.#waiting.clear()
  }

  /** Changes without a stream are unknown, so all subscribed resources count as
   * changed. */
  #reportMissed(uris: readonly string[]): void {
    this.#missing = undefined
    const changed = { method: 'notifications/tools/list_changed' }
    const still = uris.filter((uri) => this.#uris.has(uri))
    const updated = still.map((uri) => {
      return { method: 'notifications/resources/updated', params: { uri } }
    })
    for (const notification of [changed, ...updated]) {
      const text = JSON.stringify({ jsonrpc: '2.0', ...notification })
      const message = readMessage(Buffer.from(text), this.#options.depth)
      if (!('refusal' in message))
        this.#options.onNotification(message, () => {})
    }
  }

  /** Sends subscriptions/listen, a request without an end (2026-07-28). */
  #start(): void {
    clearTimeout(this.#later)
    const { declared, onNotification } = this.#options
    const notifications = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: [...this.#uris],
      ...(this.#taskIds.size > 0 && { taskIds: [...this.#taskIds] }),
    }
    const request = {
      method: 'subscriptions/listen',
      params: { notifications },
    }
    const reset = () => this.#backoff.reset()
    const steady = setTimeout(reset, LONGEST_PAUSE_MS).unref()
    let early: Failure | undefined
    const again = (failure: Failure) => {
      clearTimeout(steady)
      early = failure
      if (call.id !== this.#id) return
      this.#id = 0
      if (this.#replacing) return this.#replace(failure)
      this.#failWaiting(failure)
      if (this.#session.over) return
      this.#missing ??= this.#subscribed
      this.#later = setTimeout(() => {
        if (!this.#session.over) this.#start()
      }, this.#backoff.next()).unref()
    }
    const call = {
      id: 0,
      write: (id: number) => writeOwn(id, request, 'modern', declared),
      answer: () => again(REFUSED),
      failed: again,
      progress() {},
      onRequest: (message: Message, reply: Post) =>
        reply(writeNoMethod(message)),
      onNotification: (message: Message, reply: Post) => {
        onNotification(message, reply)
        return true
      },
    }
    this.#session.call(call)
    this.#id = call.id
    // The call may have failed while it was sent.
    if (early) again(early)
  }
}
