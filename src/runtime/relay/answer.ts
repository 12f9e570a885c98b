// What a client gets of its server's answer.
// In: an exchange, the answer of its server. Out: its outcome and last bytes.
// INVARIANT: an answer that the client could not read is none; every byte that no
// rule names stays as it came.

import type { AuditOutcome } from '../../contract/audit.ts'
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
  replace,
  setMembers,
  splice,
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

/** A server, as far as its words are concerned. */
type Voice = Pick<Upstream, 'speak' | 'redact'>

/** Nobody answers it. */
const speak = (upstream: Voice) => upstream.speak(() => {})

export interface Passed {
  readonly outcome: AuditOutcome
  readonly status: number
  readonly body: Buffer
}

/** `kind` is neither `input` nor `awaited`; `era`: the server's. Undefined where
 * the client is not to see it. */
export function passAnswer(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  upstream: Voice,
  answer: Message,
  kind: AnswerKind,
  era: Era,
): Passed | undefined {
  if (kind === 'urls') {
    return passUrls(runtime, exchange, use, speak(upstream), answer)
  }
  const creates = kind === 'task'
  if (creates && !mayCreate(exchange, era)) return undefined
  const outcome = OUTCOMES[kind]
  const edits =
    exchange.granted?.task || creates
      ? rewriteAnswerTaskIds(
          runtime,
          exchange,
          use,
          answer,
          speak(upstream),
          creates,
        )
      : []
  if (!edits) return undefined
  if (outcome === 'ok') indexLinks(exchange, use, answer)
  const bytes = writeAnswer(exchange, answer, era, edits)
  const body = outcome === 'ok' ? bytes : upstream.redact(bytes)
  return { outcome, status: judgeStatus(exchange, answer), body }
}

/** A modern server makes tasks only for those who said that they take them. */
function mayCreate(exchange: Exchange, era: Era): boolean {
  if (era === 'legacy') return true
  return exchange.era === 'modern' && takesTasks(exchange)
}

/** What it links to may be read there, though no list names it. */
function indexLinks(
  { routing, principal }: Exchange,
  { kind, server }: Use,
  { bytes }: Message,
): void {
  const { capabilities = {} } = routing.catalogues.get(server)?.handshake ?? {}
  if (kind === 'resource' || !Object.hasOwn(capabilities, 'resources')) return
  for (const uri of readLinks(bytes, routing.table.caps.depth)) {
    routing.resourceIndex.learn(principal.lineage, server, uri)
  }
}

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

/** Undefined where one of them may not be asked, or there is none. */
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
  const asked = list?.items ?? []
  if (asked.length === 0 || !mayAskAgain(exchange)) return undefined
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
  if ('refusal' in again) return undefined
  const body = writeQuestions(runtime, exchange, use, again)
  return { outcome: 'ok', status: 200, body: source.redact(body) }
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
