// All refusals: what the client gets, and the audit record.
// In: where the journey ended and why. Out: the answer.
// INVARIANT: an unauthenticated caller learns nothing; another learns what its
// agent can act on, and never whether a thing that it may not use exists.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { shorten } from '../base/json-text.ts'
import { type Headers, HttpAnswer } from '../http/answer.ts'
import type { Head } from '../http/head.ts'
import type { Message } from '../message/message.ts'
import {
  type Refusal,
  type RefusalAnswer,
  reasonOf,
  UNAUDITED,
  UNAUTHENTICATED,
  writeRefusal,
} from '../message/refusal.ts'
import { writeId } from '../message/write.ts'
import { renderRejection } from '../record/record.ts'
import { recordThen } from '../record/record-then.ts'
import type { Exchange } from '../request.ts'
import { GUESSED, type Unauthenticated } from './authenticate.ts'
import type { StageContext } from './context.ts'
import { refuseCall, refuseFlooded } from './finish.ts'
import type { LimitRefusal } from './limit.ts'
import { type Arrival, writeCors } from './open.ts'

/** A head that breaks the rules of the edge. */
export function refuseHead(
  runtime: StageContext,
  refusal: Refusal,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { refusal: kind, reason = kind } = refusal
  countRejected(runtime, request.socket.remoteAddress ?? '', reason)
  if (kind === 'host' || kind === 'origin') tellAccepted(runtime, kind, request)
  const allow = kind === 'method' && { allow: 'POST, GET, DELETE' }
  turnAway(response, writeRefusal(refusal), { ...allow })
}

/** Once a minute: whoever runs the gateway learns what to add, or that somebody
 * tries. */
function tellAccepted(
  { log, seldom, clock, routing }: StageContext,
  reason: 'host' | 'origin',
  { headers }: IncomingMessage,
): void {
  if (!seldom.due(reason, clock.monotonic())) return
  const { hosts, origins } = routing.table.listen
  const [key, given, own] =
    reason === 'host'
      ? (['listen.hosts', headers.host, hosts] as const)
      : (['listen.origins', headers.origin, origins] as const)
  const accepted = own ?? 'loopback names alone'
  const refused = shorten(given ?? '', MAX_TOLD)
  log.warn({ [reason]: refused, accepted }, `refused: not in \`${key}\``)
}

const MAX_TOLD = 100

/** A request of nobody known, for what it is. */
export function countRejected(
  { unauthenticated, tally }: StageContext,
  ip: string,
  reason: string,
): void {
  unauthenticated.count(ip, reason, 'rejected')
  tally.turnAway(reason)
}

/** The gateway is about to end; another may take the request. */
export function refuseDraining(response: ServerResponse): void {
  turnAway(response, writeRefusal(DRAINING), {})
}

const DRAINING: Refusal = Object.freeze({
  refusal: 'draining',
  retryAfterMs: 1_000,
})

/** No token, or none that is good: one answer for all of them. */
export function refuseUnauthenticated(
  runtime: StageContext,
  head: Head,
  { reason, holder }: Unauthenticated,
  response: ServerResponse,
): void {
  if (head.method === 'OPTIONS') return answerPreflight(head, response)
  const { ip } = head
  runtime.unauthenticated.count(ip, reason, 'unauthenticated', holder)
  runtime.tally.turnAway(reason)
  const answer = () =>
    turnAway(response, UNAUTHENTICATED, {
      ...writeCors(head),
      'www-authenticate': 'Bearer',
    })
  if (GUESSED.includes(reason)) runtime.authThrottle.pace(ip, response, answer)
  else answer()
}

/** Of the admin listener: no token, or a wrong one, which is paced as others
 * are. */
export function refuseOperator(
  runtime: StageContext,
  { headers, socket }: IncomingMessage,
  response: ServerResponse,
): void {
  const ip = socket.remoteAddress ?? ''
  const guessed = headers.authorization !== undefined
  const reason = guessed ? 'wrong admin token' : 'no admin token'
  runtime.unauthenticated.count(ip, reason, 'unauthenticated')
  runtime.tally.turnAway(reason)
  const answer = () =>
    turnAway(response, UNAUTHORIZED, { 'www-authenticate': 'Bearer' })
  if (guessed) runtime.authThrottle.pace(ip, response, answer)
  else answer()
}

/** No JSON-RPC is spoken there. */
const UNAUTHORIZED: RefusalAnswer = Object.freeze({
  status: 401,
  body: Buffer.from('{"error":"unauthorized"}'),
  headers: {},
})

/** A body that is no message, or speaks no protocol that we do. */
export function refuseMessage(
  runtime: StageContext,
  { routing, head, principal, began, response }: Arrival,
  message: Message | undefined,
  refusal: Refusal,
): void {
  const flood = runtime.limiter.chargeRefusal(principal.token.id)
  runtime.tally.refused++
  runtime.tally.turnAway(flood ? 'limited' : 'rejected')
  const requestId = runtime.nextRequestId()
  const method =
    message?.method ?? (head.method === 'POST' ? null : head.method)
  const headers = {
    ...writeCors(head),
    'x-request-id': requestId,
    // Where it ended is not certain either: nothing behind it is read.
    ...(!message && head.method === 'POST' && { connection: 'close' }),
  }
  const answer = new HttpAnswer(response, false, headers, began)
  const id = writeId(message)
  const finish = (one: Refusal) => {
    const { status, body, headers } = writeRefusal(one, id)
    answer.finish(status, body, headers)
  }
  if (flood) {
    const { fragment } = principal
    runtime.unauthenticated.count(head.ip, flood.limit, 'limited', fragment)
    return finish(flood)
  }
  const fields = {
    requestId,
    ip: head.ip,
    method,
    reason: reasonOf(refusal) ?? '',
    digest: routing.digest,
  }
  recordThen(
    runtime,
    routing,
    renderRejection(principal.fragment, fields),
    () => finish(refusal),
    () => finish(UNAUDITED),
  )
}

/** Too many refused requests of one token: only those pay. */
export function refuseExchange(
  runtime: StageContext,
  exchange: Exchange,
  refusal: Refusal,
): void {
  const flood = runtime.limiter.chargeRefusal(exchange.principal.token.id)
  if (flood) return refuseFlooded(runtime, exchange, flood)
  refuseCall(runtime, exchange, refusal)
}

/** A limit that this call would break. */
export function refuseLimited(
  runtime: StageContext,
  exchange: Exchange,
  refusal: LimitRefusal,
): void {
  const { limit } = refusal
  const reason = exchange.routing.locateRule(`/limits/${limit}`)?.at
  const placed = reason ? { ...refusal, reason } : refusal
  refuseCall(runtime, exchange, placed, limit)
}

/** CORS asks before it sends a token; the head stage has judged the Origin. */
function answerPreflight(head: Head, response: ServerResponse): void {
  response.writeHead(204, {
    ...writeCors(head),
    'access-control-allow-methods': 'POST, GET, DELETE',
    'access-control-allow-headers':
      'Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID, Mcp-Method, Mcp-Name, Traceparent',
    'access-control-max-age': '600',
  })
  response.end()
}

/** The request's body was not read: the connection ends with the answer. */
function turnAway(
  response: ServerResponse,
  { status, body, headers }: RefusalAnswer,
  more: Headers,
): void {
  response.writeHead(status, {
    ...headers,
    ...more,
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(body)
}
