// What a client reads of a call that its server did not answer.
// In: an exchange, why there is no answer. Out: a message for the client.
// INVARIANT: names the server, never its internals.

import type { Use } from '../catalog/view.ts'
import { CODE } from '../message/methods.ts'
import { writeError, writeId, writeToolError } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { describeFailure, type Failure } from '../upstream/failure.ts'

export const UNANSWERABLE: Failure = {
  kind: 'garbage',
  detail: 'it asks what this client cannot answer',
}

/** What a client reads of a server that gave no answer. */
export function writeFailure(
  { message, era, routing }: Exchange,
  use: Use,
  failure: Failure,
): Buffer {
  const { title = use.server } = routing.table.servers[use.server] ?? {}
  const text = describeFailure(title, failure)
  const id = writeId(message)
  return use.kind === 'tool'
    ? writeToolError(id, era, text)
    : writeError(id, CODE.upstream, text)
}

/** What a client reads when the gateway ends first. */
export function writeShutdown({ message, era, use }: Exchange): Buffer {
  const text = 'The gateway is shutting down. Whether the call ran is unknown.'
  const id = writeId(message)
  return use?.kind === 'tool'
    ? writeToolError(id, era, text)
    : writeError(id, CODE.upstream, text)
}
