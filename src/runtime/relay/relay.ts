// Sends a call to its server and the answer to its client.
// INVARIANT: bytes are relayed as they came, except for the fields that the
// gateway owns; a call ends exactly once.

import type { AuditOutcome } from '../../contract/audit.ts'
import { holdMessage, loanOfMessage } from '../base/lender.ts'
import type { Bytes } from '../base/pieces.ts'
import type { Use } from '../catalog/view.ts'
import type { Message } from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import { writeUnanswerable } from '../message/server-requests.ts'
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
  listenerOf,
  relayNotification,
  relayServerRequest,
} from './server-requests.ts'
import { askToSignIn } from './sign-in.ts'
import { readTaskId, rewriteTaskIds } from './task-ids.ts'

const NO_INPUT =
  'This client can answer only during tools/call, prompts/get and resources/read'

const INPUT_METHODS = new Set(['tools/call', 'prompts/get', 'resources/read'])

class Relay implements UpstreamCall {
  readonly caller: Caller
  readonly #runtime: RelayContext
  #exchange: Exchange
  readonly #use: Use
  readonly #upstream: Upstream
  readonly #began: number
  #inFlight: InFlightCall | undefined
  /** Members for the next try; the number of rounds so far. */
  #round: Round = {}
  #rounds = 0
  #pendingInput: PendingInput | undefined
  /** The era of the server at the last try. */
  #era: Era = 'legacy'
  /** The server's task that the gateway waits for; the client did not request
   * it. */
  #task: string | undefined
  /** The answer created a task: progress may follow it. */
  createdTask = false
  /** Ends the wait for the person to sign in. */
  #stopWaiting: (() => void) | undefined
  #over = false
  /** Releases the client's message when the answer is on its way. */
  #release: (() => void) | undefined
  #hop: Hop | undefined
  /** Called with whether the server did what the call requests. */
  readonly #onAgreed: ((agreed: boolean) => void) | undefined

  constructor(
    runtime: RelayContext,
    exchange: Exchange,
    use: Use,
    upstream: Upstream,
    onAgreed?: (agreed: boolean) => void,
  ) {
    this.#onAgreed = onAgreed
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
    this.#upstream.inUse.begin()
    if (ended) return this.cancel(ended.reason, ended.final)
    // A legacy client may come back for its answer. A modern one cancels its
    // call when it closes the connection (basic/patterns/cancellation).
    if (era === 'modern') {
      answer.onGone = () => this.cancel('client')
      if (answer.over) return this.#end('cancelled', null)
    }
    this.#inFlight = this.#upstream.start(this, this.#began)
  }

  cancel(reason: CancelReason, final?: FinalAnswer): void {
    if (this.#over) return
    this.#cancelTask()
    this.#stopWaiting?.()
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
    // The current definition: it says which arguments go into headers.
    const definition = this.#runtime.routing.definitionOf(this.#use)
    const round = this.#round
    const options = { id, era, server, parent, round, definition }
    return writeCall(this.#exchange, this.#use, options)
  }

  get heldMs(): number {
    return this.#exchange.heldMs
  }

  /** A call that waits for a task has no idle timeout. */
  get skipsIdleTimeout(): boolean {
    return this.#task !== undefined || this.#exchange.method === 'tasks/result'
  }

  /** Sends progress under the client's progress token, if it sent one. */
  progress(received: Message): void {
    const { message, answer } = this.#exchange
    const { name } = this.#upstream
    const progress = rewriteTaskIds(this.#runtime, name, received)
    const relayed = progress && writeProgress(message, progress)
    if (!relayed) return
    const safe = this.#upstream.redact(relayed)
    if (answer.over) this.#listener().send(safe)
    else answer.send(safe, this.#runtime.clock.monotonic())
  }

  /** The client's stream follows the server's stream. */
  resumable(): void {
    if (!this.caller.isDedicated) return
    this.#exchange.answer.openStream(this.#runtime.clock.monotonic())
  }

  paused(): void {
    if (this.caller.isDedicated) this.#exchange.answer.closeForResume()
  }

  /** A legacy client can answer a request at any time. A modern one gets it as
   * the answer to its call, which only some methods have (2026-07-28,
   * basic/patterns/mrtr). */
  get askable(): boolean {
    return (
      this.#exchange.session !== null ||
      INPUT_METHODS.has(this.#exchange.method)
    )
  }

  onRequest(request: Message, reply: Post, settled: () => void): void {
    const source = this.#upstream.makeSource(reply)
    const message = rewriteTaskIds(this.#runtime, source.name, request)
    if (!message) return
    if (this.#exchange.session) {
      return relayServerRequest(source, this.#listener(), message, settled)
    }
    if (!this.askable) {
      settled()
      return reply(writeUnanswerable(message, NO_INPUT))
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
      abandoned: () => {
        this.#inFlight?.stop('client')
        this.#leave()
      },
    })
  }

  onNotification(notification: Message, reply: Post): boolean {
    const listener = this.#listener()
    if (!listener.serverRequests && listener.level === undefined) return false
    const { name } = this.#upstream
    const message = rewriteTaskIds(this.#runtime, name, notification)
    if (!message) return false
    return relayNotification(
      this.#upstream.makeSource(reply),
      listener,
      message,
    )
  }

  #listener(): Listener {
    return listenerOf(this.#exchange, this.#runtime.clock)
  }

  answer(answer: Message): void {
    const kind = classifyAnswer(
      this.#exchange,
      answer,
      this.#era,
      this.#awaitsTask,
    )
    this.#hop?.end(OUTCOMES[kind])
    if (this.#pendingInput?.postpone(() => this.answer(answer))) return
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
    this.#onAgreed?.(passed.outcome === 'ok')
    this.createdTask = kind === 'task'
    if (kind !== 'task') this.#spend(answer)
    this.#end(passed.outcome, passed.body, passed.status)
  }

  /** Both messages are read for the last time in what follows. The client's may
   * be held by others where the call took more than one request, or where its
   * server gets it through a pipe. */
  #spend(answer: Message): void {
    const { method, message } = this.#exchange
    if (method !== 'tools/call' || this.#pendingInput) return
    loanOfMessage(answer.bytes)?.spend(answer.bytes)
    const isPlain = this.#rounds === 0 && this.#task === undefined
    if (!isPlain || this.#upstream.server.type !== 'http') return
    loanOfMessage(message.bytes)?.spend(message.bytes)
    // Its connection may have ended before: its client comes back for the answer.
    this.#release = holdMessage(message.bytes)
  }

  /** A tool that a legacy server runs only as a task is a plain call for a
   * modern client: the gateway waits for the result. */
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
    this.createdTask = true
    this.#inFlight = this.#upstream.start(this)
  }

  #cancelTask(): void {
    if (this.#task === undefined) return
    const params = { taskId: this.#task }
    this.#inFlight?.session?.request('tasks/cancel', params).catch(() => {})
  }

  /** The server requests input before it answers. */
  #passInput(answer: Message): void {
    const exchange = this.#exchange
    const { caps } = exchange.routing.table
    const source = this.#upstream.makeSource(() => {})
    if (exchange.session) {
      const done = (round: Round | undefined) => this.#retry(round)
      return askRound(source, this.#listener(), answer.bytes, caps.depth, done)
    }
    const bytes = writeAnswer(exchange, answer, this.#era)
    const sealed = sealInput(this.#runtime, exchange, this.#use, source, bytes)
    if (sealed) return this.#end('ok', this.#upstream.redact(sealed))
    this.failed(UNANSWERABLE)
  }

  /** Sends the call again, with the input of the client. */
  #retry(round: Round | undefined): void {
    if (this.#over) return
    if (!round || ++this.#rounds > MAX_ROUNDS) return this.failed(UNANSWERABLE)
    this.#round = round
    this.#inFlight = this.#upstream.start(this)
  }

  failed(failure: Failure): void {
    if (this.#pendingInput?.postpone(() => this.failed(failure))) return
    if (failure.kind === 'person') return this.#askToSignIn(failure)
    this.#fail(failure)
  }

  /** The call has not run: it goes on when its person has signed in. */
  #askToSignIn(failure: Failure): void {
    if (this.#over) return
    const asking = askToSignIn(
      this.#runtime,
      this.#exchange,
      this.#use,
      this.#upstream.accountOf(this.caller)?.since ?? 0,
      (signed) => {
        this.#stopWaiting = undefined
        if (this.#over) return
        if (signed) this.#inFlight = this.#upstream.start(this)
        else if ('text' in asking)
          this.#fail({ ...failure, advice: asking.text })
      },
    )
    if ('body' in asking) return this.#end('ok', asking.body)
    if ('stop' in asking) this.#stopWaiting = asking.stop
    else this.#fail({ ...failure, advice: asking.text })
  }

  #fail(failure: Failure): void {
    const { server } = this.#use
    if (failure.kind === 'timeout') this.#cancelTask()
    this.#onAgreed?.(false)
    this.#runtime.log.debug({ server, ...failure }, 'a call failed')
    const outcome = failure.kind === 'timeout' ? 'timeout' : 'upstream_error'
    const body = writeFailure(this.#exchange, this.#use, failure)
    this.#end(outcome, body, 200, failure.status)
  }

  /** False if it was over already. */
  #leave(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#upstream.inUse.end()
    return true
  }

  #end(
    outcome: AuditOutcome,
    body: Bytes | null,
    status = 200,
    upstreamStatus?: number,
  ): void {
    if (!this.#leave()) return
    this.#hop?.end(outcome)
    const at = this.#runtime.clock.monotonic()
    const upstreamMs = at - this.#began
    const grant = this.#upstream.accountOf(this.caller)?.grantId
    const ended = { at, outcome, upstreamMs, upstreamStatus, grant }
    const final = { status, body, taken: this.#release }
    finishCall(this.#runtime, this.#exchange, ended, final)
  }
}

/** Sends a call to its server. `onAgreed` is called with whether the server did
 * what the call requests. */
export function startRelay(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  upstream: Upstream,
  onAgreed?: (agreed: boolean) => void,
): void {
  new Relay(runtime, exchange, use, upstream, onAgreed).start()
}
