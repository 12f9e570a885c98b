// A server that says something, as those who pass it on see it.
// In: nothing. Out: the type alone.

import type { Server } from '../../contract/table.ts'
import type { Post } from './call.ts'
export interface Source {
  readonly name: string
  readonly server: Server
  /** Whether it says everything to everyone at once, on one wire. */
  readonly pooled: boolean
  readonly reply: Post
  /** Takes the server's secrets out of what it says. */
  redact(bytes: Buffer): Buffer
}
