// What only shows once it is known what is called: its state, its headers.
// In: an exchange whose use is granted. Out: why it is refused, or nothing.

import type { Rejection } from '../http/era.ts'
import { findNode, parseNode } from '../message/message.ts'
import { CODE } from '../message/methods.ts'
import { judgeParams } from '../message/params.ts'
import type { Exchange } from '../request.ts'
import type { RelayContext } from './context.ts'
import { openState } from './input.ts'
/** What only shows once it is known what is called. */
export function judgeCall(
  runtime: RelayContext,
  exchange: Exchange,
  use: NonNullable<Exchange['use']>,
): Rejection | undefined {
  const { era, message, routing, head } = exchange
  if (era === 'legacy') return undefined
  if (!openState(runtime, exchange, use)) {
    const problem = 'Invalid requestState'
    return { status: 200, code: CODE.invalidParams, problem }
  }
  if (use.kind !== 'tool' || exchange.task) return undefined
  const params = routing.definitionOf(use)?.params() ?? []
  if (params.length === 0) return undefined
  const node = findNode(message.params, 'arguments')
  const args = node && parseNode(message.bytes, node)
  const problem = judgeParams(params, args, head.headers)
  return problem === undefined
    ? undefined
    : { status: 400, code: CODE.headerMismatch, problem }
}
