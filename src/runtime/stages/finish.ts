// Ends an exchange: writes its audit record, then sends its last bytes.
// INVARIANT: no answer leaves before its record is written; if the record
// cannot be written and the config says `refuse`, the answer does not leave.

import type { AuditDecision, AuditOutcome } from '../../contract/audit.ts'
import type { Line } from '../audit/batch.ts'
import { type Bytes, lengthOf } from '../base/pieces.ts'
import type { Use } from '../catalog/view.ts'
import type { Answer, Headers } from '../http/answer.ts'
import { findNode, type Message, sliceNode } from '../message/message.ts'
import {
  decisionOf,
  type Refusal,
  reasonOf,
  UNAUDITED,
  writeRefusal,
} from '../message/refusal.ts'
import { writeId } from '../message/write.ts'
import { addArguments } from '../record/arguments.ts'
import { addOutcome, addRefusal, type Ending } from '../record/record.ts'
import { AfterRecord } from '../record/record-then.ts'
import type { Exchange } from '../request.ts'
import type { StageContext } from './context.ts'
import type { LimitRefusal } from './limit.ts'

interface Final {
  readonly status: number
  /** Null ends the answer without a message. */
  readonly body: Bytes | null
  readonly headers?: Headers
  /** Called when nothing of the request is read any more. */
  readonly taken?: (() => void) | undefined
}

interface CallEnd {
  /** When it ended, in monotonic milliseconds; undefined: now. */
  readonly at?: number
  readonly outcome: AuditOutcome
  readonly upstreamMs: number | null
  /** HTTP status of a response that was not an answer. */
  readonly upstreamStatus?: number | undefined
  /** The account at the server that it used. */
  readonly grant?: string | undefined
}

/** Ends an exchange that was admitted. */
export function finishCall(
  runtime: StageContext,
  exchange: Exchange,
  ended: CallEnd,
  final: Final,
): void {
  const { answer, began } = exchange
  const { outcome, upstreamMs, upstreamStatus, grant } = ended
  const { at = runtime.clock.monotonic() } = ended
  // Each member by name: a spread makes V8 describe a new shape for each call.
  const ending: Ending = {
    outcome,
    durationMs: at - began,
    upstreamMs,
    upstreamStatus,
    grant,
    bytesOut:
      answer.bytes + (answer.over ? 0 : final.body ? lengthOf(final.body) : 0),
  }
  runtime.tally.end(exchange, ending)
  exchange.span?.end(exchange, ending.outcome, ending.durationMs)
  releaseExchange(runtime, exchange)
  const line = runtime.audit.begin()
  addOutcome(line, exchange, ending)
  runtime.audit.end(new LastBytes(runtime, exchange, final))
}

/** Ends an exchange that is refused, with one record. `limit`: the limit that
 * refused it. */
export function refuseCall(
  runtime: StageContext,
  exchange: Exchange,
  refusal: Refusal,
  limit?: string,
): void {
  const { named, message, era, method } = exchange
  const { use } = named
  const decision = decisionOf(refusal)
  endRefused(runtime, exchange, decision)
  const isCall = method === 'tools/call'
  const final = writeRefusal(refusal, writeId(message), era, isCall)
  const line = runtime.audit.begin()
  const more = { limit, reason: reasonOf(refusal) }
  const room = addRefusal(line, exchange, decision, more)
  if (use) addCallArguments(runtime, line, exchange, use, room)
  runtime.audit.end(new LastBytes(runtime, exchange, final))
}

/** Refuses one of many requests of a token; together they get one record a
 * second. */
export function refuseFlooded(
  runtime: StageContext,
  exchange: Exchange,
  flood: LimitRefusal,
): void {
  endRefused(runtime, exchange, 'limited')
  const { ip, principal } = exchange
  runtime.unauthenticated.count(ip, flood.limit, 'limited', principal.fragment)
  answerRefusal(exchange.answer, exchange.message, flood)
}

export function answerRefusal(
  answer: Answer,
  message: Message | undefined,
  refusal: Refusal,
): void {
  const { status, body, headers } = writeRefusal(refusal, writeId(message))
  answer.finish(status, body, headers)
}

function endRefused(
  runtime: StageContext,
  exchange: Exchange,
  decision: AuditDecision,
): void {
  runtime.tally.refuse(exchange, decision)
  const durationMs = runtime.clock.monotonic() - exchange.began
  exchange.span?.end(exchange, decision, durationMs)
  releaseExchange(runtime, exchange)
}

/** Adds the arguments of a call, as far as its record may show them. Only a known
 * tool has rules for that. */
export function addCallArguments(
  runtime: StageContext,
  line: Line,
  exchange: Exchange,
  use: Use,
  room: number,
): void {
  const { routing, message } = exchange
  const node = findNode(message.params, 'arguments')
  const bytes = node && sliceNode(message.bytes, node)
  const { audit } = routing.table
  addArguments(line, audit, runtime.argumentKey, use, bytes, room)
}

/** Answers that the call was not made because it cannot be recorded. */
export function failUnaudited(runtime: StageContext, exchange: Exchange): void {
  const { answer, message, began } = exchange
  runtime.tally.countRefusal('unaudited')
  exchange.span?.end(exchange, 'unaudited', runtime.clock.monotonic() - began)
  releaseExchange(runtime, exchange)
  if (answer.begun) return answer.cut()
  answerRefusal(answer, message, UNAUDITED)
}

/** Sends what is left of an answer. */
class LastBytes extends AfterRecord<StageContext> {
  readonly #exchange: Exchange
  readonly #final: Final

  constructor(runtime: StageContext, exchange: Exchange, final: Final) {
    super(runtime, exchange.routing)
    this.#exchange = exchange
    this.#final = final
  }

  protected act(): void {
    const { answer } = this.#exchange
    const { status, body, headers, taken } = this.#final
    if (body) answer.finish(status, body, headers)
    else answer.end(status, headers)
    taken?.()
  }

  protected refuse(): void {
    failUnaudited(this.runtime, this.#exchange)
    this.#final.taken?.()
  }
}

/** Frees what the exchange holds. A second call does nothing. */
export function releaseExchange(
  runtime: StageContext,
  exchange: Exchange,
): void {
  runtime.exchanges.delete(exchange)
  exchange.granted?.admission.release()
  exchange.relay = undefined
}
