// Rewrites the answer of a server for its client.
// INVARIANT: an answer that the client could not read becomes a failure; bytes
// that no rule names stay as they came.

import type { AuditOutcome } from '../../contract/audit.ts'
import type { Bytes } from '../base/pieces.ts'
import { readLinks } from '../catalog/resource-index.ts'
import type { Use } from '../catalog/view.ts'
import {
  findNode,
  type Message,
  parseNode,
  readMessage,
  readNumber,
  sliceNode,
} from '../message/message.ts'
import { CODE, type Era } from '../message/methods.ts'
import { type Refusal, writeRefusal } from '../message/refusal.ts'
import type { Node } from '../message/scan.ts'
import {
  dropMembers,
  type Edit,
  insertMembers,
  NO_EDITS,
  replace,
  setMembers,
  splice,
  splicePieces,
  writeMembers,
} from '../message/splice.ts'
import { COMPLETE, PRIVATE, writeId, writeResult } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { declaredBy } from '../upstream/caller.ts'
import type { Source } from '../upstream/source.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { type AnswerKind, OUTCOMES } from './answer-kind.ts'
import type { RelayContext } from './context.ts'
import { mayAskAgain, sealRetry } from './input.ts'
import { judgeQuestion } from './server-requests.ts'
import { rewriteAnswerTaskIds, takesTasks } from './task-ids.ts'

/** The parts of an Upstream that an answer needs. */
type Answering = Pick<Upstream, 'makeSource' | 'redact'>

/** A source whose requests get no reply. */
const sourceOf = (upstream: Answering) => upstream.makeSource(() => {})

export interface Passed {
  readonly outcome: AuditOutcome
  readonly status: number
  readonly body: Bytes
}

/** `kind` is not `input` or `awaited`; `era`: of the server. Undefined where
 * the client must not get the answer. */
export function passAnswer(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  upstream: Answering,
  answer: Message,
  kind: AnswerKind,
  era: Era,
): Passed | undefined {
  if (kind === 'urls') {
    return passUrls(runtime, exchange, use, sourceOf(upstream), answer)
  }
  const creates = kind === 'task'
  if (creates && !acceptsNewTask(exchange, era)) return undefined
  const outcome = OUTCOMES[kind]
  const edits =
    exchange.granted?.task || creates
      ? rewriteAnswerTaskIds(
          runtime,
          exchange,
          use,
          answer,
          sourceOf(upstream),
          creates,
        )
      : NO_EDITS
  if (!edits) return undefined
  if (outcome === 'ok') indexLinks(exchange, use, answer)
  const all = editAnswer(exchange, answer, era, edits)
  const body =
    outcome === 'ok'
      ? splicePieces(answer.bytes, all)
      : upstream.redact(splice(answer.bytes, all))
  return { outcome, status: judgeStatus(exchange, answer), body }
}

/** A modern server may create tasks only for clients that declare tasks. */
function acceptsNewTask(exchange: Exchange, era: Era): boolean {
  if (era === 'legacy') return true
  return exchange.era === 'modern' && takesTasks(exchange)
}

/** Resources that an answer links to may be read, though no list has them. */
function indexLinks(
  { routing, principal }: Exchange,
  { kind, server }: Use,
  { bytes }: Message,
): void {
  const { capabilities = {} } = routing.catalogs.get(server)?.handshake ?? {}
  if (kind === 'resource' || !Object.hasOwn(capabilities, 'resources')) return
  for (const uri of readLinks(bytes, routing.table.caps.depth)) {
    routing.resourceIndex.add(principal.lineage, server, uri)
  }
}

/** Undefined where the client sent no progress token. */
export function writeProgress(
  { bytes, params }: Message,
  progress: Message,
): Buffer | undefined {
  const token = findNode(findNode(params, '_meta'), 'progressToken')
  const node = findNode(progress.params, 'progressToken')
  if (!token || !node) return undefined
  return splice(progress.bytes, [replace(node, sliceNode(bytes, token))])
}

/** The answer with the id of the client, in its era. */
export function writeAnswer(
  exchange: Exchange,
  answer: Message,
  era: Era,
): Buffer {
  return splice(answer.bytes, editAnswer(exchange, answer, era, NO_EDITS))
}

/** `more`: other edits. */
function editAnswer(
  exchange: Exchange,
  { id, result }: Message,
  era: Era,
  more: readonly Edit[],
): readonly Edit[] {
  const own = editResult(exchange, result, era)
  const { message } = exchange
  if (!id || !message.id) return [...more, ...own]
  const first = replace(id, copyId(message.bytes, message.id))
  // Written out for most answers: to grow an array costs more than its edits.
  if (more.length > 0 || own.length > 1) return [...more, first, ...own]
  const only = own[0]
  return only ? [first, only] : [first]
}

/** The bytes of the id; of most numbers, a text costs less. */
function copyId(bytes: Buffer, id: Node): string | Buffer {
  const number = readNumber(bytes, id)
  return number > 0 ? String(number) : sliceNode(bytes, id)
}

function editResult(
  { era: own, method }: Exchange,
  result: Node | undefined,
  era: Era,
): readonly Edit[] {
  if (result?.type !== 'object') return NO_EDITS
  if (own === 'legacy') {
    if (era === 'legacy') return NO_EDITS
    const wrapped = wrapStructured(result)
    return [...wrapped, ...dropMembers(result, ['resultType'])]
  }
  const cached = method === 'resources/read'
  const isComplete = findNode(result, 'resultType') !== undefined
  if (era === 'modern' && isComplete && !cached) return NO_EDITS
  if (!isComplete && !cached) return [insertMembers(result, WHOLE)]
  // Members of a legacy server are replaced, so that they cannot request input
  // or caching. Of a modern server, only the cache scope is.
  const whole = era === 'legacy' ? COMPLETE : {}
  const missing = isComplete ? {} : COMPLETE
  const limits = cached ? (era === 'legacy' ? PRIVATE : SCOPE) : {}
  return setMembers(result, { ...missing, ...whole, ...limits })
}

/** Older clients accept only objects. */
function wrapStructured(result: Node): readonly Edit[] {
  const node = findNode(result, 'structuredContent')
  if (!node || node.type === 'object') return []
  const { start, end } = node
  return [
    { start, end: start, text: '{"result":' },
    { start: end, end, text: '}' },
  ]
}

/** For a result without members of its era: most of them. */
const WHOLE = writeMembers(COMPLETE)

const SCOPE = { cacheScope: PRIVATE.cacheScope }

/** The HTTP status of an answer (2026-07-28, basic/transports). */
function judgeStatus({ era }: Exchange, { bytes, error }: Message): number {
  const node = era === 'modern' ? findNode(error, 'code') : undefined
  if (!node) return 200
  const code = readNumber(bytes, node)
  if (code === CODE.unknownMethod) return 404
  return code === CODE.missingCapability ? 400 : 200
}

/** Message, error, data, elicitations, one of them. */
const KEEP = 5

const NO_URLS: Refusal = Object.freeze({
  refusal: 'capability',
  data: { requiredCapabilities: { elicitation: { url: {} } } },
})

/** Undefined where an elicitation is not allowed, or there is none. */
function passUrls(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  source: Source,
  answer: Message,
): Passed | undefined {
  const { caps } = exchange.routing.table
  const whole = readMessage(answer.bytes, caps.depth, KEEP)
  if ('refusal' in whole) return undefined
  const { bytes, error } = whole
  const list = findNode(findNode(error, 'data'), 'elicitations')
  const items = list?.items ?? []
  if (items.length === 0 || !mayAskAgain(exchange)) return undefined
  const outcome = 'protocol_error'
  const declared = declaredBy(exchange)
  const takes = Object.hasOwn(Object(declared.elicitation), 'url')
  if (!takes && exchange.era === 'modern') {
    const id = writeId(exchange.message)
    return { outcome, ...writeRefusal(NO_URLS, id, 'modern') }
  }
  const method = 'elicitation/create'
  const capabilities = { elicitation: { url: {} } }
  const edits: Edit[] = []
  for (const params of items) {
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
  if ('refusal' in again) return undefined
  const body = writeQuestions(runtime, exchange, use, again)
  return { outcome: 'ok', status: 200, body: source.redact(body) }
}

/** Elicitations have no ids in the modern era (basic/patterns/mrtr). */
function writeQuestions(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  { bytes, error }: Message,
): Buffer {
  const list = findNode(findNode(error, 'data'), 'elicitations')
  const requests = (list?.items ?? []).map((node, i) => {
    const { elicitationId: _, ...params } = Object(parseNode(bytes, node))
    return [`url-${i + 1}`, { method: 'elicitation/create', params }] as const
  })
  const state = sealRetry(runtime, exchange, use)
  const body =
    `"resultType":"input_required",` +
    `"inputRequests":${JSON.stringify(Object.fromEntries(requests))},` +
    `"requestState":${JSON.stringify(state)}`
  return writeResult(writeId(exchange.message), 'legacy', body)
}
