// Writes the answer to a call that its server did not answer.
// INVARIANT: the answer names the server, never its internals.

import type { Use } from '../catalog/view.ts'
import { type Refusal, writeRefusal } from '../message/refusal.ts'
import { writeId } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { describeFailure, type Failure } from '../upstream/failure.ts'

export const UNANSWERABLE: Failure = {
  kind: 'garbage',
  detail: 'it sent a request that this client cannot answer',
}

/** The answer to a call whose server failed. */
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

/** The answer to a call that the shutdown of the gateway ended. */
export function writeShutdown(exchange: Exchange): Buffer {
  return writeEnd(exchange, { refusal: 'shutdown' })
}

function writeEnd({ message, era, method }: Exchange, why: Refusal): Buffer {
  return writeRefusal(why, writeId(message), era, method === 'tools/call').body
}
