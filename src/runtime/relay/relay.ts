// One call on its way to a server and back.
// In: an exchange whose use is granted and on record. Out: its conclusion.
// INVARIANT: bytes are relayed as they came, with the fields that we own
// spliced; it concludes exactly once.

import type { AuditOutcome } from '../../contract/audit.ts'
import type { Use } from '../catalog/view.ts'
import type { Message } from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import { writeUnasked } from '../message/server-requests.ts'
import type { CancelReason, Exchange, FinalAnswer, Hop } from '../request.ts'
import { OUTCOME } from '../stages/cancel.ts'
import { UNANSWERABLE, writeFailure } from '../stages/error-answers.ts'
import { finishCall } from '../stages/finish.ts'
import type { Post } from '../upstream/call.ts'
import { type Caller, nameCaller } from '../upstream/caller.ts'
import type { Outgoing } from '../upstream/encoding.ts'
import type { Failure } from '../upstream/failure.ts'
import type { InFlightCall, UpstreamCall } from '../upstream/in-flight-call.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { passAnswer, writeAnswer, writeProgress } from './answer.ts'
import { type AnswerKind, classifyAnswer, OUTCOMES } from './answer-kind.ts'
import type { RelayContext } from './context.ts'
import { askRound, MAX_ROUNDS, type Round, sealInput } from './input.ts'
import { PendingInput } from './pending-input.ts'
import { writeCall, writeTaskResult } from './rewrite-call.ts'
import {
  type Listener,
  listenOn,
  relayNotification,
  relayServerRequest,
} from './server-requests.ts'
import { readTaskId, rewriteTaskIds } from './task-ids.ts'

const UNASKED = 'The client can be asked for a tool, a prompt or a resource'

const ASKING = new Set(['tools/call', 'prompts/get', 'resources/read'])

class Relay implements UpstreamCall {
  readonly caller: Caller
  readonly #runtime: RelayContext
  #exchange: Exchange
  readonly #use: Use
  readonly #upstream: Upstream
  readonly #began: number
  #inFlight: InFlightCall | undefined
  /** What the next try brings, and how many there were. */
  #round: Round = {}
  #rounds = 0
  #pendingInput: PendingInput | undefined
  /** The server's, of the last try. */
  #era: Era = 'legacy'
  /** The server's task that is waited for here, its client knowing of none. */
  #task: string | undefined
  /** Whether the server may tell of progress after its answer. */
  lingers = false
  #over = false
  #hop: Hop | undefined
  /** Told whether the server did what it was asked. */
  readonly #agreed: ((agreed: boolean) => void) | undefined

  constructor(
    runtime: RelayContext,
    exchange: Exchange,
    use: Use,
    upstream: Upstream,
    agreed?: (agreed: boolean) => void,
  ) {
    this.#agreed = agreed
    this.caller = nameCaller(exchange, upstream.server)
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
    this.#inFlight = this.#upstream.start(this)
  }

  /** Ends the call early; without `final` the client is told nothing. */
  cancel(reason: CancelReason, final?: FinalAnswer): void {
    if (this.#over) return
    this.#leaveTask()
    this.#inFlight?.stop(reason)
    this.#end(OUTCOME[reason], final?.body ?? null, final?.status ?? 202)
  }

  write(id: number, era: Era): Outgoing {
    this.#era = era
    if (this.#task !== undefined) return writeTaskResult(id, this.#task)
    const { server } = this.#upstream
    this.#hop?.end('upstream_error')
    this.#hop = this.#exchange.span?.startHop(this.#exchange, this.#use, server)
    const parent = this.#hop?.traceparent
    // As it is listed by now: what goes into headers must be up to date.
    const definition = this.#runtime.routing.definitionOf(this.#use)
    const round = this.#round
    const putting = { id, era, server, parent, round, definition }
    return writeCall(this.#exchange, this.#use, putting)
  }

  /** It says itself when it has waited long enough. */
  get patient(): boolean {
    return this.#task !== undefined || this.#exchange.method === 'tasks/result'
  }

  /** Goes on with the client's own token, if it gave one. */
  progress(told: Message): void {
    const { message, answer } = this.#exchange
    const { name } = this.#upstream
    const progress = rewriteTaskIds(this.#runtime, name, told)
    const relayed = progress && writeProgress(message, progress)
    if (!relayed) return
    const safe = this.#upstream.redact(relayed)
    if (answer.over) this.#listener().send(safe)
    else answer.send(safe, this.#runtime.clock.monotonic())
  }

  /** What the server does with its stream, its client sees of ours. */
  resumable(): void {
    if (!this.caller.hears) return
    this.#exchange.answer.openStream(this.#runtime.clock.monotonic())
  }

  paused(): void {
    if (this.caller.hears) this.#exchange.answer.closeForResume()
  }

  /** A legacy client is asked at any time, a modern one with the answer to
   * what may be answered so (2026-07-28, basic/patterns/mrtr). */
  get askable(): boolean {
    return this.#exchange.session !== null || ASKING.has(this.#exchange.method)
  }

  asked(asked: Message, reply: Post, settled: () => void): void {
    const source = this.#upstream.speak(reply)
    const message = rewriteTaskIds(this.#runtime, source.name, asked)
    if (!message) return
    if (this.#exchange.session) {
      return relayServerRequest(source, this.#listener(), message, settled)
    }
    if (!this.askable) {
      settled()
      return reply(writeUnasked(message, UNASKED))
    }
    this.#pendingInput ??= this.#makePendingInput()
    this.#pendingInput.ask(this.#exchange, source, message, settled)
  }

  #makePendingInput(): PendingInput {
    return new PendingInput(this.#runtime, this.#use, this.#began, {
      resumed: (back) => {
        this.#exchange = back
        back.relay = this
        back.answer.onGone = () => this.cancel('client')
      },
      abandoned: () => this.#inFlight?.stop('client'),
    })
  }

  noted(noted: Message, reply: Post): boolean {
    const listener = this.#listener()
    if (!listener.serverRequests && listener.level === undefined) return false
    const { name } = this.#upstream
    const message = rewriteTaskIds(this.#runtime, name, noted)
    if (!message) return false
    return relayNotification(this.#upstream.speak(reply), listener, message)
  }

  #listener(): Listener {
    return listenOn(this.#exchange, this.#runtime.clock)
  }

  answer(answer: Message): void {
    const kind = classifyAnswer(
      this.#exchange,
      answer,
      this.#era,
      this.#awaitsTask,
    )
    this.#hop?.end(OUTCOMES[kind])
    if (this.#pendingInput?.keeps(() => this.answer(answer))) return
    switch (kind) {
      case 'input':
        return this.#passInput(answer)
      case 'awaited':
        return this.#awaitTask(answer)
      default:
        return this.#passAnswer(answer, kind)
    }
  }

  #passAnswer(answer: Message, kind: AnswerKind): void {
    const passed = passAnswer(
      this.#runtime,
      this.#exchange,
      this.#use,
      this.#upstream,
      answer,
      kind,
      this.#era,
    )
    if (!passed) return this.failed(UNANSWERABLE)
    this.#agreed?.(passed.outcome === 'ok')
    this.lingers = kind === 'task'
    this.#end(passed.outcome, passed.body, passed.status)
  }

  /** A tool that a legacy server runs as a task alone is a plain call to a
   * modern client: its result is waited for here. */
  get #awaitsTask(): boolean {
    const bridges = this.#era === 'legacy' && this.#exchange.era === 'modern'
    if (!bridges || this.#task !== undefined) return false
    const definition = this.#runtime.routing.definitionOf(this.#use)
    return definition?.needsTask() === true
  }

  #awaitTask(answer: Message): void {
    const id = readTaskId(this.#runtime, answer)
    if (id === undefined) return this.#passAnswer(answer, 'result')
    this.#task = id
    this.lingers = true
    this.#inFlight = this.#upstream.start(this)
  }

  #leaveTask(): void {
    if (this.#task === undefined) return
    const params = { taskId: this.#task }
    this.#inFlight?.session?.request('tasks/cancel', params).catch(() => {})
  }

  /** The server wants to know more before it answers. */
  #passInput(answer: Message): void {
    const exchange = this.#exchange
    const { caps } = exchange.routing.table
    const source = this.#upstream.speak(() => {})
    if (exchange.session) {
      const go = (round: Round | undefined) => this.#goOn(round)
      return askRound(source, this.#listener(), answer.bytes, caps.depth, go)
    }
    const bytes = writeAnswer(exchange, answer, this.#era)
    const sealed = sealInput(this.#runtime, exchange, this.#use, source, bytes)
    if (sealed) return this.#end('ok', this.#upstream.redact(sealed))
    this.failed(UNANSWERABLE)
  }

  /** Once more, with what the client has answered. */
  #goOn(round: Round | undefined): void {
    if (this.#over) return
    if (!round || ++this.#rounds > MAX_ROUNDS) return this.failed(UNANSWERABLE)
    this.#round = round
    this.#inFlight = this.#upstream.start(this)
  }

  failed(failure: Failure): void {
    if (this.#pendingInput?.keeps(() => this.failed(failure))) return
    const { server } = this.#use
    if (failure.kind === 'timeout') this.#leaveTask()
    this.#agreed?.(false)
    this.#runtime.log.debug({ server, ...failure }, 'a call failed')
    const outcome = failure.kind === 'timeout' ? 'timeout' : 'upstream_error'
    const body = writeFailure(this.#exchange, this.#use, failure)
    this.#end(outcome, body, 200, failure.status)
  }

  #end(
    outcome: AuditOutcome,
    body: Buffer | null,
    status = 200,
    upstreamStatus?: number,
  ): void {
    if (this.#over) return
    this.#over = true
    this.#hop?.end(outcome)
    const upstreamMs = this.#runtime.clock.monotonic() - this.#began
    const ended = { outcome, upstreamMs, upstreamStatus }
    finishCall(this.#runtime, this.#exchange, ended, { status, body })
  }
}

/** Sends a call to its server. `agreed` is told whether that did what it was
 * asked. */
export function startRelay(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  upstream: Upstream,
  agreed?: (agreed: boolean) => void,
): void {
  new Relay(runtime, exchange, use, upstream, agreed).start()
}
