// The route stage: the call goes to its server, and its answer comes back.
// In: an exchange whose use is granted. Out: its conclusion.
// INVARIANT: bytes are relayed as they came, with the fields that we own
// spliced (design §6); an intent is on record before a byte is sent.

import type { AuditOutcome } from '../contract/audit.ts'
import { renderArguments, renderIntent } from './audit/record.ts'
import { concludeCall, failUnaudited, mustStop } from './conclude.ts'
import { findNode, type Message, sliceNode } from './edge/message.ts'
import { CODE, ENVELOPE } from './edge/methods.ts'
import {
  CACHE,
  COMPLETE,
  writeError,
  writeId,
  writeToolError,
} from './edge/reply.ts'
import { type Edit, splice } from './edge/splice.ts'
import type { CancelReason, Exchange, Use } from './exchange.ts'
import type { Runtime } from './runtime.ts'
import { describeFailure, type Failure } from './upstream/failure.ts'

const OUTCOME: Readonly<Record<CancelReason, AuditOutcome>> = {
  client: 'cancelled',
  revoked: 'revoked',
  shutdown: 'cancelled',
}

export function route(runtime: Runtime, exchange: Exchange, use: Use): void {
  const { routing, message } = exchange
  const node = findNode(message.params, 'arguments')
  const fields = renderArguments(
    routing.table.audit.arguments,
    runtime.argumentKey,
    node && sliceNode(message.bytes, node),
  )
  runtime.exchanges.add(exchange)
  exchange.session?.running.set(writeId(message), exchange)
  runtime.counts.admitted++
  runtime.audit.append(renderIntent(exchange, fields), (failure) => {
    if (failure) runtime.log.error(failure, 'the audit cannot be written')
    if (mustStop(exchange, failure)) return failUnaudited(runtime, exchange)
    forward(runtime, exchange, use)
  })
}

function forward(runtime: Runtime, exchange: Exchange, use: Use): void {
  const { answer, era } = exchange
  const upstream = runtime.upstreams.get(use.server)
  const began = runtime.clock.monotonic()
  const end = (outcome: AuditOutcome, body: Buffer | null, status = 200) => {
    const upstreamMs = runtime.clock.monotonic() - began
    concludeCall(runtime, exchange, { outcome, upstreamMs }, { status, body })
  }
  if (!upstream) {
    // The table was swapped since the call was granted, and the server left.
    return end('upstream_error', writeFailure(exchange, use, 'unreachable'))
  }
  if (answer.over && era === 'modern') return end('cancelled', null)

  const stop = upstream.call({
    key: nameSession(exchange, upstream.server.isolation),
    write: prepareCall(exchange, use),
    progress: (message) => {
      const relayed = relayProgress(exchange, message)
      if (relayed) answer.send(relayed, runtime.clock.monotonic())
    },
    answer: (message) => {
      const outcome = judgeAnswer(use, message)
      const bytes = relayAnswer(exchange, use, message)
      end(outcome, outcome === 'ok' ? bytes : upstream.redact(bytes))
    },
    failed: (failure) => {
      runtime.log.warn({ server: use.server, ...failure }, 'a call failed')
      const outcome = failure.kind === 'timeout' ? 'timeout' : 'upstream_error'
      end(outcome, writeFailure(exchange, use, failure.kind))
    },
  })
  // The call may have failed at once.
  if (!runtime.exchanges.has(exchange)) return
  exchange.cancel = (reason, final) => {
    stop(reason)
    end(OUTCOME[reason], final?.body ?? null, final?.status ?? 202)
  }
  answer.onGone = () => {
    // A legacy client may come back for its answer; a modern one has said
    // with its connection that it will not (basic/patterns/cancellation).
    if (era === 'modern') exchange.cancel?.('client')
  }
}

/** Which upstream session a call belongs to (design §4.2 `isolation`). */
function nameSession(exchange: Exchange, isolation: string): string {
  const { session, principal } = exchange
  if (isolation === 'shared') return 'shared'
  if (isolation === 'session' && session) return `session ${session.id}`
  return `principal ${principal.token.id}`
}

/** The client's bytes with the upstream name, and an id and a progress token
 * of the upstream session; a modern envelope stays on its own hop. */
function prepareCall(exchange: Exchange, use: Use): (id: number) => Buffer {
  const { message, era } = exchange
  const { bytes, id, params } = message
  const edits: Edit[] = []
  const name = findNode(params, 'name')
  if (name && use.kind !== 'resource' && use.name !== use.exposed) {
    edits.push({ ...spanOf(name), text: JSON.stringify(use.name) })
  }
  const meta = findNode(params, '_meta')
  const token = findNode(meta, 'progressToken')
  return (upstreamId) => {
    const text = String(upstreamId)
    const own: Edit[] = id ? [{ ...spanOf(id), text }] : []
    if (meta && era === 'modern') {
      const kept = (meta.members ?? [])
        .filter(({ key }) => !key.startsWith(ENVELOPE))
        .map(({ key, start, node }) =>
          key === 'progressToken'
            ? `"progressToken":${text}`
            : bytes.toString('utf8', start, node.end),
        )
      own.push({ ...spanOf(meta), text: `{${kept.join(',')}}` })
    } else if (token) {
      own.push({ ...spanOf(token), text })
    }
    return splice(bytes, [...edits, ...own])
  }
}

/** A progress notification with the client's own token; none, if it gave
 * none. */
function relayProgress(
  { message }: Exchange,
  progress: Message,
): Buffer | undefined {
  const meta = findNode(message.params, '_meta')
  const token = findNode(meta, 'progressToken')
  const node = findNode(progress.params, 'progressToken')
  if (!token || !node) return undefined
  const text = sliceNode(message.bytes, token)
  return splice(progress.bytes, [{ ...spanOf(node), text }])
}

/** The answer with the client's own id, and what the modern protocol wants of
 * a legacy server's result. */
function relayAnswer(
  { message, era }: Exchange,
  use: Use,
  { bytes, id, result }: Message,
): Buffer {
  const edits: Edit[] = []
  if (id && message.id) {
    edits.push({ ...spanOf(id), text: sliceNode(message.bytes, message.id) })
  }
  if (era === 'modern' && result?.type === 'object') {
    const at = result.start + 1
    let text = findNode(result, 'resultType') ? '' : COMPLETE
    if (use.kind === 'resource' && !findNode(result, 'ttlMs')) text += CACHE
    if (result.members?.length === 0) text = text.replace(/,$/, '')
    edits.push({ start: at, end: at, text })
  }
  return splice(bytes, edits)
}

function judgeAnswer(use: Use, { bytes, result, error }: Message) {
  if (error) return 'protocol_error'
  const node = use.kind === 'tool' ? findNode(result, 'isError') : undefined
  const failed = node && sliceNode(bytes, node).toString() === 'true'
  return failed ? 'tool_error' : 'ok'
}

function writeFailure(
  { message, era }: Exchange,
  use: Use,
  kind: Failure['kind'],
): Buffer {
  const text = describeFailure(use.server, kind)
  const id = writeId(message)
  return use.kind === 'tool'
    ? writeToolError(id, era, text)
    : writeError(id, CODE.upstream, text)
}

function spanOf(node: { readonly start: number; readonly end: number }) {
  return { start: node.start, end: node.end }
}
