// What a session with a server is opened with.
// In: nothing. Out: a type alone.
// INVARIANT: a session knows nothing of what it is opened for.

import type { Message } from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import type { Post } from './call.ts'
import type { Declared } from './encoding.ts'
import type { Failure } from './failure.ts'
import type { Eras } from './negotiate.ts'
import type { Transport, TransportEvents } from './transport.ts'

export interface SessionOptions {
  readonly declared: Declared
  readonly depth: number
  /** The era to speak where the server speaks both. */
  readonly prefers: Era
  readonly eras: Eras
  connect(events: TransportEvents): Transport
  /** A text of the server as it may be told: less its secrets, and then in so
   * many bytes. */
  tell(text: string, most: number): string
  /** A notification, and a request, that belong to no call. */
  onNotification(message: Message, reply: Post): void
  onRequest(message: Message, reply: Post): void
  /** Messages that belong to nobody: they go nowhere. */
  onDropped(count: number): void
  /** It says more in a second than is read. */
  flooded(messages: number): void
  /** The session is over, by itself. Told once. */
  closed(failure: Failure): void
}

/** What clients want to be told of, in one session with a server. */
export interface Subscribed {
  readonly uris: readonly string[]
  readonly taskIds: readonly string[]
}
