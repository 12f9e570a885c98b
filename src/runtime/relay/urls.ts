// Calls that a legacy server takes after its user has been at a URL (-32042).
// In: such an error. Out: the same for a legacy client, with the server named;
// for a modern one the questions, to come back with.
// INVARIANT: no other question than the config lets the server ask.

import type { Use } from '../catalog/view.ts'
import {
  findNode,
  type Message,
  parseNode,
  readMessage,
  readNumber,
} from '../message/message.ts'
import { CODE } from '../message/methods.ts'
import { type Edit, splice } from '../message/splice.ts'
import { writeError, writeId, writeResult } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { declaredBy } from '../upstream/caller.ts'
import type { Source } from '../upstream/source.ts'
import type { Classified } from './classify.ts'
import type { RelayContext } from './context.ts'
import { mayAskAgain, sealRetry } from './input.ts'
import { writeAnswer } from './rewrite-answer.ts'
import { judgeQuestion } from './server-requests.ts'

const URL_REQUIRED = -32042

/** Message, error, data, elicitations, one of them. */
const KEEP = 5

export function requiresUrls({ bytes, error }: Message): boolean {
  const code = findNode(error, 'code')
  return code !== undefined && readNumber(bytes, code) === URL_REQUIRED
}

/** Undefined where one of them may not be asked, or there is none. */
export function passUrls(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  source: Source,
  answer: Message,
): Classified | undefined {
  const { caps } = exchange.routing.table
  const whole = readMessage(answer.bytes, caps.depth, KEEP)
  if ('problem' in whole) return undefined
  const { bytes, error } = whole
  const list = findNode(findNode(error, 'data'), 'elicitations')
  const asked = list?.items ?? []
  if (asked.length === 0 || !mayAskAgain(exchange)) return undefined
  const outcome = 'protocol_error'
  const declared = declaredBy(exchange)
  const takes = Object.hasOwn(Object(declared.elicitation), 'url')
  if (!takes && exchange.era === 'modern') {
    const body = writeIncapable(exchange)
    return { outcome, status: 400, body }
  }
  const method = 'elicitation/create'
  const capabilities = { elicitation: { url: {} } }
  const edits: Edit[] = []
  for (const params of asked) {
    const { server } = source
    const question = { bytes, method, params, id: undefined }
    const judged = judgeQuestion(server, capabilities, question)
    if (Buffer.isBuffer(judged)) return undefined
    edits.push(...judged)
  }
  const named = splice(bytes, edits)
  if (exchange.era === 'legacy') {
    const body = writeAnswer(exchange, { ...answer, bytes: named }, 'legacy')
    return { outcome, status: 200, body: source.redact(body) }
  }
  const again = readMessage(named, caps.depth, KEEP)
  if ('problem' in again) return undefined
  const body = writeQuestions(runtime, exchange, use, again)
  return { outcome: 'ok', status: 200, body: source.redact(body) }
}

function writeIncapable({ message }: Exchange): Buffer {
  const requiredCapabilities = { elicitation: { url: {} } }
  const text = 'Missing required client capability'
  const id = writeId(message)
  return writeError(id, CODE.missingCapability, text, { requiredCapabilities })
}

/** The newer protocol knows no ids of elicitations (basic/patterns/mrtr). */
function writeQuestions(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  { bytes, error }: Message,
): Buffer {
  const list = findNode(findNode(error, 'data'), 'elicitations')
  const asked = (list?.items ?? []).map((node, i) => {
    const { elicitationId: _, ...params } = Object(parseNode(bytes, node))
    return [`url-${i + 1}`, { method: 'elicitation/create', params }] as const
  })
  const state = sealRetry(runtime, exchange, use)
  const body =
    `"resultType":"input_required",` +
    `"inputRequests":${JSON.stringify(Object.fromEntries(asked))},` +
    `"requestState":${JSON.stringify(state)}`
  return writeResult(writeId(exchange.message), 'legacy', body)
}
