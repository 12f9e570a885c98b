// A call whose client is away, with a question of the server to answer.
// In: questions, and the client when it is back. Out: the call goes on.
// INVARIANT: what its server says meanwhile is kept; it is told in the order in
// which it came, to the request that came back. Each question has an answer.

import type { Use } from '../catalog/view.ts'
import type { Message } from '../message/message.ts'
import { writeUnasked } from '../message/server-requests.ts'
import type { Exchange } from '../request.ts'
import { finishCall } from '../stages/finish.ts'
import { declaredBy } from '../upstream/caller.ts'
import type { Source } from '../upstream/source.ts'
import type { RelayContext } from './context.ts'
import { mayAskAgain, sealTicket } from './input.ts'
import {
  answerParked,
  type Parked,
  readQuestion,
  refuseParked,
  writeInputRequired,
} from './parking.ts'

interface Ends {
  /** The client is back, with this request. */
  resumed(exchange: Exchange): void
  /** Nobody came back. */
  abandoned(): void
}

interface Waiting {
  readonly parked: Parked
  readonly source: Source
}

/** At a time, by one call. */
const MAX_WAITING = 16

const ENOUGH = 'The client has too many questions of this call open'

export class PendingInput {
  readonly #runtime: RelayContext
  readonly #use: Use
  /** Monotonic milliseconds; when the call began. */
  readonly #began: number
  readonly #ends: Ends
  #parked: Parked | undefined
  /** Asked while the client is away: put to it when it is back. */
  readonly #waiting: Waiting[] = []
  #kept: (() => void) | undefined

  constructor(runtime: RelayContext, use: Use, began: number, ends: Ends) {
    this.#runtime = runtime
    this.#use = use
    this.#began = began
    this.#ends = ends
  }

  /** True while the client is away: what was to be done is done later. */
  keeps(later: () => void): boolean {
    if (!this.#parked) return false
    this.#kept = later
    return true
  }

  /** A modern client is asked with an answer, and comes back (park.ts). */
  ask(
    exchange: Exchange,
    source: Source,
    asked: Message,
    settled: () => void,
  ): void {
    const { reply } = source
    const { depth } = exchange.routing.table.caps
    const capabilities = declaredBy(exchange)
    const isEnough =
      this.#waiting.length >= MAX_WAITING || !mayAskAgain(exchange)
    const question = isEnough
      ? writeUnasked(asked, ENOUGH)
      : readQuestion(source, capabilities, asked, depth)
    if (Buffer.isBuffer(question)) {
      settled()
      return reply(question)
    }
    const parked: Parked = {
      question,
      reply,
      settled,
      resume: (back) => this.#resume(back, parked, source),
      abandon: () => {
        refuseParked(parked)
        this.#refuseWaiting()
        this.#ends.abandoned()
      },
    }
    if (this.#parked) this.#waiting.push({ parked, source })
    else this.#leave(exchange, parked, source)
  }

  #refuseWaiting(): void {
    for (const { parked } of this.#waiting.splice(0)) refuseParked(parked)
  }

  /** Sends the client away with a question. */
  #leave(exchange: Exchange, parked: Parked, { redact }: Source): void {
    this.#parked = parked
    const { parking, clock } = this.#runtime
    const { principal, bytesIn } = exchange
    const ticket = parking.add(parked, principal.token.id, bytesIn)
    const state = sealTicket(this.#runtime, exchange, this.#use, ticket)
    const body = redact(writeInputRequired(exchange, parked.question, state))
    const upstreamMs = clock.monotonic() - this.#began
    const ended = { outcome: 'ok', upstreamMs } as const
    finishCall(this.#runtime, exchange, ended, { status: 200, body })
  }

  /** It is back, with an answer or without. */
  #resume(exchange: Exchange, parked: Parked, source: Source): void {
    this.#ends.resumed(exchange)
    this.#parked = undefined
    const isAnswered = answerParked(exchange, parked)
    if (!isAnswered && !this.#kept && mayAskAgain(exchange)) {
      return this.#leave(exchange, parked, source)
    }
    // What has its answer already is not asked again.
    if (!isAnswered) refuseParked(parked)
    if (this.#kept || !mayAskAgain(exchange)) this.#refuseWaiting()
    const next = this.#waiting.shift()
    if (next) this.#leave(exchange, next.parked, next.source)
    else this.#kept?.()
  }
}
