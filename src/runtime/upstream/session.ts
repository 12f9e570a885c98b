// One session with a server, of either era. It numbers the calls.
// INVARIANT: an id is used once; an answer that matches no call is dropped;
// requests and notifications during a call go to that call only.

import { InFlightMap } from '../base/in-flight.ts'
import {
  findNode,
  isAnswer,
  type Message,
  readNumber,
} from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import { LEVELS } from '../message/methods.ts'
import { describeRefusal, type Refusal } from '../message/refusal.ts'
import { writeUnanswerable } from '../message/server-requests.ts'
import type { Call, Post } from './call.ts'
import { withDeadline } from './deadline.ts'
import type { Failure } from './failure.ts'
import type { Ask, Handshake } from './handshake.ts'
import { ServerStream } from './listen.ts'
import {
  findSpoiledId,
  mendMessages,
  readOwnId,
  readServerMessage,
} from './mend.ts'
import { makeOwnCall } from './own-call.ts'
import { Pending } from './pending.ts'
import { RequestBounds } from './request-bounds.ts'
import type { SessionOptions } from './session-options.ts'
import { TaskCalls } from './task-calls.ts'
import type { Sent, Transport } from './transport.ts'

/** How long a server may take to answer the gateway itself, and to set its log
 * level. */
const OWN_MS = 10_000
const LEVEL_MS = 2_000

const ANY_LENGTH = Number.POSITIVE_INFINITY

/** Bytes of why a server failed. */
export const MAX_DETAIL = 400

export class Session {
  readonly serverStream: ServerStream
  readonly #options: SessionOptions
  readonly #transport: Transport
  readonly #pending = new InFlightMap<Pending>()
  readonly #taskCalls = new TaskCalls()
  #era: Era = 'legacy'
  #next = 1
  #writesNumbers = false
  /** The result of the handshake. */
  handshake: Handshake | undefined
  /** The log level that was set; undefined: the server's default. */
  #level: string | undefined
  readonly #requestBounds = new RequestBounds()
  /** One function per session: others compare it to identify the session. */
  readonly #reply: Post = (bytes) => {
    if (!this.#over) this.#transport.post(bytes)
  }
  #closing = false
  #over = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.#transport = options.connect({
      message: (bytes, on) => this.#receive(bytes, on),
      resumable: (on) => this.#findCall(on)?.resumable?.(),
      paused: (on) => this.#findCall(on)?.paused?.(),
      alive: () => {
        for (const { call } of this.#pending.values()) call.onActivity?.()
      },
      flooded: (messages) => options.flooded(messages),
      noise: (lines) => options.onDropped(lines),
      closing: () => {
        this.#closing = true
      },
      closed: (given) => {
        const failure = this.#clean(given)
        this.#over = true
        this.#failAll(failure)
        options.closed(failure)
      },
    })
    this.serverStream = new ServerStream(this, this.#transport, options)
  }

  /** A text of the server without its secrets, in at most so many bytes. */
  tell(text: string, most: number): string {
    return this.#options.tell(text, most)
  }

  /** The reason of a failure may hold output of the server. */
  #clean(failure: Failure): Failure {
    return { ...failure, detail: this.tell(failure.detail, MAX_DETAIL) }
  }

  /** The session takes no more calls. */
  get over(): boolean {
    return this.#over || this.#closing
  }

  get inFlight(): number {
    return this.#pending.size - this.serverStream.calls
  }

  /** Whether requests have headers of the modern era. */
  get mirrors(): boolean {
    return this.#era === 'modern' && this.#transport.attributes
  }

  get era(): Era {
    return this.#era
  }

  /** Rejects with a Failure. */
  async open(): Promise<Handshake> {
    const { declared, prefers, eras } = this.#options
    const given = await eras.negotiate(this.#ask, declared, prefers)
    // They are cut where they are shown (catalog/server-info.ts).
    const instructions =
      given.instructions && this.tell(given.instructions, ANY_LENGTH)
    const handshake = { ...given, instructions }
    this.#era = handshake.era
    this.handshake = handshake
    if (handshake.era === 'legacy') {
      this.#transport.opened(handshake.version)
      this.notify('notifications/initialized')
    }
    return handshake
  }

  /** Sends a request of the gateway itself; rejects with a Failure, after `ms`
   * at the latest. */
  async request(method: string, params: object, ms = OWN_MS): Promise<Message> {
    const { call, answer } = this.#start(method, params, this.#era)
    const message = await withDeadline(answer, ms, `${method} got no answer`)
      // No effect if it was answered.
      .finally(() => this.cancel(call.id, 'It took too long'))
    if (!message.error) return message
    const { bytes, error } = message
    const node = findNode(error, 'code')
    const code = node ? readNumber(bytes, node) : Number.NaN
    const detail = `${method} gave error ${code}`
    throw { kind: 'garbage', detail, code } satisfies Failure
  }

  readonly #ask: Ask = (method, params, era) =>
    this.#start(method, params, era).answer

  #start(
    method: string,
    params: object,
    era: Era,
  ): { call: Call; answer: Promise<Message> } {
    const own = makeOwnCall({ method, params }, era, this.#options)
    this.call(own.call)
    return own
  }

  /** Whether the server sends log messages of this level. */
  sendsLevel(level: string): boolean {
    if (!this.#setsLevel || !LEVELS.includes(level)) return true
    if (this.#level === undefined) return false
    return LEVELS.indexOf(level) >= LEVELS.indexOf(this.#level)
  }

  /** Resolves when the server has answered, or after LEVEL_MS. */
  async setLevel(level: string): Promise<void> {
    if (!this.#setsLevel) return
    this.#level = level
    await this.request('logging/setLevel', { level }, LEVEL_MS).catch(() => {})
  }

  get #setsLevel(): boolean {
    return (
      this.#era === 'legacy' &&
      Object.hasOwn(this.handshake?.capabilities ?? {}, 'logging')
    )
  }

  /** Sends a call under a fresh id. */
  call(call: Call): void {
    const id = this.#next++
    const pending = new Pending(this, id, call)
    call.id = id
    this.#pending.add(pending)
    const sent = this.#transport.send(call.write(id, this.#era), pending)
    pending.sent = sent
    if (this.#transport.attributes) sent.call = call
  }

  /** Called by what was sent: the request or its answer is lost. */
  lost({ id, call }: Pending, failure: Failure): void {
    if (!this.#pending.take(id)) return
    call.failed(this.#clean(failure))
    if (this.#closing) this.closeWhenIdle()
  }

  /** Cancels a call at the server; a later answer is dropped. */
  cancel(id: number, reason: string): void {
    if (!this.#pending.get(id)) return
    // Over HTTP, the end of its stream cancels the call of a modern server.
    if (this.#era === 'legacy' || !this.#transport.attributes) {
      this.notify('notifications/cancelled', { requestId: id, reason })
    }
    this.forget(id)
  }

  /** Removes a call without a message to the server. */
  forget(id: number): void {
    this.#pending.take(id)?.sent?.abandon()
  }

  notify(method: string, params?: object): void {
    const message = { jsonrpc: '2.0', method, ...(params && { params }) }
    if (!this.#over) this.#transport.post(Buffer.from(JSON.stringify(message)))
  }

  /** Takes no more calls and closes after the last one. */
  closeWhenIdle(): void {
    this.#closing = true
    if (this.inFlight === 0) void this.close()
  }

  /** Resolves when its transport has closed. */
  close(): Promise<void> {
    this.#over = true
    this.#failAll({ kind: 'ended', detail: 'the gateway closed the session' })
    return this.#transport.close()
  }

  #failAll(failure: Failure): void {
    for (const { call } of this.#pending.takeAll()) call.failed(failure)
  }

  #receive(bytes: Buffer, on: Sent | undefined): void {
    const message = readServerMessage(bytes, this.#options)
    if ('refusal' in message) return this.#receiveMended(bytes, on, message)
    if (message.kind !== 'response') return this.#receiveOther(message, on)
    const isValid = isAnswer(message) || this.#takesNull(message)
    if (!message.id || !isValid) return this.#receiveMended(bytes, on)
    this.#receiveAnswer(message, on)
  }

  #takesNull({ bytes, id, result }: Message): boolean {
    if (result?.type !== 'literal') return false
    return this.#pending.get(readOwnId(bytes, id))?.call.takesNull === true
  }

  /** A message that is not valid may still have only one meaning (mend.ts). */
  #receiveMended(bytes: Buffer, on: Sent | undefined, bad?: Refusal): void {
    const messages = mendMessages(bytes, this.#options.depth, bad)
    if ('refusal' in messages) return this.#receiveGarbage(bytes, messages, on)
    for (const message of messages) {
      if (message.kind === 'response') this.#receiveAnswer(message, on)
      else this.#receiveOther(message, on)
    }
  }

  #receiveOther(message: Message, on: Sent | undefined): void {
    if (message.kind === 'request') return this.#receiveRequest(message, on)
    if (message.method !== 'notifications/progress') {
      if (this.serverStream.takeAcknowledgement(message)) return
      return this.#receiveNotification(message, on)
    }
    const token = findNode(message.params, 'progressToken')
    const id = token ? readNumber(message.bytes, token) : Number.NaN
    const call = this.#pending.get(id)?.call ?? this.#taskCalls.find(id)
    if (call) call.progress(message)
    else this.#options.onDropped(1)
  }

  #receiveNotification(message: Message, on: Sent | undefined): void {
    const { onNotification, onDropped } = this.#options
    const calls = OF_THE_SESSION.test(message.method) ? [] : this.#findCalls(on)
    if (calls?.some((call) => call.onNotification(message, this.#reply))) return
    if (calls?.length === 0) onNotification(message, this.#reply)
    // The call of a cancelled request is known by the id of that request.
    else if (message.method === CANCELLED) {
      this.#pending
        .values()
        .some(({ call }) => call.onNotification(message, this.#reply))
    } else onDropped(1)
  }

  #receiveRequest(message: Message, on: Sent | undefined): void {
    const own = this.#requestBounds.answer(message)
    if (own !== 'ask') {
      if (own) this.#reply(own)
      return
    }
    const calls = this.#findCalls(on)
    if (!calls) return this.#reply(writeUnanswerable(message, SEVERAL))
    if (calls.length === 0) return this.#options.onRequest(message, this.#reply)
    // The call with the fewest open requests gets it.
    const [call] = calls
      .filter(({ askable = true }) => askable)
      .sort((a, b) => (a.openRequests ?? 0) - (b.openRequests ?? 0))
    if (call) call.onRequest(message, this.#reply)
    else this.#reply(writeUnanswerable(message, NO_CALL))
  }

  /** The calls that a message may belong to. If it came on a request, that one
   * or none. If not, all in-flight calls, if one client made them; undefined if
   * several did. */
  #findCalls(on: Sent | undefined): readonly Call[] | undefined {
    if (on && this.#transport.attributes) {
      const own = this.#findCall(on)
      return own ? [own] : []
    }
    const calls = this.#pending
      .values()
      .map(({ call }) => call)
      .filter(({ client }) => client !== undefined)
    const [first] = calls
    const isOne = calls.every(({ client }) => client === first?.client)
    return isOne ? calls : undefined
  }

  /** The call of the request that a message came on, if the transport knows it. */
  #findCall(on: Sent | undefined): Call | undefined {
    if (!on || !this.#transport.attributes) return undefined
    return on.call
  }

  /** A string that looks like an id of the gateway counts as one only if
   * nothing else is possible: on the stream of that call, or from a server that
   * writes all ids as strings. */
  #readId({ bytes, id }: Message, on: Sent | undefined): number {
    const own = readOwnId(bytes, id)
    if (id?.type === 'number') this.#writesNumbers = true
    if (id?.type !== 'string') return own
    const isOwn = this.#transport.attributes
      ? own === on?.call?.id
      : !this.#writesNumbers
    return isOwn ? own : Number.NaN
  }

  #receiveAnswer(message: Message, on: Sent | undefined): void {
    let id = this.#readId(message, on)
    // An error without an id belongs to the request whose stream it came on.
    if (Number.isNaN(id) && message.error) id = on?.call?.id ?? id
    const { call, sent } = this.#takePending(id) ?? {}
    sent?.answered()
    call?.answer(message)
    if (call?.createdTask) this.#taskCalls.add(id, call)
  }

  /** A malformed message may still hold the id of its call, which fails. Other
   * noise is dropped. */
  #receiveGarbage(bytes: Buffer, refusal: Refusal, on: Sent | undefined): void {
    const setting = this.#findBound(refusal)
    // A stream may continue after a malformed message; a body ends with it
    // (reply.ts).
    const own = setting ? on?.call?.id : undefined
    const id = own ?? findSpoiledId(bytes) ?? Number.NaN
    const pending = this.#takePending(id)
    const detail = describeRefusal(refusal)
    pending?.call.failed(
      setting
        ? { kind: 'oversized', detail, setting }
        : { kind: 'garbage', detail },
    )
  }

  /** The bound that a message exceeds, if that is its fault. */
  #findBound({ refusal }: Refusal): string | undefined {
    if (refusal === 'depth') return `caps.depth (${this.#options.depth})`
    return refusal === 'size' ? MEMBERS : undefined
  }

  /** Takes the call of an id, once; other answers are dropped. */
  #takePending(id: number): Pending | undefined {
    const pending = this.#pending.take(id)
    if (!pending) this.#options.onDropped(1)
    else if (pending.sent) pending.sent.call = undefined
    return pending
  }
}

const CANCELLED = 'notifications/cancelled'

const SEVERAL =
  'Several clients have in-flight calls in this session, and the request belongs to none of them for certain'
const NO_CALL = 'No in-flight call has a client that can answer requests'

/** Not a setting: the members of an answer are kept in memory. */
const MEMBERS = 'the bound of 200,000 members'

/** Notifications about the session, on whatever stream they come. */
const OF_THE_SESSION = /list_changed$|\/updated$|\/tasks(\/status)?$/
