// Checks what depends on the tool that is called: the client's state and
// mirrored headers.
// INVARIANT: a call with a wrong state or a wrong header does not reach its
// server.

import type { Use } from '../catalog/view.ts'
import { findNode, parseNode } from '../message/message.ts'
import { judgeParams } from '../message/params.ts'
import type { Refusal } from '../message/refusal.ts'
import type { Exchange } from '../request.ts'
import { nameCaller } from '../upstream/caller.ts'
import type { RelayContext } from './context.ts'
import type { Continuation } from './input.ts'
import { openState } from './input.ts'

export function judgeCall(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
): Continuation | Refusal {
  const continuation = openState(runtime, exchange, use)
  if (!continuation) return { refusal: 'state' }
  const detail = judgeHeaders(exchange, use)
  if (detail !== undefined) return { refusal: 'headers', detail }
  const server = runtime.upstreams.get(use.server)?.server
  // For its relay: now its message is in the caches of the processor.
  if (server) nameCaller(exchange, server)
  return continuation
}

/** A modern client must mirror some arguments in headers. */
function judgeHeaders(exchange: Exchange, use: Use): string | undefined {
  const { era, message, routing, head, method } = exchange
  if (era === 'legacy' || method !== 'tools/call') return undefined
  const params = routing.definitionOf(use)?.params() ?? []
  if (params.length === 0) return undefined
  const node = findNode(message.params, 'arguments')
  const args = node && parseNode(message.bytes, node)
  return judgeParams(params, args, head.headers)
}
