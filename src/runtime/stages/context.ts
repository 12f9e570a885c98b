// What the stages need of a running gateway.
// In: nothing. Out: the interface.
// INVARIANT: `routing` is replaced, never changed; a stage reads it once.

import type { Logger } from 'pino'
import type { AuditDecision } from '../../contract/audit.ts'
import type { KeyedDigest } from '../audit/digest.ts'
import type { AuditLog } from '../audit/log.ts'
import type { Clock } from '../base/clock.ts'
import type { InFlightSet } from '../base/in-flight.ts'
import type { Seldom } from '../base/log-throttle.ts'
import type { Turns } from '../base/turns.ts'
import type { Routing } from '../catalog/routing.ts'
import type { ClientSessions } from '../http/sessions.ts'
import type { TraceContext } from '../message/trace-context.ts'
import type { Ending } from '../record/record.ts'
import type { UnauthenticatedCounts } from '../record/unauthenticated.ts'
import type { Exchange, Span } from '../request.ts'
import type { Upstreams } from '../upstream/upstreams.ts'
import type { AuthThrottle } from './auth-throttle.ts'
import type { Limiter } from './limit.ts'

/** Counts what became of requests, for the metrics. */
export interface CallCounter {
  admitted: number
  refused: number
  end(exchange: Exchange, ending: Ending): void
  refuse(exchange: Exchange, decision: AuditDecision): void
  turnAway(reason: string): void
}

export interface StageContext {
  readonly version: string
  readonly clock: Clock
  readonly log: Logger
  readonly audit: AuditLog
  readonly unauthenticated: UnauthenticatedCounts
  readonly authThrottle: AuthThrottle
  readonly seldom: Seldom
  readonly limiter: Limiter
  readonly sessions: ClientSessions
  readonly upstreams: Upstreams
  /** Of large bodies. */
  readonly turns: Turns
  /** Calls under way. */
  readonly exchanges: InFlightSet<Exchange>
  /** Keys the digests of arguments in the audit. */
  readonly argumentKey: KeyedDigest
  readonly tally: CallCounter
  /** Undefined: nothing is traced. */
  readonly tracer:
    | { begin(context: TraceContext | undefined): Span }
    | undefined
  readonly routing: Routing
  /** A new request id: unique in the audit, no secret. */
  nextRequestId(): string
}
