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
import type { Share } from './bulkhead.ts'
import type { Call, Post } from './call.ts'
import type { Caller, Client } from './caller.ts'
import type { Outgoing } from './encoding.ts'
import type { Failure } from './failure.ts'
import { SESSION_CODES, saysSessionLost } from './http1/lost-session.ts'
import type { Session } from './session.ts'
import type { Held } from './sessions.ts'

/** The Upstream that starts and ends it. */
interface CallOwner {
  now(): number
  /** Frees its slot; false if it has none. */
  release(inFlight: InFlightCall): boolean
  answered(inFlight: InFlightCall): void
  failOrRetry(inFlight: InFlightCall, failure: Failure): void
  stop(inFlight: InFlightCall, reason: string): boolean
  /** The server does not know a tool that it listed. */
  refreshLists(): void
}

/** A call, as its sender defines it. */
export interface UpstreamCall
  extends Omit<Call, 'id' | 'onRequest' | 'client' | 'openRequests'> {
  readonly caller: Caller
  /** Whether the idle timeout does not apply. */
  readonly skipsIdleTimeout: boolean
  readonly askable: boolean
  /** How long it waited before: part of its time. */
  readonly heldMs: number
  /** The sender calls `settled` when the request needs no answer any more. */
  onRequest(message: Message, reply: Post, settled: () => void): void
}

export class InFlightCall implements Call {
  readonly call: UpstreamCall
  readonly began: number
  lastActivity: number
  /** The session that carries it, once it has one. */
  held: Held | undefined
  session: Session | undefined
  id = 0
  tries = 0
  /** Number of server requests that the client has not answered. */
  openRequests = 0
  slot = -1
  share: Share | undefined
  readonly #owner: CallOwner

  constructor(owner: CallOwner, call: UpstreamCall, now: number) {
    this.#owner = owner
    this.call = call
    this.began = now - call.heldMs
    this.lastActivity = now
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
    this.lastActivity = this.#owner.now()
    this.call.progress(message)
  }

  onActivity(): void {
    this.lastActivity = this.#owner.now()
  }

  resumable(): void {
    this.call.resumable?.()
  }

  paused(): void {
    this.lastActivity = this.#owner.now()
    this.call.paused?.()
  }

  onRequest(message: Message, reply: Post): void {
    this.openRequests++
    this.call.onRequest(message, reply, () => {
      this.openRequests--
      this.lastActivity = this.#owner.now()
    })
  }

  onNotification(message: Message, reply: Post): boolean {
    this.lastActivity = this.#owner.now()
    return this.call.onNotification(message, reply)
  }

  answer(message: Message): void {
    const fault = findHopFault(message)
    if (fault && (this.tries === 0 || fault.kind === 'stale')) {
      return this.#owner.failOrRetry(this, fault)
    }
    if (isUnknownTool(message)) this.#owner.refreshLists()
    if (!this.#owner.release(this)) return
    this.#owner.answered(this)
    this.call.answer(message)
  }

  failed(failure: Failure): void {
    this.#owner.failOrRetry(this, failure)
  }

  /** Cancels it at the server; true if it was in flight. */
  stop(reason: string): boolean {
    return this.#owner.stop(this, reason)
  }
}

/** A failure of the gateway's own request, not the client's. Either its headers
 * were wrong, so the lists are out of date; or the server does not know the
 * session. The client gets only a second error about the session. */
function findHopFault({ bytes, error }: Message): Failure | undefined {
  if (!error) return undefined
  const node = findNode(error, 'code')
  const code = node ? readNumber(bytes, node) : 0
  const detail = `it refused the gateway's request with ${code}`
  if (code === CODE.headerMismatch || code === CODE.unsupportedVersion) {
    return { kind: 'stale', detail }
  }
  if (!SESSION_CODES.includes(code)) return undefined
  const words = readString(bytes, findNode(error, 'message')) ?? ''
  return saysSessionLost(words) ? { kind: 'session', detail } : undefined
}

/** Longest answer that is examined for a missing tool. */
const MAX_BYTES = 2_048

const UNKNOWN =
  /(unknown|no such|not find|cannot find)\W+(the\W+)?tool|tool\b.{0,80}(not found|unknown|not exist|not available|not registered)/i

/** Whether an answer says that the tool does not exist. */
function isUnknownTool({ bytes, error, result }: Message): boolean {
  const node = findNode(error, 'code')
  if (node) {
    const code = readNumber(bytes, node)
    return code === CODE.invalidParams || code === CODE.unknownMethod
  }
  if (bytes.length > MAX_BYTES || !findNode(result, 'isError')) return false
  return UNKNOWN.test(bytes.toString())
}
