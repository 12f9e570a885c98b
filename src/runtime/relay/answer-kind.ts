// Classifies the answer of a server for the call that it answers.
// INVARIANT: no other file examines the form of an answer to classify it.

import type { AuditOutcome } from '../../contract/audit.ts'
import {
  findNode,
  isTrue,
  type Message,
  readNumber,
  readString,
} from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import type { Exchange } from '../request.ts'

export type AnswerKind =
  /** A JSON-RPC error. */
  | 'error'
  /** A legacy server's error that requires elicitations by URL first. */
  | 'urls'
  /** A modern server requests input before it answers. */
  | 'input'
  /** A task, for a client that accepts tasks. */
  | 'task'
  /** A task whose result the gateway waits for. */
  | 'awaited'
  /** The result of a tool with `isError: true`. */
  | 'failed'
  | 'result'

/** The audit outcome of a call that ends with this answer. */
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

/** `era`: of the server; `awaits`: the gateway sent the call as a task, without
 * the client's request. */
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
  // Of the client's message, which was read long ago, nothing that is not needed.
  const requested = isTask && findNode(message.params, 'task') !== undefined
  if (type === 'task' || requested) return 'task'
  const node = findNode(result, 'isError')
  return isTrue(bytes, node) ? 'failed' : 'result'
}
