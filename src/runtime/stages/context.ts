// The parts of a running gateway that the stages use.
// INVARIANT: `routing` is replaced, never changed; a stage reads it once.

import type { AuditDecision } from '../../contract/audit.ts'
import type { Logger } from '../../contract/log.ts'
import type { KeyedDigest } from '../audit/digest.ts'
import type { AuditLog } from '../audit/log.ts'
import type { Clock } from '../base/clock.ts'
import type { InFlightSet } from '../base/in-flight.ts'
import type { Lender } from '../base/lender.ts'
import type { LogThrottle } from '../base/log-throttle.ts'
import type { Turns } from '../base/turns.ts'
import type { Routing } from '../catalog/routing.ts'
import type { Proxies } from '../http/proxies.ts'
import type { ClientSessions } from '../http/sessions.ts'
import type { Verifier } from '../login/verifier.ts'
import type { MessageReader } from '../message/message.ts'
import type { TraceContext } from '../message/trace-context.ts'
import type { Ending } from '../record/record.ts'
import type { UnauthenticatedCounts } from '../record/unauthenticated.ts'
import type { Exchange, Span } from '../request.ts'
import type { Upstreams } from '../upstream/upstreams.ts'
import type { AuthThrottle } from './auth-throttle.ts'
import type { Limiter } from './limit.ts'

/** Counts the results of requests for the metrics. */
interface CallCounter {
  admitted: number
  refused: number
  end(exchange: Exchange, ending: Ending): void
  refuse(exchange: Exchange, decision: AuditDecision): void
  countRefusal(reason: string): void
}

export interface StageContext {
  readonly version: string
  readonly clock: Clock
  readonly log: Logger
  readonly audit: AuditLog
  readonly unauthenticated: UnauthenticatedCounts
  readonly authThrottle: AuthThrottle
  /** The proxies in front of the gateway. */
  readonly proxies: Proxies
  readonly logThrottle: LogThrottle
  readonly limiter: Limiter
  readonly sessions: ClientSessions
  readonly upstreams: Upstreams
  /** The queue of large request bodies. */
  readonly turns: Turns
  /** Of the memory for long messages. */
  readonly lender: Lender
  /** Reads the messages of clients, one at a time. */
  readonly reader: MessageReader
  /** In-flight calls. */
  readonly exchanges: InFlightSet<Exchange>
  /** The key for digests of arguments in audit records. */
  readonly argumentKey: KeyedDigest
  readonly tally: CallCounter
  /** Undefined where traces are off. */
  readonly tracer:
    | { begin(context: TraceContext | undefined): Span }
    | undefined
  readonly routing: Routing
  /** Undefined where nobody comes by a login of the company. */
  readonly verifier: Verifier | undefined
  /** Makes a request id: unique in the audit, not a secret. */
  nextRequestId(): string
}
