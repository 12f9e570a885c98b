// What only shows once it is known what is called: its state, its headers.
// In: an exchange whose use is granted. Out: what it brings to go on with, or
// why it is refused.

import type { Use } from '../catalog/view.ts'
import { findNode, parseNode } from '../message/message.ts'
import { judgeParams } from '../message/params.ts'
import type { Refusal } from '../message/refusal.ts'
import type { Exchange } from '../request.ts'
import type { RelayContext } from './context.ts'
import type { Continuation } from './input.ts'
import { openState } from './input.ts'

export function judgeCall(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
): Continuation | Refusal {
  const brought = openState(runtime, exchange, use)
  if (!brought) return { refusal: 'state' }
  const detail = judgeHeaders(exchange, use)
  return detail === undefined ? brought : { refusal: 'headers', detail }
}

/** Arguments that a modern client must mirror in headers. */
function judgeHeaders(exchange: Exchange, use: Use): string | undefined {
  const { era, message, routing, head, method } = exchange
  if (era === 'legacy' || method !== 'tools/call') return undefined
  const params = routing.definitionOf(use)?.params() ?? []
  if (params.length === 0) return undefined
  const node = findNode(message.params, 'arguments')
  const args = node && parseNode(message.bytes, node)
  return judgeParams(params, args, head.headers)
}
