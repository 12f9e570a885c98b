// Answers and records all refusals.
// INVARIANT: an unauthenticated caller gets no details; an authenticated one
// gets what it can act on, never whether something that it may not use exists.

import { shorten } from '../base/json-text.ts'
import { type Headers, HttpAnswer } from '../http/answer.ts'
import { namePeer } from '../http/proxies.ts'
import type {
  Head,
  HttpRequest,
  HttpResponse,
} from '../http/request-response.ts'
import type { Message } from '../message/message.ts'
import {
  type Refusal,
  type RefusalAnswer,
  reasonOf,
  UNAUDITED,
  writeRefusal,
} from '../message/refusal.ts'
import { renderRejection } from '../record/record.ts'
import { recordThen } from '../record/record-then.ts'
import type { Exchange } from '../request.ts'
import type { StageContext } from './context.ts'
import { answerRefusal, refuseCall, refuseFlooded } from './finish.ts'
import type { LimitRefusal } from './limit.ts'
import { type Arrival, writeCors } from './open.ts'
import { type Unauthenticated, writeChallenge } from './token-faults.ts'

/** Refuses a request whose head is not acceptable. */
export function refuseHead(
  runtime: StageContext,
  refusal: Refusal,
  request: HttpRequest,
  response: HttpResponse,
): void {
  const { refusal: kind, reason = kind } = refusal
  const { listen } = runtime.routing.table
  countRejected(runtime, runtime.proxies.nameAddress(request, listen), reason)
  if (kind === 'host' || kind === 'origin') logUnlisted(runtime, kind, request)
  const allow = kind === 'method' && { allow: 'POST, GET, DELETE' }
  sendRefusal(response, writeRefusal(refusal), { ...allow })
}

/** At most once a minute. The operator learns what to add, or that somebody
 * tries other names. */
export function logUnlisted(
  { log, logThrottle, clock, routing }: StageContext,
  reason: 'host' | 'origin',
  { headers }: Pick<HttpRequest, 'headers'>,
): void {
  if (!logThrottle.due(reason, clock.monotonic())) return
  const { hosts, origins, publicUrl } = routing.table.listen
  const [key, given, own] =
    reason === 'host'
      ? (['listen.hosts', headers.host, hosts] as const)
      : (['listen.origins', headers.origin, origins] as const)
  const accepted = own ?? 'loopback names only'
  const also = reason === 'host' && publicUrl ? { publicUrl } : {}
  const refused = shorten(given ?? '', MAX_LOGGED)
  log.warn(
    { [reason]: refused, accepted, ...also },
    `refused: not in \`${key}\``,
  )
}

const MAX_LOGGED = 100

/** Counts a request that was refused before authentication. */
export function countRejected(
  { unauthenticated, tally }: StageContext,
  ip: string,
  reason: string,
): void {
  unauthenticated.count(ip, reason, 'rejected')
  tally.countRefusal(reason)
}

/** Refuses a request while the gateway shuts down. */
export function refuseDraining(response: HttpResponse): void {
  sendRefusal(response, writeRefusal(DRAINING), {})
}

const DRAINING: Refusal = Object.freeze({
  refusal: 'draining',
  retryAfterMs: 1_000,
})

/** Refuses a request without a good token. Who has not proven to hold one gets
 * an answer that depends on no record. */
export function refuseUnauthenticated(
  runtime: StageContext,
  head: Head,
  refusal: Unauthenticated,
  response: HttpResponse,
): void {
  if (head.method === 'OPTIONS') return answerPreflight(head, response)
  const { ip } = head
  const { reason, holder } = refusal
  runtime.unauthenticated.count(ip, reason, 'unauthenticated', holder)
  runtime.tally.countRefusal(reason)
  const told = nameLogin(runtime, refusal)
  const answer = () =>
    sendRefusal(response, writeRefusal(told), {
      ...writeCors(head),
      'www-authenticate': writeChallenge(told),
    })
  // Somebody may try random tokens.
  const isTry = holder === undefined && head.authorization !== undefined
  const busy = () => sendRefusal(response, writeRefusal(BUSY), writeCors(head))
  if (isTry) paceRefusal(runtime, ip, response, { answer, busy })
  else answer()
}

/** A token of the company's login has come to the other address. */
function nameLogin(
  { verifier }: StageContext,
  refusal: Unauthenticated,
): Unauthenticated {
  if (!verifier || refusal.reason !== 'foreign token') return refusal
  const { login, origin } = verifier.terms
  const more = ` Tokens of the login of the company are taken at ${origin + login.path}.`
  return { ...refusal, detail: refusal.detail + more }
}

/** Retry when the delay of a refusal is short again. */
export const BUSY: Refusal = Object.freeze({
  refusal: 'tries',
  retryAfterMs: 5_000,
})

/** Behind a proxy, who tries too many tokens is told that it is `busy`: to the
 * proxy, a connection that is cut is a gateway that fails, and it would send
 * nobody there for a while. */
export function paceRefusal(
  { authThrottle, routing }: StageContext,
  ip: string,
  response: HttpResponse,
  { answer, busy }: Readonly<Record<'answer' | 'busy', () => void>>,
): void {
  const isProxied = routing.table.listen.behindProxy.length > 0
  authThrottle.pace(ip, response, answer, isProxied ? busy : undefined)
}

/** Refuses a request to the admin listener that has no token or a wrong one.
 * Wrong ones are throttled like those of clients. */
export function refuseOperator(
  runtime: StageContext,
  { headers, socket }: HttpRequest,
  response: HttpResponse,
): void {
  const ip = namePeer(socket)
  const hasToken = headers.authorization !== undefined
  const reason = hasToken ? 'wrong admin token' : 'no admin token'
  runtime.unauthenticated.count(ip, reason, 'unauthenticated')
  runtime.tally.countRefusal(reason)
  const answer = () =>
    sendRefusal(response, UNAUTHORIZED, { 'www-authenticate': 'Bearer' })
  if (hasToken) runtime.authThrottle.pace(ip, response, answer)
  else answer()
}

/** The admin listener does not use JSON-RPC. */
const UNAUTHORIZED: RefusalAnswer = Object.freeze({
  status: 401,
  body: Buffer.from('{"error":"unauthorized"}'),
  headers: {},
})

/** Refuses a body that is not a message, or that fits no supported version. */
export function refuseMessage(
  runtime: StageContext,
  { routing, head, principal, began, response }: Arrival,
  message: Message | undefined,
  refusal: Refusal,
): void {
  const flood = runtime.limiter.chargeRefusal(principal.token.id)
  runtime.tally.refused++
  runtime.tally.countRefusal(flood ? 'limited' : 'rejected')
  const requestId = runtime.nextRequestId()
  const method =
    message?.method ?? (head.method === 'POST' ? null : head.method)
  const headers = {
    ...writeCors(head),
    'x-request-id': requestId,
    // Where such a body ends is not certain: nothing after it is read.
    ...(!message && head.method === 'POST' && { connection: 'close' }),
  }
  const answer = new HttpAnswer(response, false, headers, began)
  const finish = (one: Refusal) => answerRefusal(answer, message, one)
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

/** Refuses a request. Too many refusals of one token share a record. */
export function refuseExchange(
  runtime: StageContext,
  exchange: Exchange,
  refusal: Refusal,
): void {
  const flood = runtime.limiter.chargeRefusal(exchange.principal.token.id)
  if (flood) return refuseFlooded(runtime, exchange, flood)
  refuseCall(runtime, exchange, refusal)
}

/** Refuses a call that a limit does not admit. */
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

/** A CORS preflight has no token; the head stage has checked its Origin. */
export function answerPreflight(head: Head, response: HttpResponse): void {
  response.writeHead(204, {
    ...writeCors(head),
    'access-control-allow-methods': 'POST, GET, DELETE',
    'access-control-allow-headers':
      'Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID, Mcp-Method, Mcp-Name, Traceparent',
    'access-control-max-age': '600',
  })
  response.end()
}

/** Closes the connection after the answer: the request body was not read. */
export function sendRefusal(
  response: HttpResponse,
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
