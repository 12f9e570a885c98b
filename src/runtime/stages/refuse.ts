// All refusals: what the client gets, and the audit record.
// In: where the journey ended and why. Out: the answer.
// INVARIANT: an unauthenticated caller learns nothing; another learns what its
// agent can act on, and never whether a thing that it may not use exists.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { shorten } from '../base/json-text.ts'
import { CHOICE } from '../catalog/targets.ts'
import { type Headers, HttpAnswer } from '../http/answer.ts'
import type { Rejection } from '../http/era.ts'
import type { Head, HeadRefusal } from '../http/head.ts'
import type { Message } from '../message/message.ts'
import { CODE } from '../message/methods.ts'
import {
  UNAUTHENTICATED,
  writeError,
  writeId,
  writeToolError,
  writeUnavailable,
  writeUnknown,
} from '../message/write.ts'
import { renderRejection } from '../record/record.ts'
import { recordThen } from '../record/record-then.ts'
import type { Exchange } from '../request.ts'
import { GUESSED, type Unauthenticated } from './authenticate.ts'
import type { Denial } from './authorize.ts'
import type { StageContext } from './context.ts'
import {
  type Final,
  type Refused,
  refuseCall,
  refuseFlooded,
} from './finish.ts'
import type { LimitRefusal } from './limit.ts'
import { type Arrival, writeCors } from './open.ts'

/** By its reason, else by the status: the header is named. */
const HEAD_TEXT: Readonly<Record<string, string>> = {
  400: 'Bad request',
  403: 'Forbidden',
  405: 'Method not allowed',
  413: 'Request too large',
  host: 'Forbidden: Host is not one of this gateway',
  origin: 'Forbidden: Origin is not allowed',
  target: 'Bad request: the target and Host differ',
  expect: 'Expect must be 100-continue, or absent',
  'content-type': 'Content-Type must be application/json',
  'content-encoding': 'Content-Encoding must be identity, or absent',
  'transfer-encoding': 'Transfer-Encoding must be chunked, or absent',
}

function describeHead({ status, reason }: HeadRefusal): string {
  if (reason.startsWith('header ')) return `Bad request: ${reason}`
  return HEAD_TEXT[reason] ?? HEAD_TEXT[status] ?? 'Refused'
}

/** A head that breaks the rules of the edge. */
export function refuseHead(
  runtime: StageContext,
  refusal: HeadRefusal,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { status, reason } = refusal
  countRejected(runtime, request.socket.remoteAddress ?? '', reason)
  if (status === 403) tellAccepted(runtime, reason, request)
  const allow = status === 405 && { allow: 'POST, GET, DELETE' }
  const body = writeError('null', CODE.invalidRequest, describeHead(refusal))
  turnAway(response, status, body, { ...allow })
}

/** Once a minute: whoever runs the gateway learns what to add, or that somebody
 * tries. */
function tellAccepted(
  { log, seldom, clock, routing }: StageContext,
  reason: string,
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
  const body = writeError('null', CODE.unavailable, 'Shutting down')
  turnAway(response, 503, body, { 'retry-after': '1' })
}

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
    turnAway(response, 401, UNAUTHENTICATED, {
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
    turnAway(response, 401, UNAUTHORIZED, { 'www-authenticate': 'Bearer' })
  if (guessed) runtime.authThrottle.pace(ip, response, answer)
  else answer()
}

const UNAUTHORIZED = Buffer.from('{"error":"unauthorized"}')

/** A body that is no message, or speaks no protocol that we do. */
export function refuseMessage(
  runtime: StageContext,
  { routing, head, principal, began, response }: Arrival,
  message: Message | undefined,
  rejection: Rejection,
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
  if (flood) {
    const { status, body, headers } = writeFlood(id, flood)
    const { fragment } = principal
    runtime.unauthenticated.count(head.ip, flood.name, 'limited', fragment)
    return answer.finish(status, body, headers)
  }
  const fields = {
    requestId,
    ip: head.ip,
    method,
    reason: rejection.problem,
    digest: routing.digest,
  }
  const final = writeRejection(id, rejection)
  recordThen(
    runtime,
    routing,
    renderRejection(principal.fragment, fields),
    () => answer.finish(final.status, final.body, final.headers),
    () => answer.finish(503, writeUnavailable(id)),
  )
}

function writeRejection(
  id: string,
  { status, code, problem, data }: Rejection,
): Spoken {
  return { status, body: writeError(id, code, problem, data) }
}

/** A method that no table names. */
export function refuseMethod(runtime: StageContext, exchange: Exchange): void {
  const { era, message } = exchange
  const id = writeId(message)
  const body = writeError(id, CODE.unknownMethod, 'Method not found')
  const status = era === 'modern' ? 404 : 200
  refuseCharged(runtime, exchange, { decision: 'unknown' }, { status, body })
}

/** A request whose parts do not belong together. */
export function refuseOdd(
  runtime: StageContext,
  exchange: Exchange,
  rejection: Rejection,
): void {
  const refused = { decision: 'rejected', reason: rejection.problem } as const
  const final = writeRejection(writeId(exchange.message), rejection)
  refuseCharged(runtime, exchange, refused, final)
}

/** Too many refused requests of one token: only those pay. */
export function refuseCharged(
  runtime: StageContext,
  exchange: Exchange,
  refused: Refused,
  final: Final,
): void {
  const { principal, message } = exchange
  const flood = runtime.limiter.chargeRefusal(principal.token.id)
  if (!flood) return refuseCall(runtime, exchange, refused, final)
  const spoken = writeFlood(writeId(message), flood)
  refuseFlooded(runtime, exchange, flood.name, spoken)
}

/** Not granted, not there, or not with these arguments. */
export function refuseDenied(
  runtime: StageContext,
  exchange: Exchange,
  { decision, kind, use, name, constraint, claimants }: Denial,
): void {
  const { era, message } = exchange
  const id = writeId(message)
  if (use) exchange.use = use
  // Whoever has a task's id may be the one who can use it.
  else if (kind !== 'task') exchange.asked = name
  if (name === undefined) {
    const body = writeError(id, CODE.invalidParams, 'Invalid params: no name')
    refuseCharged(runtime, exchange, { decision }, { status: 400, body })
    return
  }
  if (claimants) {
    const text =
      `Resource is claimed by ${claimants.join(' and ')}: say which in ` +
      `_meta["${CHOICE}"]`
    const data = { uri: name, servers: claimants }
    const body = writeError(id, CODE.invalidParams, text, data)
    refuseCharged(runtime, exchange, { decision }, { status: 200, body })
    return
  }
  const body =
    constraint === undefined
      ? writeUnknown(id, era, kind, name)
      : writeToolError(
          id,
          era,
          `Not allowed with these arguments: ${constraint}.`,
        )
  const why = constraint === undefined ? {} : { reason: constraint }
  const refused = { decision, ...why }
  refuseCharged(runtime, exchange, refused, { status: 200, body })
}

/** A limit that this call would break. */
export function refuseLimited(
  runtime: StageContext,
  exchange: Exchange,
  { name, text, retryAfterMs }: LimitRefusal,
): void {
  const { era, message, use } = exchange
  const id = writeId(message)
  const wait = retryAfterMs === null ? null : Math.ceil(retryAfterMs)
  const meta = wait === null ? undefined : { 'portcullis/retryAfterMs': wait }
  const body =
    use?.kind === 'tool'
      ? writeToolError(id, era, text, meta)
      : writeError(id, CODE.limited, text, meta)
  const headers = writeRetryAfter(retryAfterMs)
  const at = exchange.routing.locateRule(`/limits/${name}`)?.at
  const refused = {
    decision: 'limited' as const,
    limit: name,
    ...(at && { reason: at }),
  }
  refuseCall(runtime, exchange, refused, { status: 200, body, headers })
}

function writeFlood(id: string, { text, retryAfterMs }: LimitRefusal): Spoken {
  const body = writeError(id, CODE.limited, text)
  return { status: 429, body, headers: writeRetryAfter(retryAfterMs) }
}

/** A final answer that has a message. */
type Spoken = Final & { readonly body: Buffer }

function writeRetryAfter(ms: number | null): Headers {
  if (ms === null) return {}
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) }
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
  status: number,
  body: Buffer,
  headers: Headers,
): void {
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(body)
}
