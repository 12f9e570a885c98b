// The server and session that a message comes from.
// INVARIANT: `reply` sends to the session of the message, or nowhere.

import type { Server } from '../../contract/table.ts'
import type { Post } from './call.ts'

export interface Source {
  readonly name: string
  readonly server: Server
  /** Whether all clients share one connection, so that messages have no known
   * client. */
  readonly pooled: boolean
  readonly reply: Post
  /** Removes the server's secrets from a message. */
  redact(bytes: Buffer): Buffer
}
