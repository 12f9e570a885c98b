// The options of a session with a server.
// INVARIANT: a session does not depend on its purpose.

import type { Message, MessageReader } from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import type { Post } from './call.ts'
import type { Declared } from './encoding.ts'
import type { Failure } from './failure.ts'
import type { Eras } from './negotiate.ts'
import type { Transport, TransportEvents } from './transport.ts'

export interface SessionOptions {
  readonly declared: Declared
  readonly depth: number
  /** Of all sessions with a server: it reads one message at a time. */
  readonly reader: MessageReader
  /** The era to use with a server that supports both. */
  readonly prefers: Era
  readonly eras: Eras
  connect(events: TransportEvents): Transport
  /** A text of the server without its secrets, in at most so many bytes. */
  tell(text: string, most: number): string
  /** A notification, or a request, that belongs to no call. */
  onNotification(message: Message, reply: Post): void
  onRequest(message: Message, reply: Post): void
  /** The number of messages that matched no request and were dropped. */
  onDropped(count: number): void
  /** The server sends more messages a second than are read. */
  flooded(messages: number): void
  /** The session ended without `close()`. Called once. */
  closed(failure: Failure): void
}

/** Those that differ between the sessions with one server. */
export type OwnOptions = Pick<
  SessionOptions,
  'declared' | 'prefers' | 'connect' | 'onNotification' | 'onRequest' | 'closed'
>

/** The subscriptions in one session with a server. */
export interface Subscribed {
  readonly uris: readonly string[]
  readonly taskIds: readonly string[]
}
