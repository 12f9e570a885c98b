// What a server says unasked, in either era: a stream of its own, and the
// resources that it is asked to tell of.
// In: a session. Out: its notices, for as long as the session lives.
// INVARIANT: one stream at a time; asked for again, ever more patiently.

import { readMessage } from '../edge/message.ts'
import { writeNoMethod } from '../edge/question.ts'
import { writeOwn } from './dialect.ts'
import type { Wanted } from './renewal.ts'
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
  readonly #taskIds = new Set<string>()
  #listening = false
  /** Notices may have been lost since it last listened. */
  #missing = false
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

  /** Of the newer era alone; the older one tells of tasks by itself. */
  watch(taskId: string): void {
    if (this.#session.era === 'legacy') return
    this.#taskIds.add(taskId)
    this.#renew()
  }

  unwatch(taskId: string): void {
    if (this.#taskIds.delete(taskId)) this.#renew()
  }

  /** All of it, in a session that takes the place of another. */
  resume({ uris, taskIds }: Wanted): void {
    for (const uri of uris) this.#uris.add(uri)
    if (this.#session.era === 'legacy') {
      for (const uri of uris) this.#tell('resources/subscribe', uri)
      return this.#tellMissed()
    }
    for (const id of taskIds) this.#taskIds.add(id)
    this.#missing = true
    this.#renew()
  }

  #tell(method: string, uri: string): void {
    if (this.#session.era === 'modern') return this.#renew()
    this.#session.request(method, { uri }).catch(() => {})
    this.listen()
  }

  #renew(): void {
    // The filter is part of the question: it is asked anew.
    const before = this.#id
    this.#listening = true
    this.#ask()
    if (before !== 0) this.#session.cancel(before, 'asked anew')
  }

  /** What changed while nobody listened is not known: any of it may have. */
  #tellMissed(): void {
    this.#missing = false
    const changed = { method: 'notifications/tools/list_changed' }
    const updated = [...this.#uris].map((uri) => {
      return { method: 'notifications/resources/updated', params: { uri } }
    })
    for (const notice of [changed, ...updated]) {
      const text = JSON.stringify({ jsonrpc: '2.0', ...notice })
      const message = readMessage(Buffer.from(text), this.#options.depth)
      if (!('problem' in message)) this.#options.notified(message, () => {})
    }
  }

  /** subscriptions/listen: a request that is never done (2026-07-28). */
  #ask(): void {
    const { declared, notified } = this.#options
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
    const again = () => {
      if (call.id !== this.#id) return
      this.#id = 0
      if (this.#session.over) return
      this.#missing = true
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
      noted: (...said: Parameters<typeof notified>) => {
        if (this.#missing) this.#tellMissed()
        notified(...said)
      },
    }
    this.#session.call(call)
    this.#id = call.id
  }
}
