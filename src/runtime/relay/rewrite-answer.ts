// What a server answers, as its client gets it: the fields that we own spliced.
// In: an exchange, what the server says. Out: the bytes to pass on.
// INVARIANT: every byte that no rule of design §6 names stays as it came.

import {
  findNode,
  type Message,
  readNumber,
  sliceNode,
} from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import { CODE } from '../message/methods.ts'
import type { Node } from '../message/node.ts'
import {
  dropMembers,
  type Edit,
  replace,
  setMembers,
  splice,
} from '../message/splice.ts'
import { COMPLETE, PRIVATE } from '../message/write.ts'
import type { Exchange } from '../request.ts'

/** Undefined where the client gave no token. */
export function writeProgress(
  { bytes, params }: Message,
  progress: Message,
): Buffer | undefined {
  const token = findNode(findNode(params, '_meta'), 'progressToken')
  const node = findNode(progress.params, 'progressToken')
  if (!token || !node) return undefined
  return splice(progress.bytes, [replace(node, sliceNode(bytes, token))])
}

/** The answer with the client's own id, in the words of its era; `more`: what
 * else to put in its place. */
export function writeAnswer(
  { message, era: own, method }: Exchange,
  { bytes, id, result }: Message,
  era: Era,
  more: readonly Edit[] = [],
): Buffer {
  const edits: Edit[] = [...more]
  if (id && message.id) {
    edits.push(replace(id, sliceNode(message.bytes, message.id)))
  }
  if (result?.type !== 'object') return splice(bytes, edits)
  if (own === 'legacy') {
    if (era === 'modern') {
      edits.push(...wrapStructured(result))
      edits.push(...dropMembers(result, ['resultType']))
    }
    return splice(bytes, edits)
  }
  // A legacy server's own say is replaced, so that it can neither ask nor be
  // cached; a modern one is believed but for whom its answer may be shown to.
  const cached = method === 'resources/read'
  const whole = era === 'legacy' ? COMPLETE : {}
  const missing = findNode(result, 'resultType') ? {} : COMPLETE
  const limits = cached ? (era === 'legacy' ? PRIVATE : SCOPE) : {}
  edits.push(...setMembers(result, { ...missing, ...whole, ...limits }))
  return splice(bytes, edits)
}

/** Older clients take objects alone. */
function wrapStructured(result: Node): readonly Edit[] {
  const node = findNode(result, 'structuredContent')
  if (!node || node.type === 'object') return []
  const { start, end } = node
  return [
    { start, end: start, text: '{"result":' },
    { start: end, end, text: '}' },
  ]
}

const SCOPE = { cacheScope: PRIVATE.cacheScope }

/** The HTTP status of an answer (2026-07-28, basic/transports). */
export function judgeStatus(
  { era }: Exchange,
  { bytes, error }: Message,
): number {
  const node = era === 'modern' ? findNode(error, 'code') : undefined
  if (!node) return 200
  const code = readNumber(bytes, node)
  if (code === CODE.unknownMethod) return 404
  return code === CODE.missingCapability ? 400 : 200
}

export function judgeAnswer(
  { method }: Exchange,
  { bytes, result, error }: Message,
) {
  if (error) return 'protocol_error'
  const node = method === 'tools/call' ? findNode(result, 'isError') : undefined
  const failed = node && sliceNode(bytes, node).toString() === 'true'
  return failed ? 'tool_error' : 'ok'
}
