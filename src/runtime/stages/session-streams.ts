// GET, DELETE and OPTIONS: a legacy session's streams, and its end (2025-11-25).
// In: an arrival without a body. Out: a stream, or a status.
// INVARIANT: a stream ends with its session and its token; each GET is on record
// when it opens and when it closes, each DELETE before it ends the session.

import { HttpAnswer } from '../http/answer.ts'
import type { ClientSession } from '../http/sessions.ts'
import { SseConnection } from '../http/sse.ts'
import type { Place } from '../http/streams.ts'
import { type Message, readMessage } from '../message/message.ts'
import { invalid, type Refusal } from '../message/refusal.ts'
import { renderSession } from '../record/record.ts'
import { recordThen } from '../record/record-then.ts'
import { judgeToken, makePrincipal } from './authenticate.ts'
import { cancelExchange } from './cancel.ts'
import type { StageContext } from './context.ts'
import { type Arrival, writeCors } from './open.ts'
import { seePrincipal } from './own-lists.ts'
import { refuseMessage } from './refuse.ts'

export function serveSession(runtime: StageContext, arrival: Arrival): void {
  const { routing, head, principal } = arrival
  const { sessions } = runtime
  const refuse = (refusal: Refusal) =>
    refuseMessage(runtime, arrival, undefined, refusal)

  if (head.method === 'OPTIONS') return endEmpty(arrival, 204)
  if (head.session === undefined) {
    return refuse(invalid('no Mcp-Session-Id'))
  }
  const session = sessions.find(head.session, principal.token.id)
  if (!session) {
    return refuse({ refusal: 'session', detail: 'session not found' })
  }
  if (head.method === 'DELETE') return endSession(runtime, arrival, session)
  if (!head.streams) {
    return refuse({ refusal: 'accept' })
  }
  const place = head.lastEventId
    ? session.streams.find(head.lastEventId)
    : undefined
  if (typeof place === 'string') return refuse(invalid(place))
  // The client has all of it: what tells a reader of events not to come back.
  if (place && !place.stream.hasMore(place.number)) {
    return endEmpty(arrival, 204)
  }
  // What was open before is given up by its client, or hangs.
  const before = (place?.stream ?? session.stream)?.connection
  const taken = before?.counted ? 1 : 0
  const open = sessions.countReaders(principal.token.id) - taken
  if (open >= routing.table.caps.streams) {
    return refuse({ refusal: 'streams' })
  }
  openStream(runtime, arrival, session, place)
}

function endSession(
  runtime: StageContext,
  arrival: Arrival,
  session: ClientSession,
): void {
  const { routing, head, principal, began } = arrival
  const record = renderSession('outcome', principal.fragment, session, {
    method: 'DELETE',
    requestId: runtime.nextRequestId(),
    ip: head.ip,
    digest: routing.digest,
    durationMs: runtime.clock.monotonic() - began,
    bytesOut: 0,
  })
  const end = () => {
    for (const exchange of [...runtime.exchanges]) {
      if (exchange.session === session) cancelExchange(exchange, 'client')
    }
    runtime.sessions.delete(session)
    endEmpty(arrival, 204)
  }
  recordThen(runtime, routing, record, end, () => endEmpty(arrival, 503))
}

/** Opens a GET: at a place where its client was, or anew. */
function openStream(
  runtime: StageContext,
  arrival: Arrival,
  session: ClientSession,
  place: Place | undefined,
): void {
  const { routing, head, principal, began, response } = arrival
  const { streams } = session
  const connection = new SseConnection(response, writeCors(head), true)
  const requestId = runtime.nextRequestId()
  const { digest } = routing
  const render = (event: 'intent' | 'outcome') =>
    renderSession(event, principal.fragment, session, {
      method: 'GET',
      requestId,
      ip: head.ip,
      digest,
      durationMs: runtime.clock.monotonic() - began,
      bytesOut: connection.bytes,
    })
  streams.readers++
  response.on('close', () => {
    streams.readers--
    runtime.audit.append(render('outcome'))
  })
  const stream = place?.stream ?? streams.listen()
  // Of two that come at once, the second finds the first.
  if (!place) stream.takeOver(connection)
  const open = () => {
    if (response.destroyed) return
    // Either may have ended a moment ago.
    if (!streams.open) return endEmpty(arrival, 404)
    if (stream.gone) return endEmpty(arrival, 400)
    if (place) stream.attach(connection, place.number)
    // Another has taken over meanwhile.
    if (stream.connection !== connection) return
    stream.begin(runtime.clock.monotonic())
    tellChanges(runtime, session)
  }
  recordThen(runtime, routing, render('intent'), open, () =>
    endEmpty(arrival, 503),
  )
}

function endEmpty({ head, began, response }: Arrival, status: number): void {
  new HttpAnswer(response, false, writeCors(head), began).end(status)
}

/** Ends the sessions of tokens that are good no longer, streams and all, and
 * tells the others what changed for them. */
export function updateSessions(runtime: StageContext): void {
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

/** A session has said before what its client can be asked. */
const NO_MESSAGE = readMessage(
  Buffer.from('{"jsonrpc":"2.0","method":"x"}'),
  1,
) as Message

/** Tells a client which of its own lists are not what it last saw; one that is
 * away is told when it is back. */
function tellChanges(runtime: StageContext, session: ClientSession): void {
  const token = runtime.routing.tokens.get(session.tokenId)
  const { stream } = session
  if (!token || !stream?.connection?.begun) return
  const { routing } = runtime
  const principal = makePrincipal(routing, token)
  const asker = { session, message: NO_MESSAGE }
  const { view } = seePrincipal(
    runtime,
    { routing, principal },
    asker,
  ).principal
  for (const list of ['tools', 'prompts', 'resources'] as const) {
    if (session.shown[list] === view.fingerprints[list]) continue
    session.shown[list] = view.fingerprints[list]
    const method = `notifications/${list}/list_changed`
    const message = JSON.stringify({ jsonrpc: '2.0', method })
    stream.send(Buffer.from(message), runtime.clock.monotonic())
  }
}
