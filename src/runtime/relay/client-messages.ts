// Handles client messages that need no answer: notifications, and answers to
// server requests.
// INVARIANT: a client affects only its own calls and its own sessions.

import { findNode } from '../message/message.ts'
import { writeId } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { cancelExchange } from '../stages/cancel.ts'
import { ownSession } from '../upstream/caller.ts'
import type { Session } from '../upstream/session.ts'
import type { RelayContext } from './context.ts'
import { restoreTaskIds } from './task-ids.ts'

/** Handles a notification, or an answer to a server request. */
export function takeNotification(
  runtime: RelayContext,
  exchange: Exchange,
): void {
  const { message, session, answer } = exchange
  const { method, kind } = message
  if (session && kind === 'response') {
    const { lineage } = exchange.principal
    session.serverRequests.answer(restoreTaskIds(runtime, lineage, message))
  }
  if (session && method === 'notifications/progress') {
    session.serverRequests.progress(message)
  }
  if (session && method === 'notifications/roots/list_changed') {
    const notify = (one: Session) => one.notify(method)
    runtime.upstreams.forEachSession(ownSession(session.id), notify)
  }
  if (method === 'notifications/cancelled') cancelNamed(runtime, exchange)
  answer.end(202)
}

/** Cancels a call of the same session. Without a session: of the same token, if
 * only one of its calls has the id. Bridges from stdio to HTTP send such
 * notifications. */
function cancelNamed(
  runtime: RelayContext,
  { message, session, principal }: Exchange,
): void {
  const node = findNode(message.params, 'requestId')
  const id = node && message.bytes.toString('utf8', node.start, node.end)
  const { token } = principal
  const named = [...runtime.exchanges].filter(
    (other) =>
      other.session === session &&
      other.principal.token.id === token.id &&
      writeId(other.message) === id,
  )
  if (!session && named.length > 1) return
  for (const other of named) cancelExchange(other, 'client')
}
