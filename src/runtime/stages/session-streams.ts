// Serves GET, DELETE and OPTIONS: the streams and the end of a legacy session
// (2025-11-25).
// INVARIANT: a stream ends with its session and its token; a GET is recorded
// when it opens and closes, a DELETE before it ends the session.

import { HttpAnswer } from '../http/answer.ts'
import type { ClientSession } from '../http/sessions.ts'
import { SseConnection } from '../http/sse.ts'
import type { ResumePoint } from '../http/streams.ts'
import { type Message, readMessage } from '../message/message.ts'
import { invalid, type Refusal } from '../message/refusal.ts'
import { addSession } from '../record/record.ts'
import { recordThen } from '../record/record-then.ts'
import { findHolder, judgeToken } from './authenticate.ts'
import { cancelExchange } from './cancel.ts'
import type { StageContext } from './context.ts'
import { type Arrival, writeCors } from './open.ts'
import { takeChangedLists } from './own-lists.ts'
import { holdSession } from './person.ts'
import { refuseMessage } from './refuse.ts'

export function serveSession(runtime: StageContext, arrival: Arrival): void {
  const { routing, head, principal } = arrival
  const { sessions } = runtime
  const refuse = (refusal: Refusal) =>
    refuseMessage(runtime, arrival, undefined, refusal)

  if (head.method === 'OPTIONS') return endEmpty(arrival, 204)
  if (head.session === undefined) return refuse(invalid('no Mcp-Session-Id'))
  const session = sessions.find(head.session, principal.token.id)
  if (!session) {
    return refuse({ refusal: 'session', detail: 'session not found' })
  }
  holdSession(session, principal.token)
  if (head.method === 'DELETE') return endSession(runtime, arrival, session)
  if (!head.streams) {
    return refuse({ refusal: 'accept' })
  }
  const resumePoint = head.lastEventId
    ? session.streams.find(head.lastEventId)
    : undefined
  if (typeof resumePoint === 'string') return refuse(invalid(resumePoint))
  // The client has every event: 204 stops an EventSource from reconnecting.
  if (resumePoint && !resumePoint.stream.hasMore(resumePoint.number)) {
    return endEmpty(arrival, 204)
  }
  // The client has left the earlier connection, or it hangs.
  const before = (resumePoint?.stream ?? session.stream)?.connection
  const taken = before?.counted ? 1 : 0
  const open = sessions.countReaders(principal.token.id) - taken
  if (open >= routing.table.caps.streams) {
    return refuse({ refusal: 'streams' })
  }
  openStream(runtime, arrival, session, resumePoint)
}

function endSession(
  runtime: StageContext,
  arrival: Arrival,
  session: ClientSession,
): void {
  const { routing, head, principal, began } = arrival
  const line = runtime.audit.begin()
  addSession(line, 'outcome', principal.fragment, session, {
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
  recordThen(runtime, routing, line, end, () => endEmpty(arrival, 503))
}

/** Opens a GET stream: where the client stopped reading, or a new one. */
function openStream(
  runtime: StageContext,
  arrival: Arrival,
  session: ClientSession,
  resumePoint: ResumePoint | undefined,
): void {
  const { routing, head, principal, began, response } = arrival
  const { streams } = session
  const connection = new SseConnection(response, writeCors(head), true)
  const requestId = runtime.nextRequestId()
  const { digest } = routing
  const begin = (event: 'intent' | 'outcome') => {
    const line = runtime.audit.begin()
    addSession(line, event, principal.fragment, session, {
      method: 'GET',
      requestId,
      ip: head.ip,
      digest,
      durationMs: runtime.clock.monotonic() - began,
      bytesOut: connection.bytes,
    })
    return line
  }
  streams.readers++
  response.on('close', () => {
    streams.readers--
    begin('outcome')
    runtime.audit.end()
  })
  const stream = resumePoint?.stream ?? streams.listen()
  // Before the record is written: a second GET that arrives meanwhile must find
  // this one.
  if (!resumePoint) stream.takeOver(connection)
  const open = () => {
    if (response.destroyed) return
    // Both may have ended while the record was written.
    if (!streams.open) return endEmpty(arrival, 404)
    if (stream.gone) return endEmpty(arrival, 400)
    if (resumePoint) stream.attach(connection, resumePoint.number)
    // A newer connection has replaced this one.
    if (stream.connection !== connection) return
    stream.begin(runtime.clock.monotonic())
    sendListChanges(runtime, session)
  }
  recordThen(runtime, routing, begin('intent'), open, () =>
    endEmpty(arrival, 503),
  )
}

function endEmpty({ head, began, response }: Arrival, status: number): void {
  new HttpAnswer(response, false, writeCors(head), began).end(status)
}

/** Ends the sessions of tokens that are no longer good, and tells the other
 * clients which of their lists changed. */
export function updateSessions(runtime: StageContext): void {
  const { routing, clock } = runtime
  for (const session of [...runtime.sessions]) {
    const token = findHolder(routing, session)
    if (!token || judgeToken(routing, token, clock.now()) !== undefined) {
      runtime.sessions.delete(session, 'revoked')
    } else {
      sendListChanges(runtime, session)
    }
  }
}

/** Ends the sessions of tokens that are no longer good. */
export function endExpiredSessions({
  routing,
  clock,
  sessions,
}: StageContext): void {
  const now = clock.now()
  for (const id of sessions.tokenIds) {
    const token = routing.tokens.get(id)
    if (token && judgeToken(routing, token, now) === undefined) continue
    for (const session of sessions.listOf(id)) {
      const own = findHolder(routing, session)
      if (own && judgeToken(routing, own, now) === undefined) continue
      sessions.delete(session, 'revoked')
    }
  }
}

/** Stands for a message where only the session counts. */
const NO_MESSAGE = readMessage(
  Buffer.from('{"jsonrpc":"2.0","method":"x"}'),
  1,
) as Message

const LISTS = ['tools', 'prompts', 'resources'] as const

/** Sends list_changed for each list that differs from what the client last saw.
 * A client without a connection gets it when it is back. */
function sendListChanges(runtime: StageContext, session: ClientSession): void {
  const token = findHolder(runtime.routing, session)
  const { stream } = session
  if (!token || !stream?.connection?.begun) return
  const asker = { session, message: NO_MESSAGE }
  const { shown } = session
  for (const list of takeChangedLists(runtime, token, asker, shown, LISTS)) {
    const method = `notifications/${list}/list_changed`
    const message = JSON.stringify({ jsonrpc: '2.0', method })
    stream.send(Buffer.from(message), runtime.clock.monotonic())
  }
}
