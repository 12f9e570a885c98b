// Calls of modern clients to legacy servers that ask something: they wait.
// In: a server's question. Out: an answer that asks for input; later, the call.
// INVARIANT: who comes back must be who was sent away; a call that nobody comes
// back for is cancelled; each question has an answer.

import { randomBytes } from 'node:crypto'
import { createCache } from '../base/cache.ts'
import type { Use } from '../catalog/view.ts'
import { MemoryBudget } from '../http/memory-budget.ts'
import type { Capabilities } from '../message/capabilities.ts'
import {
  findNode,
  type Message,
  readMessage,
  sliceNode,
} from '../message/message.ts'
import { writeNoMethod, writeUnasked } from '../message/server-requests.ts'
import { splice } from '../message/splice.ts'
import { writeError, writeId, writeResult } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { finishCall } from '../stages/finish.ts'
import type { Post } from '../upstream/call.ts'
import { declaredBy } from '../upstream/caller.ts'
import type { Source } from '../upstream/source.ts'
import type { RelayContext } from './context.ts'
import { mayAskAgain, sealTicket } from './input.ts'
import { judgeQuestion } from './server-requests.ts'

/** What waits. */
export interface PendingQuestion {
  readonly question: Message
  readonly reply: Post
  readonly settled: () => void
  /** Goes on under another request of the same client. */
  resume(exchange: Exchange): void
  /** Nobody came back. */
  abandon(): void
}

const MAX = 1_000
const PATIENCE_MS = 600_000

/** Of one token. */
const MAX_EACH = 64
const MAX_BYTES = 16 * 1024 * 1024

/** The one question of an answer. */
const KEY = 'question'

export class PendingQuestions {
  readonly #parked = createCache<string, PendingQuestion>(MAX, {
    ttl: PATIENCE_MS,
    ttlAutopurge: true,
    dispose: (parked, key, reason) => {
      const { tokenId = '', bytes = 0 } = this.#costs.get(key) ?? {}
      this.#memoryBudget.charge(tokenId, -bytes)
      this.#costs.delete(key)
      if (reason !== 'delete') parked.abandon()
    },
  })
  readonly #costs = new Map<string, { tokenId: string; bytes: number }>()
  readonly #memoryBudget: MemoryBudget

  constructor(memoryBudget = new MemoryBudget()) {
    this.#memoryBudget = memoryBudget
  }

  #weigh(ticket: string): number {
    return this.#costs.get(ticket)?.bytes ?? 0
  }

  /** Gives the ticket to come back with. What a token has waiting pushes out
   * its own oldest: `bytes` are kept with it. */
  add(parked: PendingQuestion, tokenId: string, bytes: number): string {
    const ticket = randomBytes(18).toString('base64url')
    const own = [...this.#parked.entries()].filter(
      ([name]) => this.#costs.get(name)?.tokenId === tokenId,
    )
    let kept = own.reduce((sum, [name]) => sum + this.#weigh(name), bytes)
    // The oldest first.
    for (const [at, [name, oldest]] of own.reverse().entries()) {
      const isFew = own.length - at < MAX_EACH && kept <= MAX_BYTES
      if (isFew && this.#memoryBudget.hasRoom(tokenId, bytes)) break
      kept -= this.#weigh(name)
      this.#parked.delete(name)
      oldest.abandon()
    }
    this.#costs.set(ticket, { tokenId, bytes })
    this.#memoryBudget.charge(tokenId, bytes)
    this.#parked.set(ticket, parked)
    return ticket
  }

  take(ticket: string): PendingQuestion | undefined {
    const parked = this.#parked.get(ticket)
    this.#parked.delete(ticket)
    return parked
  }

  /** The gateway ends. */
  clear(): void {
    for (const parked of this.#parked.values()) parked.abandon()
    this.#parked.clear()
  }
}

/** A server's request as the client may be asked it; or what the server hears
 * instead. */
export function readQuestion(
  { server }: Source,
  capabilities: Capabilities,
  asked: Message,
  depth: number,
): Message | Buffer {
  const whole = readMessage(asked.bytes, depth)
  if ('refusal' in whole) return writeNoMethod(asked)
  const edits = judgeQuestion(server, capabilities, whole)
  if (Buffer.isBuffer(edits)) return edits
  const question = readMessage(splice(whole.bytes, edits), depth)
  return 'refusal' in question ? writeNoMethod(asked) : question
}

/** An answer that asks; `question` is the request with its own edits. */
export function writeInputRequired(
  { message }: Exchange,
  question: Message,
  state: string,
): Buffer {
  const { method, params, bytes } = question
  const text = params ? sliceNode(bytes, params).toString() : '{}'
  const asked = `{"method":${JSON.stringify(method)},"params":${text}}`
  const body =
    `"resultType":"input_required","inputRequests":{"${KEY}":${asked}},` +
    `"requestState":${JSON.stringify(state)}`
  return writeResult(writeId(message), 'legacy', body)
}

/** Passes the client's answer on; false when it brought none. */
export function answerQuestion(
  { message }: Exchange,
  { question, reply, settled }: PendingQuestion,
): boolean {
  const given = findNode(findNode(message.params, 'inputResponses'), KEY)
  if (!given) return false
  settled()
  const id = writeId(question)
  const result = sliceNode(message.bytes, given).toString()
  reply(Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${result}}`))
  return true
}

export function refuseQuestion({
  question,
  reply,
  settled,
}: PendingQuestion): void {
  settled()
  reply(writeError(writeId(question), -32000, 'The client is gone'))
}

/** Goes on with the call that waits for what this one brings; false where none
 * does. */
export function resumeCall(
  { pendingQuestions }: RelayContext,
  exchange: Exchange,
  ticket: string,
): boolean {
  const parked = pendingQuestions.take(ticket)
  parked?.resume(exchange)
  return parked !== undefined
}

interface Ends {
  /** The client is back, with this request. */
  resumed(exchange: Exchange): void
  /** Nobody came back. */
  abandoned(): void
}

interface Waiting {
  readonly parked: PendingQuestion
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
  #parked: PendingQuestion | undefined
  /** ServerRequests while the client is away: put to it when it is back. */
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
    const parked: PendingQuestion = {
      question,
      reply,
      settled,
      resume: (back) => this.#resume(back, parked, source),
      abandon: () => {
        refuseQuestion(parked)
        this.#refuseWaiting()
        this.#ends.abandoned()
      },
    }
    if (this.#parked) this.#waiting.push({ parked, source })
    else this.#leave(exchange, parked, source)
  }

  #refuseWaiting(): void {
    for (const { parked } of this.#waiting.splice(0)) refuseQuestion(parked)
  }

  /** Sends the client away with a question. */
  #leave(
    exchange: Exchange,
    parked: PendingQuestion,
    { redact }: Source,
  ): void {
    this.#parked = parked
    const { pendingQuestions, clock } = this.#runtime
    const { principal, bytesIn } = exchange
    const ticket = pendingQuestions.add(parked, principal.token.id, bytesIn)
    const state = sealTicket(this.#runtime, exchange, this.#use, ticket)
    const body = redact(writeInputRequired(exchange, parked.question, state))
    const upstreamMs = clock.monotonic() - this.#began
    const ended = { outcome: 'ok', upstreamMs } as const
    finishCall(this.#runtime, exchange, ended, { status: 200, body })
  }

  /** It is back, with an answer or without. */
  #resume(exchange: Exchange, parked: PendingQuestion, source: Source): void {
    this.#ends.resumed(exchange)
    this.#parked = undefined
    const isAnswered = answerQuestion(exchange, parked)
    if (!isAnswered && !this.#kept && mayAskAgain(exchange)) {
      return this.#leave(exchange, parked, source)
    }
    // What has its answer already is not asked again.
    if (!isAnswered) refuseQuestion(parked)
    if (this.#kept || !mayAskAgain(exchange)) this.#refuseWaiting()
    const next = this.#waiting.shift()
    if (next) this.#leave(exchange, next.parked, next.source)
    else this.#kept?.()
  }
}
