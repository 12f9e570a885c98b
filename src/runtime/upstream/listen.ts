// The stream of a session's notifications that belong to no call, in either era.
// In: a session. Out: its notifications, for as long as the session lives.
// INVARIANT: one stream at a time; it is opened again after a growing pause;
// each subscription is agreed to or refused within AGREED_MS.

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
  detail: 'it does not tell of that',
})

/** Members of a filter whose values are listed. */
type Listed = 'resourceSubscriptions' | 'taskIds'

/** How long a server may take to agree. */
const AGREED_MS = 10_000

/** Who waits for a server's consent. */
interface Waiting {
  readonly list: Listed
  readonly value: string
  agreed(): void
  failed(failure: Failure): void
}

const ANEW = 'asked anew'

/** How long a stream that is not wanted any more may take to end. */
const ENDING_MS = 500

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

export class ServerStream {
  readonly #session: Session
  readonly #transport: Transport
  readonly #options: SessionOptions
  readonly #uris = new Set<string>()
  /** Those that the server has agreed to tell of. */
  #subscribed: readonly string[] = []
  readonly #taskIds = new Set<string>()
  readonly #waiting = new Set<Waiting>()
  #listening = false
  /** What notices may have been lost of since it last listened: lists, and
   * these resources. */
  #missing: readonly string[] | undefined
  /** Waits for an older stream to end. */
  #replacing: NodeJS.Timeout | undefined
  readonly #backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  #id = 0
  #later: NodeJS.Timeout | undefined

  constructor(session: Session, transport: Transport, options: SessionOptions) {
    this.#session = session
    this.#transport = transport
    this.#options = options
  }

  /** The calls under way that are only its own. */
  get calls(): number {
    return this.#id === 0 ? 0 : 1
  }

  /** Resolves when the server can be heard, or will not be. */
  async listen(): Promise<void> {
    if (this.#listening) return
    this.#listening = true
    if (this.#session.era === 'legacy') await this.#transport.listen()
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
      if (this.era === 'legacy') return await this.#subscribeOld(uri)
      await this.#askFor('resourceSubscriptions', uri)
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

  /** Of the newer era alone; the older one tells of tasks by itself. Rejects
   * with a Failure. */
  async watch(taskId: string): Promise<void> {
    if (this.era === 'legacy') throw REFUSED
    this.#taskIds.add(taskId)
    try {
      await this.#askFor('taskIds', taskId)
    } catch (failure) {
      this.#taskIds.delete(taskId)
      throw failure
    }
  }

  unwatch(taskId: string): void {
    if (this.#taskIds.delete(taskId)) this.#askAnew()
  }

  /** All of it, in a session that takes the place of another. */
  resume({ uris, taskIds }: Subscribed): void {
    for (const uri of uris) this.#uris.add(uri)
    if (this.era === 'legacy') {
      for (const uri of uris) this.#subscribeOld(uri).catch(() => {})
      return this.#tellMissed(uris)
    }
    for (const id of taskIds) this.#taskIds.add(id)
    this.#missing = uris
    this.#listening = true
    this.#askAnew()
  }

  async #subscribeOld(uri: string): Promise<void> {
    void this.listen()
    await this.#session.request('resources/subscribe', { uri })
  }

  #askFor(list: Listed, value: string): Promise<void> {
    let waiting: Waiting | undefined
    const agreed = new Promise<void>((agreed, failed) => {
      waiting = { list, value, agreed, failed }
      this.#waiting.add(waiting)
    })
    this.#listening = true
    this.#askAnew()
    const detail = 'it did not agree in time'
    return withDeadline(agreed, AGREED_MS, detail).finally(() => {
      if (waiting) this.#waiting.delete(waiting)
    })
  }

  /** The filter is part of the question. */
  #askAnew(): void {
    const before = this.#id
    if (before === 0 || this.#transport.attributes) {
      this.#ask()
      return this.#session.cancel(before, ANEW)
    }
    if (this.#replacing) return
    // Over one connection, the end of the older stream may end the newer one
    // too (Go SDK 1.8): so one after the other.
    this.#missing ??= this.#subscribed
    const requestId = before
    this.#session.notify('notifications/cancelled', { requestId, reason: ANEW })
    this.#replacing = setTimeout(() => {
      // Not every server answers what is cancelled.
      this.#session.forget(before)
      this.#replace(REFUSED)
    }, ENDING_MS).unref()
  }

  #replace(failure: Failure): void {
    clearTimeout(this.#replacing)
    this.#replacing = undefined
    this.#id = 0
    if (this.#session.over) this.#failWaiting(failure)
    else this.#ask()
  }

  #failWaiting(failure: Failure): void {
    for (const { failed } of this.#waiting) failed(failure)
    this.#waiting.clear()
  }

  /** Whether it is an acknowledgement: it says to those that wait what of all
   * that the server will tell of. */
  takes({ bytes, method, params }: Message): boolean {
    if (method !== ACKNOWLEDGED) return false
    const read = (key: string) => {
      const node = findNode(params, key)
      return Object(node && parseNode(bytes, node)) as Record<string, unknown>
    }
    const { [SUBSCRIPTION]: id = this.#id } = read('_meta')
    // While one stream replaces another, nothing says yet what is agreed to.
    if (id !== this.#id || this.#replacing) return true
    this.#answerWaiting(read('notifications'))
    this.#subscribed = [...this.#uris]
    if (this.#missing) this.#tellMissed(this.#missing)
    return true
  }

  #answerWaiting(honoured: Readonly<Record<string, unknown>>): void {
    for (const { list, value, agreed, failed } of this.#waiting) {
      const all = honoured[list]
      if (Array.isArray(all) && all.includes(value)) agreed()
      else failed(REFUSED)
    }
    this.#waiting.clear()
  }

  /** What changed while nobody listened is not known: any of it may have. */
  #tellMissed(uris: readonly string[]): void {
    this.#missing = undefined
    const changed = { method: 'notifications/tools/list_changed' }
    const still = uris.filter((uri) => this.#uris.has(uri))
    const updated = still.map((uri) => {
      return { method: 'notifications/resources/updated', params: { uri } }
    })
    for (const notice of [changed, ...updated]) {
      const text = JSON.stringify({ jsonrpc: '2.0', ...notice })
      const message = readMessage(Buffer.from(text), this.#options.depth)
      if (!('refusal' in message))
        this.#options.onNotification(message, () => {})
    }
  }

  /** subscriptions/listen: a request that is never done (2026-07-28). */
  #ask(): void {
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
        if (!this.#session.over) this.#ask()
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
    // It may have failed while it was sent.
    if (early) again(early)
  }
}
