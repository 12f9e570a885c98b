// What the stages of the serve journey share while the gateway runs.
// In: nothing. Out: the interface.
// INVARIANT: `routing` is replaced, never changed; a stage reads it once.

import type { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { KeyedDigest } from './audit/digest.ts'
import type { AuditLog } from './audit/log.ts'
import type { Clock } from './base/clock.ts'
import type { Flights } from './base/in-flight.ts'
import type { Seldom } from './base/log-throttle.ts'
import type { Turns } from './base/turns.ts'
import type { Routing } from './catalog/routing.ts'
import type { Alarm } from './control/alarm.ts'
import type { Tally } from './control/metrics/tally.ts'
import type { Wires } from './control/revoke/client-sockets.ts'
import type { RevokedFile } from './control/revoke/revoked-file.ts'
import type { Tracer } from './control/traces/tracer.ts'
import type { Holdings } from './http/memory-budget.ts'
import type { ClientSessions } from './http/sessions.ts'
import type { Listening } from './notifications/listen.ts'
import type { Subscriptions } from './notifications/subscriptions.ts'
import type { Strangers } from './record/unauthenticated.ts'
import type { Parking } from './relay/parking.ts'
import type { Seal } from './relay/seal.ts'
import type { TaskOwners } from './relay/tasks.ts'
import type { Exchange } from './request.ts'
import type { Guesses } from './stages/auth-throttle.ts'
import type { Limiter } from './stages/limit.ts'
import type { Upstreams } from './upstream/upstreams.ts'

export interface Runtime {
  readonly version: string
  readonly clock: Clock
  readonly log: Logger
  readonly audit: AuditLog
  readonly strangers: Strangers
  readonly guesses: Guesses
  readonly alarm: Alarm
  readonly seldom: Seldom
  readonly limiter: Limiter
  readonly sessions: ClientSessions
  readonly holdings: Holdings
  readonly subscriptions: Subscriptions
  readonly tasks: TaskOwners
  /** Who listens to which task. */
  readonly watched: Subscriptions
  readonly listening: Set<Listening>
  readonly parking: Parking
  readonly revoked: RevokedFile
  readonly wires: Wires
  readonly upstreams: Upstreams
  /** Of large bodies. */
  readonly turns: Turns
  /** Calls under way. */
  readonly exchanges: Flights<Exchange>
  /** Keys the digests of arguments in the audit. */
  readonly argumentKey: KeyedDigest
  /** Keeps states of servers to those whom they were given to. */
  readonly seal: Seal
  /** States that calls went on with, each by how it begins. */
  readonly spent: LRUCache<string, true>
  readonly tally: Tally
  /** Undefined: nothing is traced. */
  tracer: Tracer | undefined
  routing: Routing
  /** New requests are turned away; those under way may end. */
  draining: boolean
  /** A new request id: unique in the audit, no secret. */
  nextRequestId(): string
}
