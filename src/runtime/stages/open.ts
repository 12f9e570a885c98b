// Makes an Exchange from the results of the first stages.
// INVARIANT: no rule is applied here.

import { hashConversation, renderOrigin } from '../audit/fragments.ts'
import type { Routing } from '../catalog/routing.ts'
import type { Principal } from '../catalog/view.ts'
import {
  type Answer,
  type Headers,
  HttpAnswer,
  NO_HEADERS,
} from '../http/answer.ts'
import type { Claim } from '../http/era.ts'
import type {
  Head,
  HttpRequest,
  HttpResponse,
} from '../http/request-response.ts'
import type { ClientSession } from '../http/sessions.ts'
import type { Message } from '../message/message.ts'
import { readContext, type TraceContext } from '../message/trace-context.ts'
import { type Exchange, memoOf, type Named } from '../request.ts'
import type { StageContext } from './context.ts'
import { holdSession } from './person.ts'

/** A request after its sender was authenticated. */
export interface Arrival {
  readonly routing: Routing
  readonly head: Head
  readonly principal: Principal
  /** Monotonic milliseconds. */
  readonly began: number
  readonly request: HttpRequest
  readonly response: HttpResponse
}

/** `part`: the answer to one message of a batch. */
export function openExchange(
  runtime: StageContext,
  arrival: Arrival,
  message: Message,
  claim: Claim,
  part?: Answer,
): Exchange {
  const { routing, head, principal, began } = arrival
  const requestId = runtime.nextRequestId()
  const context = readContext(message, head)
  const span = runtime.tracer?.begin(context)
  const { session } = claim
  if (session) holdSession(session, principal.token)
  return {
    era: claim.era,
    protocol: claim.protocol,
    client: claim.client,
    session,
    requestId,
    routing,
    principal,
    message,
    method: message.method,
    trace: (span ?? context)?.traceId ?? null,
    span,
    origin: session?.origin ?? recallOrigin(claim, principal, context, head),
    head,
    memo: memoOf(head),
    ip: head.ip,
    bytesIn: message.bytes.length,
    began,
    answer: part ?? openAnswer(arrival, requestId, session),
    named: NOTHING,
    asking: undefined,
    granted: undefined,
    relay: undefined,
    ended: undefined,
    repeated: undefined,
    heldMs: 0,
    slot: -1,
  }
}

const NOTHING: Named = Object.freeze({})

function openAnswer(
  { head, response, began }: Arrival,
  requestId: string,
  session: ClientSession | null,
): Answer {
  const headers = writeCors(head)
  const answer = new HttpAnswer(response, head.streams, headers, began)
  answer.requestId = requestId
  answer.prefersStream = head.prefersStream
  answer.sessionStreams = session?.streams
  return answer
}

function recallOrigin(
  claim: Claim,
  principal: Principal,
  context: TraceContext | undefined,
  head: Head,
): string {
  const memo = memoOf(head)
  const known = memo?.origin
  const conversation = context?.traceId
  const isSame =
    known?.client === claim.client &&
    known.principal === principal &&
    known.protocol === claim.protocol &&
    known.conversation === conversation
  if (isSame) return known.text
  const text = renderOwnOrigin(claim, principal, context, head.ip)
  const { client, protocol } = claim
  if (memo) memo.origin = { client, protocol, conversation, principal, text }
  return text
}

/** Outside a session, the trace of the client groups its requests; without a
 * trace, the token, client name and address do. */
function renderOwnOrigin(
  { client, protocol }: Claim,
  { token }: Principal,
  context: TraceContext | undefined,
  ip: string,
): string {
  const conversation =
    context?.traceId ?? hashConversation(token.id, client.name, ip)
  return renderOrigin(client.fragment, conversation, protocol)
}

/** The CORS headers of an answer. Only an allowed Origin gets them. */
export function writeCors({ origin }: Pick<Head, 'origin'>): Headers {
  if (origin === undefined) return NO_HEADERS
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers':
      'Mcp-Session-Id, X-Request-Id, Retry-After, WWW-Authenticate',
    vary: 'Origin',
  }
}
