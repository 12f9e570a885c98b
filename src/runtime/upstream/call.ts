// A call under way, as a session with a server sees it.
// In: nothing. Out: types alone.
// INVARIANT: it is told one of `answer` and `failed`, once, and nothing after.

import type { Message } from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import type { Client } from './caller.ts'
import type { Outgoing } from './encoding.ts'
import type { Failure } from './failure.ts'

export interface Call {
  /** Its id in this session, once it has one. */
  id: number
  /** Undefined: it is the gateway's own. */
  readonly client?: Client | undefined
  /** Whether the client can be asked something on its behalf. */
  readonly askable?: boolean
  /** Questions of the server that its client has yet to answer. */
  readonly asking?: number
  /** What to send, with that id, to a server of that era. */
  write(id: number, era: Era): Outgoing
  answer(message: Message): void
  /** Whether a result of `null` is an answer: of the gateway's own questions. */
  readonly takesNull?: boolean
  /** Whether `progress` may be told after the answer: it made a task. */
  readonly createdTask?: boolean
  progress(message: Message): void
  /** Bytes came that may become its answer, or keep its stream open. */
  heard?(): void
  /** The server has begun a stream that it may let go of. */
  resumable?(): void
  /** It has let go, and goes on later. */
  paused?(): void
  /** A request of the server on this call's behalf. */
  onRequest(message: Message, reply: Post): void
  /** Any other notification on its behalf; true when it was of use. */
  onNotification(message: Message, reply: Post): boolean
  failed(failure: Failure): void
}

/** Sends a message to the server; it may get lost. */
export type Post = (bytes: Buffer) => void
