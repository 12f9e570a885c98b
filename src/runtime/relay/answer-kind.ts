// What a server's answer is, for the call that it answers.
// In: an exchange, the answer, the server's era. Out: one kind.
// INVARIANT: every question about the form of an answer is asked here, once.

import type { AuditOutcome } from '../../contract/audit.ts'
import {
  findNode,
  type Message,
  readNumber,
  readString,
  sliceNode,
} from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import type { Exchange } from '../request.ts'

export type AnswerKind =
  /** A JSON-RPC error. */
  | 'error'
  /** The error of a legacy server that elicits by URL first. */
  | 'urls'
  /** A modern server asks before it answers. */
  | 'input'
  /** A task, for a client that asked for one or takes them. */
  | 'task'
  /** A task, for a call that waits for its result here. */
  | 'awaited'
  /** The result of a tool with `isError: true`. */
  | 'failed'
  | 'result'

/** What the audit says of a call that ends with it. */
export const OUTCOMES: Readonly<Record<AnswerKind, AuditOutcome>> = {
  error: 'protocol_error',
  urls: 'protocol_error',
  input: 'ok',
  task: 'ok',
  awaited: 'ok',
  failed: 'tool_error',
  result: 'ok',
}

const URL_REQUIRED = -32042

/** `era`: the server's; `awaits`: the call was sent as a task that its client
 * knows nothing of. */
export function classifyAnswer(
  { method, message }: Exchange,
  { bytes, result, error }: Message,
  era: Era,
  awaits: boolean,
): AnswerKind {
  if (error) {
    const code = findNode(error, 'code')
    const isUrls = code && readNumber(bytes, code) === URL_REQUIRED
    return isUrls && era === 'legacy' ? 'urls' : 'error'
  }
  const type = readString(bytes, findNode(result, 'resultType'))
  if (type === 'input_required' && era === 'modern') return 'input'
  if (method !== 'tools/call') return 'result'
  const isTask = findNode(result, 'task') !== undefined
  if (awaits && isTask) return 'awaited'
  const asked = findNode(message.params, 'task') !== undefined
  if (type === 'task' || (asked && isTask)) return 'task'
  const node = findNode(result, 'isError')
  const failed = node && sliceNode(bytes, node).toString() === 'true'
  return failed ? 'failed' : 'result'
}
