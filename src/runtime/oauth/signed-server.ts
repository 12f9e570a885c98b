// A server that the gateway signs in to: what every way of it needs.
// INVARIANT: what may hold a secret is asked for at each use, and never kept.

import type { HttpServer } from '../../contract/table.ts'
import type { Clock } from '../base/clock.ts'
import type { Outward } from '../outward/outward.ts'
import type { SecretSource } from '../secrets/resolve.ts'
import type { Resolve } from './reach.ts'

export interface SignedServer {
  /** Its name in the config. */
  readonly name: string
  readonly server: Pick<HttpServer, 'url'>
  readonly clock: Clock
  readonly secrets: SecretSource
  readonly resolve?: Resolve | undefined
  /** The address of the server, and what it gets beside the token; they may
   * hold secrets. */
  url(): URL
  headers(): Readonly<Record<string, string>>
  /** How requests to it, and to its authorization server, leave the gateway. */
  readonly outward: Outward
  /** Takes a text out of all that this server says and of all reports. `kept`: so
   * many of the place are remembered. */
  hide(text: string, place: string, kept?: number): void
  /** Forgets those of the place. */
  unhide(place: string): void
  /** A text without what was hidden. */
  tell(text: string): string
}
