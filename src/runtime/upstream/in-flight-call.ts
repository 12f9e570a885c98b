// One in-flight call, between its sender and the session that carries it.
// INVARIANT: the sender gets `answer` or `failed` once, and nothing after it.

import {
  findNode,
  type Message,
  readNumber,
  readString,
} from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import { CODE } from '../message/methods.ts'
import type { Call, Post } from './call.ts'
import type { Caller, Client } from './caller.ts'
import type { Outgoing } from './encoding.ts'
import type { Failure } from './failure.ts'
import { SESSION_CODES, saysSessionLost } from './http1/lost-session.ts'
import type { Session } from './session.ts'
import type { Held } from './sessions.ts'

/** Where it takes off and lands: its Upstream. */
interface Deck {
  now(): number
  /** False when it had no place any more. */
  release(inFlight: InFlightCall): boolean
  answered(inFlight: InFlightCall): void
  failOrRetry(inFlight: InFlightCall, failure: Failure): void
  stop(inFlight: InFlightCall, reason: string): boolean
  /** The server does not know what it was asked for, though it listed it. */
  doubt(): void
}

/** A call as its sender sees it. */
export interface UpstreamCall
  extends Omit<Call, 'id' | 'onRequest' | 'client' | 'asking'> {
  readonly caller: Caller
  /** Whether a silent server is not yet a late one. */
  readonly patient: boolean
  readonly askable: boolean
  /** `settled` is to be told when nobody waits for an answer any more. */
  onRequest(message: Message, reply: Post, settled: () => void): void
}

export class InFlightCall implements Call {
  readonly call: UpstreamCall
  readonly began: number
  lastHeard: number
  /** The session that it goes over, once it has one. */
  held: Held | undefined
  session: Session | undefined
  id = 0
  tries = 0
  /** Questions of the server that a client has yet to answer. */
  asking = 0
  slot = -1
  readonly #deck: Deck

  constructor(deck: Deck, call: UpstreamCall, now: number) {
    this.#deck = deck
    this.call = call
    this.began = now
    this.lastHeard = now
  }

  get client(): Client | undefined {
    return this.call.caller.client
  }

  get askable(): boolean {
    return this.call.askable
  }

  get createdTask(): boolean {
    return this.call.createdTask === true
  }

  write(id: number, era: Era): Outgoing {
    return this.call.write(id, era)
  }

  progress(message: Message): void {
    this.lastHeard = this.#deck.now()
    this.call.progress(message)
  }

  heard(): void {
    this.lastHeard = this.#deck.now()
  }

  resumable(): void {
    this.call.resumable?.()
  }

  paused(): void {
    this.lastHeard = this.#deck.now()
    this.call.paused?.()
  }

  onRequest(message: Message, reply: Post): void {
    this.asking++
    this.call.onRequest(message, reply, () => {
      this.asking--
      this.lastHeard = this.#deck.now()
    })
  }

  onNotification(message: Message, reply: Post): boolean {
    this.lastHeard = this.#deck.now()
    return this.call.onNotification(message, reply)
  }

  answer(message: Message): void {
    const fault = findHopFault(message)
    if (fault && (this.tries === 0 || fault.kind === 'stale')) {
      return this.#deck.failOrRetry(this, fault)
    }
    if (isUnknownTool(message)) this.#deck.doubt()
    if (!this.#deck.release(this)) return
    this.#deck.answered(this)
    this.call.answer(message)
  }

  failed(failure: Failure): void {
    this.#deck.failOrRetry(this, failure)
  }

  /** Ends it and tells the server; true when it was still under way. */
  stop(reason: string): boolean {
    return this.#deck.stop(this, reason)
  }
}

/** An error that is about our own request, not about the client's: its headers
 * were not what the server wanted, so its lists are out of date (such an error
 * is never the client's: it would look at its own headers); or the server does
 * not know our session any more (a second one is the client's to read). */
function findHopFault({ bytes, error }: Message): Failure | undefined {
  if (!error) return undefined
  const node = findNode(error, 'code')
  const code = node ? readNumber(bytes, node) : 0
  const detail = `it refused our request with ${code}`
  if (code === CODE.headerMismatch || code === CODE.unsupportedVersion) {
    return { kind: 'stale', detail }
  }
  if (!SESSION_CODES.includes(code)) return undefined
  const words = readString(bytes, findNode(error, 'message')) ?? ''
  return saysSessionLost(words) ? { kind: 'session', detail } : undefined
}

/** A longer answer is about something else. */
const MAX_BYTES = 2_048

const UNKNOWN =
  /(unknown|no such|not find|cannot find)\W+(the\W+)?tool|tool\b.{0,80}(not found|unknown|not exist|not available|not registered)/i

/** How servers say that they have no such tool. */
function isUnknownTool({ bytes, error }: Message): boolean {
  const node = findNode(error, 'code')
  if (node) {
    const code = readNumber(bytes, node)
    return code === CODE.invalidParams || code === CODE.unknownMethod
  }
  if (bytes.length > MAX_BYTES || !bytes.includes('"isError"')) return false
  return UNKNOWN.test(bytes.toString())
}
