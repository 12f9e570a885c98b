// What a client sends that wants no answer: notifications, and its answers to
// servers.
// In: an exchange of such a message. Out: 202; whoever it is for is told.
// INVARIANT: a client reaches its own calls and its own sessions alone.

import { findNode } from '../message/message.ts'
import { writeId } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { cancelExchange } from '../stages/cancel.ts'
import { ownSession } from '../upstream/caller.ts'
import type { Session } from '../upstream/session.ts'
import type { RelayContext } from './context.ts'
import { restoreTaskIds } from './task-ids.ts'
/** Notifications of a client, and its answers to servers. */
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
    const tell = (one: Session) => one.notify(method)
    runtime.upstreams.forEachSession(ownSession(session.id), tell)
  }
  if (method === 'notifications/cancelled') cancelNamed(runtime, exchange)
  answer.end(202)
}

/** Of its session; without one, of its token, where one call alone has the id:
 * a program that stands between stdio and HTTP posts what its client says. */
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
