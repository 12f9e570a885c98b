// One call on its way to a server and back.
// In: an exchange whose use is granted and on record. Out: its conclusion.
// INVARIANT: bytes are relayed as they came, with the fields that we own
// spliced (design §6); it concludes exactly once.

import type { AuditOutcome } from '../contract/audit.ts'
import { concludeCall } from './conclude.ts'
import { findNode, type Message, sliceNode } from './edge/message.ts'
import { CODE, ENVELOPE } from './edge/methods.ts'
import type { Node } from './edge/node.ts'
import {
  COMPLETE,
  PRIVATE,
  writeError,
  writeId,
  writeToolError,
} from './edge/reply.ts'
import { type Edit, splice } from './edge/splice.ts'
import type { CancelReason, Exchange, Use } from './exchange.ts'
import type { Runtime } from './runtime.ts'
import { describeFailure, type Failure } from './upstream/failure.ts'
import type { Flight, Upstream, UpstreamCall } from './upstream/upstream.ts'

const OUTCOME: Readonly<Record<CancelReason, AuditOutcome>> = {
  client: 'cancelled',
  revoked: 'revoked',
  shutdown: 'cancelled',
}

/** What a client is told of a call that ends early. */
export interface LastWords {
  readonly status: number
  readonly body: Buffer
}

/** Ends a call, also one whose intent is still on its way to the disk. */
export function cancelExchange(
  exchange: Exchange,
  reason: CancelReason,
  final?: LastWords,
): void {
  if (exchange.relay) exchange.relay.cancel(reason, final)
  else exchange.ended ??= { reason, final }
}

export class Relay implements UpstreamCall {
  readonly key: string
  readonly #runtime: Runtime
  readonly #exchange: Exchange
  readonly #use: Use
  readonly #upstream: Upstream
  readonly #began: number
  #flight: Flight | undefined
  #over = false

  constructor(
    runtime: Runtime,
    exchange: Exchange,
    use: Use,
    upstream: Upstream,
  ) {
    this.key = nameSession(exchange, upstream.server.isolation)
    this.#runtime = runtime
    this.#exchange = exchange
    this.#use = use
    this.#upstream = upstream
    this.#began = runtime.clock.monotonic()
  }

  start(): void {
    const { answer, era, ended } = this.#exchange
    this.#exchange.relay = this
    if (ended) return this.cancel(ended.reason, ended.final)
    // A legacy client may come back for its answer; a modern one has said
    // with its connection that it will not (basic/patterns/cancellation).
    if (era === 'modern') {
      answer.onGone = () => this.cancel('client')
      if (answer.over) return this.#end('cancelled', null)
    }
    this.#flight = this.#upstream.start(this)
  }

  /** Ends the call early; without `final` the client is told nothing. */
  cancel(reason: CancelReason, final?: LastWords): void {
    if (this.#over) return
    this.#flight?.stop(reason)
    this.#end(OUTCOME[reason], final?.body ?? null, final?.status ?? 202)
  }

  /** The client's bytes with the upstream name, and an id and a progress token
   * of the upstream session; a modern envelope stays on its own hop. */
  write(id: number): Buffer {
    const { message, era } = this.#exchange
    const { kind, name, exposed } = this.#use
    const text = String(id)
    const edits: Edit[] = []
    if (message.id) edits.push(replace(message.id, text))
    if (kind !== 'resource' && name !== exposed) {
      const node = findNode(message.params, 'name')
      if (node) edits.push(replace(node, JSON.stringify(name)))
    }
    const meta = findNode(message.params, '_meta')
    const token = findNode(meta, 'progressToken')
    if (meta && era === 'modern') {
      edits.push(replace(meta, writeMeta(message.bytes, meta, text)))
    } else if (token) {
      edits.push(replace(token, text))
    }
    return splice(message.bytes, edits)
  }

  /** Goes on with the client's own token, if it gave one. */
  progress(progress: Message): void {
    const { message, answer } = this.#exchange
    const token = findNode(findNode(message.params, '_meta'), 'progressToken')
    const node = findNode(progress.params, 'progressToken')
    if (!token || !node) return
    const edit = replace(node, sliceNode(message.bytes, token))
    const relayed = splice(progress.bytes, [edit])
    const safe = this.#upstream.redact(relayed)
    answer.send(safe, this.#runtime.clock.monotonic())
  }

  answer(answer: Message): void {
    const outcome = judgeAnswer(this.#use, answer)
    const bytes = relayAnswer(this.#exchange, this.#use, answer)
    this.#end(outcome, outcome === 'ok' ? bytes : this.#upstream.redact(bytes))
  }

  failed(failure: Failure): void {
    const { server } = this.#use
    this.#runtime.log.warn({ server, ...failure }, 'a call failed')
    const outcome = failure.kind === 'timeout' ? 'timeout' : 'upstream_error'
    this.#end(outcome, writeFailure(this.#exchange, this.#use, failure.kind))
  }

  #end(outcome: AuditOutcome, body: Buffer | null, status = 200): void {
    if (this.#over) return
    this.#over = true
    const upstreamMs = this.#runtime.clock.monotonic() - this.#began
    const ended = { outcome, upstreamMs }
    concludeCall(this.#runtime, this.#exchange, ended, { status, body })
  }
}

/** What a client reads of a server that gave no answer. */
export function writeFailure(
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

/** What a client reads when the gateway ends first. */
export function writeShutdown({ message, era, use }: Exchange): Buffer {
  const text = 'The gateway is shutting down. Whether the call ran is unknown.'
  const id = writeId(message)
  return use?.kind === 'tool'
    ? writeToolError(id, era, text)
    : writeError(id, CODE.upstream, text)
}

/** Which upstream session a call belongs to (design §4.2 `isolation`). */
function nameSession(exchange: Exchange, isolation: string): string {
  const { session, principal } = exchange
  if (isolation === 'shared') return 'shared'
  if (isolation === 'session' && session) return `session ${session.id}`
  return `principal ${principal.token.id}`
}

function writeMeta(bytes: Buffer, meta: Node, token: string): string {
  const kept = (meta.members ?? [])
    .filter(({ key }) => !key.startsWith(ENVELOPE))
    .map(({ key, start, node }) =>
      key === 'progressToken'
        ? `"progressToken":${token}`
        : bytes.toString('utf8', start, node.end),
    )
  return `{${kept.join(',')}}`
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
    edits.push(replace(id, sliceNode(message.bytes, message.id)))
  }
  if (era === 'modern' && result?.type === 'object') {
    edits.push(...ownMembers(result, use.kind === 'resource'))
  }
  return splice(bytes, edits)
}

/** Members that only the gateway may write for a modern client: a legacy
 * server's own say is replaced, so that it can neither ask nor be cached. */
function ownMembers(result: Node, cached: boolean): readonly Edit[] {
  const own = cached ? { ...COMPLETE, ...PRIVATE } : COMPLETE
  const fresh: string[] = []
  const edits: Edit[] = []
  for (const [key, value] of Object.entries(own)) {
    const node = findNode(result, key)
    if (node) edits.push(replace(node, value))
    else fresh.push(`"${key}":${value}`)
  }
  if (fresh.length === 0) return edits
  const at = result.start + 1
  const more = (result.members?.length ?? 0) > 0 ? ',' : ''
  return [...edits, { start: at, end: at, text: fresh.join(',') + more }]
}

function judgeAnswer(use: Use, { bytes, result, error }: Message) {
  if (error) return 'protocol_error'
  const node = use.kind === 'tool' ? findNode(result, 'isError') : undefined
  const failed = node && sliceNode(bytes, node).toString() === 'true'
  return failed ? 'tool_error' : 'ok'
}

function replace(
  { start, end }: { readonly start: number; readonly end: number },
  text: string | Buffer,
): Edit {
  return { start, end, text }
}
