// What a server's answer is for the client that waits for it.
// In: an exchange, the answer of its server. Out: its outcome and last bytes.
// INVARIANT: an answer that the client could not read is none.

import type { AuditOutcome } from '../../contract/audit.ts'
import { readLinks } from '../catalog/resource-index.ts'
import type { Use } from '../catalog/view.ts'
import type { Message } from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import type { Exchange } from '../request.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { RelayContext } from './context.ts'
import { judgeAnswer, judgeStatus, writeAnswer } from './rewrite-answer.ts'
import {
  createsTask,
  hasTasks,
  rewriteAnswerTaskIds,
  takesTasks,
} from './task-ids.ts'
import { passUrls, requiresUrls } from './urls.ts'

/** A server, as far as its words are concerned. */
type Voice = Pick<Upstream, 'speak' | 'redact'>

/** Nobody answers it. */
const speak = (upstream: Voice) => upstream.speak(() => {})

export interface Classified {
  readonly outcome: AuditOutcome
  readonly status: number
  readonly body: Buffer
}

/** `era`: the server's. Undefined where the client is not to see it. */
export function classifyAnswer(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  upstream: Voice,
  answer: Message,
  era: Era,
): Classified | undefined {
  if (era === 'legacy' && requiresUrls(answer)) {
    return passUrls(runtime, exchange, use, speak(upstream), answer)
  }
  if (!mayCreate(exchange, answer, era)) return undefined
  const outcome = judgeAnswer(exchange, answer)
  const edits = hasTasks(exchange, answer)
    ? rewriteAnswerTaskIds(runtime, exchange, use, answer, speak(upstream))
    : []
  if (!edits) return undefined
  if (outcome === 'ok') indexLinks(exchange, use, answer)
  const bytes = writeAnswer(exchange, answer, era, edits)
  const body = outcome === 'ok' ? bytes : upstream.redact(bytes)
  return { outcome, status: judgeStatus(exchange, answer), body }
}

/** A modern server makes tasks only for those who said that they take them. */
function mayCreate(exchange: Exchange, answer: Message, era: Era): boolean {
  if (era === 'legacy' || !createsTask(exchange, answer)) return true
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
