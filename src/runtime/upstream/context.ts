// What a server needs of the gateway that it runs in.
// INVARIANT: only ways to ask and to tell: a server changes nothing of it.

import type { Clock } from '../base/clock.ts'
import type { Lender } from '../base/lender.ts'
import type { Message } from '../message/message.ts'
import type { Trust } from '../outward/trust.ts'
import type { SecretSource } from '../secrets/resolve.ts'
import type { Client } from './caller.ts'
import type { Failure } from './failure.ts'
import type { Makers } from './identity.ts'
import type { Subscribed } from './session-options.ts'
import type { Source } from './source.ts'
import type { Watchdog } from './watchdog.ts'

export interface SlowStart {
  /** What its program said on stderr. */
  readonly said: string
  /** How long clients' lists wait for it, from its start on; 0: they do not. */
  readonly waitMs: number
  /** Clients' lists have what it offered before. */
  readonly isListed: boolean
}

export interface UpstreamContext extends Makers {
  readonly clock: Clock
  readonly secrets: SecretSource
  readonly watchdog: Watchdog
  /** TLS contexts that servers share. */
  readonly trust?: Trust
  /** Of the memory for long answers. */
  readonly lender?: Lender
  readonly caps: { readonly message: number; readonly depth: number }
  readonly clientInfo: { readonly name: string; readonly version: string }
  /** A message of a server that belongs to no call. `key`: of its session;
   * `client`: the only client of that session. */
  unsolicited(
    source: Source,
    key: string,
    client: Client | undefined,
    message: Message,
  ): void
  /** Whether a session has subscribers. */
  isWanted(server: string, key: string): boolean
  /** The subscriptions of a session. */
  listWanted(server: string, key: string): Subscribed
  /** How requests to a server leave the gateway, where the config has a proxy;
   * called when the server is added. */
  leaves(server: string, exit: string): void
  /** A line of a server's stderr, for the log. */
  note(server: string, line: string): void
  /** A server sends more messages a second than are read. */
  flooded(server: string, messages: number): void
  /** A server keeps failing, so that calls are stopped; or no longer does. */
  failing(server: string, failure: Failure | undefined): void
  /** A server takes long to start for the first time. */
  starting(server: string, start: SlowStart): void
  /** A server is ready, and each person signs in to it. */
  needsPeople(server: string): void
  /** The lists of a caller's own session have changed. */
  ownChanged(): void
  /** A server is up, or down and why. */
  turned(
    server: string,
    failure: Failure | undefined,
    started?: { readonly tools: number; readonly ms: number },
  ): void
}
