// What a client reads of a call that its server did not answer.
// In: an exchange, why there is no answer. Out: a message for the client.
// INVARIANT: names the server, never its internals.

import type { Use } from '../catalog/view.ts'
import { type Refusal, writeRefusal } from '../message/refusal.ts'
import { writeId } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { describeFailure, type Failure } from '../upstream/failure.ts'

export const UNANSWERABLE: Failure = {
  kind: 'garbage',
  detail: 'it asks what this client cannot answer',
}

/** What a client reads of a server that gave no answer. */
export function writeFailure(
  exchange: Exchange,
  use: Use,
  failure: Failure,
): Buffer {
  const { servers } = exchange.routing.table
  const { title = use.server } = servers[use.server] ?? {}
  const detail = describeFailure(title, failure)
  return writeEnd(exchange, { refusal: 'upstream', detail })
}

/** What a client reads when the gateway ends first. */
export function writeShutdown(exchange: Exchange): Buffer {
  return writeEnd(exchange, { refusal: 'shutdown' })
}

function writeEnd({ message, era, method }: Exchange, why: Refusal): Buffer {
  return writeRefusal(why, writeId(message), era, method === 'tools/call').body
}
