// One call on its way to a server and back.
// In: an exchange whose use is granted and on record. Out: its conclusion.
// INVARIANT: bytes are relayed as they came, with the fields that we own
// spliced (design §6); it concludes exactly once.

import type { AuditOutcome } from '../contract/audit.ts'
import { type Caller, declaredBy, nameCaller } from './caller.ts'
import { type LastWords, OUTCOME } from './cancel.ts'
import { concludeCall } from './conclude.ts'
import {
  type Listener,
  listenOn,
  relayNotice,
  relayQuestion,
  type Speaker,
} from './converse.ts'
import type { Message } from './edge/message.ts'
import { writeNoMethod } from './edge/question.ts'
import type { CancelReason, Era, Exchange, Use } from './exchange.ts'
import {
  answerParked,
  type Parked,
  readQuestion,
  refuseParked,
  writeInputRequired,
} from './park.ts'
import { asksForInput, sealInput, sealTicket } from './retry.ts'
import {
  judgeAnswer,
  judgeStatus,
  writeAnswer,
  writeCall,
  writeProgress,
} from './rewrite.ts'
import { askRound, MOST_ROUNDS, type Round } from './rounds.ts'
import type { Runtime } from './runtime.ts'
import { settleSubscription } from './subscribe.ts'
import { UNANSWERABLE, writeFailure } from './unanswered.ts'
import type { Post } from './upstream/call.ts'
import type { Outgoing } from './upstream/dialect.ts'
import type { Failure } from './upstream/failure.ts'
import type { Flight, UpstreamCall } from './upstream/flight.ts'
import type { Upstream } from './upstream/upstream.ts'

export class Relay implements UpstreamCall {
  readonly caller: Caller
  readonly #runtime: Runtime
  #exchange: Exchange
  readonly #use: Use
  readonly #upstream: Upstream
  readonly #began: number
  #flight: Flight | undefined
  /** What the next try brings, and how many there were. */
  #round: Round = {}
  #rounds = 0
  /** The client is away; then, what it missed. */
  #parked: Parked | undefined
  #kept: (() => void) | undefined
  /** The server's, of the last try. */
  #era: Era = 'legacy'
  #over = false

  constructor(
    runtime: Runtime,
    exchange: Exchange,
    use: Use,
    upstream: Upstream,
  ) {
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
    this.#flight = this.#upstream.start(this)
  }

  /** Ends the call early; without `final` the client is told nothing. */
  cancel(reason: CancelReason, final?: LastWords): void {
    if (this.#over) return
    this.#flight?.stop(reason)
    this.#end(OUTCOME[reason], final?.body ?? null, final?.status ?? 202)
  }

  write(id: number, era: Era): Outgoing {
    this.#era = era
    const { server } = this.#upstream
    return writeCall(this.#exchange, this.#use, id, era, server, this.#round)
  }

  /** Goes on with the client's own token, if it gave one. */
  progress(progress: Message): void {
    const { message, answer } = this.#exchange
    const relayed = writeProgress(message, progress)
    if (!relayed) return
    answer.send(this.#upstream.redact(relayed), this.#runtime.clock.monotonic())
  }

  /** What the server does with its stream, its client sees of ours. */
  primed(): void {
    if (!this.caller.hears) return
    this.#exchange.answer.openStream(this.#runtime.clock.monotonic())
  }

  paused(): void {
    if (this.caller.hears) this.#exchange.answer.letGo()
  }

  asked(message: Message, reply: Post, settled: () => void): void {
    const speaker = this.#upstream.speak(reply)
    if (this.#exchange.session) {
      return relayQuestion(speaker, this.#listener(), message, settled)
    }
    this.#park(speaker, message, settled)
  }

  noted(message: Message, reply: Post): void {
    const listener = this.#listener()
    if (!listener.asked && listener.level === undefined) return
    relayNotice(this.#upstream.speak(reply), listener, message)
  }

  #listener(): Listener {
    return listenOn(this.#exchange, this.#runtime.clock)
  }

  /** A modern client is asked with an answer, and comes back (park.ts). */
  #park(speaker: Speaker, asked: Message, settled: () => void): void {
    const { reply } = speaker
    const { depth } = this.#exchange.routing.table.caps
    const capabilities = declaredBy(this.#exchange)
    const question = this.#parked
      ? writeNoMethod(asked)
      : readQuestion(speaker, capabilities, asked, depth)
    if (Buffer.isBuffer(question)) {
      settled()
      return reply(question)
    }
    const parked: Parked = {
      question,
      reply,
      settled,
      resume: (exchange) => this.#resume(exchange, parked),
      abandon: () => {
        refuseParked(parked)
        this.#flight?.stop('client')
      },
    }
    this.#leave(parked)
  }

  /** Sends the client away with a question. */
  #leave(parked: Parked): void {
    this.#parked = parked
    const exchange = this.#exchange
    const { parking } = this.#runtime
    const state = sealTicket(
      this.#runtime,
      exchange,
      this.#use,
      parking.add(parked),
    )
    const body = writeInputRequired(exchange, parked.question, state)
    const upstreamMs = this.#runtime.clock.monotonic() - this.#began
    const ended = { outcome: 'ok', upstreamMs } as const
    const final = { status: 200, body: this.#upstream.redact(body) }
    concludeCall(this.#runtime, exchange, ended, final)
  }

  /** It is back, with an answer or without. */
  #resume(exchange: Exchange, parked: Parked): void {
    this.#exchange = exchange
    exchange.relay = this
    exchange.answer.onGone = () => this.cancel('client')
    this.#parked = undefined
    if (this.#kept) return this.#kept()
    if (!answerParked(exchange, parked)) this.#leave(parked)
  }

  answer(answer: Message): void {
    if (this.#parked) {
      this.#kept = () => this.answer(answer)
      return
    }
    if (this.#era === 'modern' && asksForInput(answer)) {
      return this.#passInput(answer)
    }
    const outcome = judgeAnswer(this.#exchange, answer)
    const agreed = outcome === 'ok'
    settleSubscription(this.#runtime, this.#exchange, this.#use, agreed)
    const bytes = writeAnswer(this.#exchange, answer, this.#era)
    const safe = outcome === 'ok' ? bytes : this.#upstream.redact(bytes)
    this.#end(outcome, safe, judgeStatus(this.#exchange, answer))
  }

  /** The server wants to know more before it answers. */
  #passInput(answer: Message): void {
    const exchange = this.#exchange
    const { caps } = exchange.routing.table
    const speaker = this.#upstream.speak(() => {})
    if (exchange.session) {
      const go = (round: Round | undefined) => this.#goOn(round)
      return askRound(speaker, this.#listener(), answer.bytes, caps.depth, go)
    }
    const bytes = writeAnswer(exchange, answer, this.#era)
    const sealed = sealInput(this.#runtime, exchange, this.#use, speaker, bytes)
    if (sealed) return this.#end('ok', this.#upstream.redact(sealed))
    this.failed(UNANSWERABLE)
  }

  /** Once more, with what the client has answered. */
  #goOn(round: Round | undefined): void {
    if (this.#over) return
    if (!round || ++this.#rounds > MOST_ROUNDS) return this.failed(UNANSWERABLE)
    this.#round = round
    this.#flight = this.#upstream.start(this)
  }

  failed(failure: Failure): void {
    if (this.#parked) {
      this.#kept = () => this.failed(failure)
      return
    }
    const { server } = this.#use
    settleSubscription(this.#runtime, this.#exchange, this.#use, false)
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
