// GET, DELETE and OPTIONS: a legacy session's stream, and its end (2025-11-25).
// In: an arrival without a body. Out: a stream, or a status.
// INVARIANT: a stream belongs to one session of one token and ends with
// either; it is on record when it opens and when it closes.

import { renderStream } from './audit/record.ts'
import { judgeToken, makePrincipal } from './authenticate.ts'
import { Answer } from './edge/answer.ts'
import { CODE } from './edge/methods.ts'
import type { ClientSession } from './edge/sessions.ts'
import { type Arrival, writeCors } from './open.ts'
import { refuseMessage } from './refuse.ts'
import { cancelExchange } from './relay.ts'
import type { Runtime } from './runtime.ts'

export function serveSession(runtime: Runtime, arrival: Arrival): void {
  const { head, principal, began, response } = arrival
  const answer = new Answer(response, true, writeCors(head), began)
  const fail = (status: number, code: number, problem: string) =>
    refuseMessage(runtime, arrival, undefined, { status, code, problem })

  if (head.method === 'OPTIONS') return answer.end(204)
  if (head.session === undefined) {
    return fail(400, CODE.invalidRequest, 'no Mcp-Session-Id')
  }
  const session = runtime.sessions.find(head.session, principal.token.id)
  if (!session) {
    return fail(404, CODE.unknownSession, 'session not found')
  }
  if (head.method === 'DELETE') {
    for (const exchange of [...runtime.exchanges]) {
      if (exchange.session === session) cancelExchange(exchange, 'client')
    }
    runtime.sessions.delete(session)
    return answer.end(204)
  }
  if (!head.streams) {
    return fail(406, CODE.invalidRequest, 'a stream is text/event-stream')
  }
  if (session.stream) {
    return fail(409, CODE.invalidRequest, 'this session has a stream already')
  }
  if (countStreams(runtime, principal.token.id) >= mostStreams(arrival)) {
    return fail(429, CODE.limited, 'too many open streams for this token')
  }
  openStream(runtime, arrival, session, answer)
}

function openStream(
  runtime: Runtime,
  { routing, head, principal, began }: Arrival,
  session: ClientSession,
  answer: Answer,
): void {
  const requestId = runtime.nextRequestId()
  const { digest } = routing
  const render = (event: 'intent' | 'outcome') =>
    renderStream(event, principal.fragment, session, {
      requestId,
      ip: head.ip,
      digest,
      durationMs: runtime.clock.monotonic() - began,
      bytesOut: answer.bytes,
    })
  session.stream = answer
  runtime.audit.append(render('intent'), (failure) => {
    if (failure && routing.table.audit.onFailure === 'refuse') {
      return answer.end(503)
    }
    answer.openStream(runtime.clock.monotonic())
    tellChanges(runtime, session)
  })
  answer.onClosed = () => {
    if (session.stream === answer) session.stream = undefined
    runtime.audit.append(render('outcome'))
  }
}

/** Ends the sessions of tokens that are good no longer, streams and all, and
 * tells the others what changed for them. */
export function updateSessions(runtime: Runtime): void {
  const { routing, clock } = runtime
  for (const session of [...runtime.sessions]) {
    const token = routing.tokens.get(session.tokenId)
    if (!token || judgeToken(routing, token, clock.now()) !== undefined) {
      runtime.sessions.delete(session, 'revoked')
    } else {
      tellChanges(runtime, session)
    }
  }
}

/** Tells a client which of its own lists are not what it last saw. */
function tellChanges(runtime: Runtime, session: ClientSession): void {
  const token = runtime.routing.tokens.get(session.tokenId)
  if (!token || !session.stream) return
  const { view } = makePrincipal(runtime.routing, token)
  for (const list of ['tools', 'prompts', 'resources'] as const) {
    if (session.shown[list] === view.fingerprints[list]) continue
    session.shown[list] = view.fingerprints[list]
    const method = `notifications/${list}/list_changed`
    const message = JSON.stringify({ jsonrpc: '2.0', method })
    session.stream.send(Buffer.from(message), runtime.clock.monotonic())
  }
}

function countStreams({ sessions }: Runtime, tokenId: string): number {
  return [...sessions].filter((one) => one.stream && one.tokenId === tokenId)
    .length
}

function mostStreams({ routing }: Arrival): number {
  return routing.table.caps.streams
}
