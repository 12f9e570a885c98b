// A call, as a session with a server uses it.
// INVARIANT: a call gets either `answer` or `failed`, once, and nothing after
// it.

import type { Message } from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import type { Post } from '../message/server-requests.ts'
import type { Client } from './caller.ts'
import type { Outgoing } from './encoding.ts'
import type { Failure } from './failure.ts'

export type { Post }

export interface Call {
  /** Its id in the session, once it was sent. */
  id: number
  /** Undefined for the gateway's own calls. */
  readonly client?: Client | undefined
  /** Whether its client can answer requests of the server. */
  readonly askable?: boolean
  /** Number of server requests that its client has not answered. */
  readonly openRequests?: number
  /** Writes the request with this id, for a server of this era. */
  write(id: number, era: Era): Outgoing
  answer(message: Message): void
  /** Whether a result of `null` is an answer: true for the gateway's own calls. */
  readonly takesNull?: boolean
  /** The answer created a task: progress may follow it. */
  readonly createdTask?: boolean
  progress(message: Message): void
  /** Bytes were received that may belong to its answer. */
  onActivity?(): void
  /** The server has begun a stream that it may pause. */
  resumable?(): void
  /** The server has paused the stream and continues it later. */
  paused?(): void
  /** A request of the server during this call. */
  onRequest(message: Message, reply: Post): void
  /** A notification other than progress; true if it was handled. */
  onNotification(message: Message, reply: Post): boolean
  failed(failure: Failure): void
}
