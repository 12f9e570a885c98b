// Legacy servers may send a request during a modern client's call. The call waits:
// the client gets the request as an answer, and continues the call with its input.
// INVARIANT: only the client that got a question continues its call; without it the
// call is cancelled; each question gets a reply.

import { randomBytes } from 'node:crypto'
import type { TokenRecord } from '../../contract/table.ts'
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
import { writeNoMethod, writeUnanswerable } from '../message/server-requests.ts'
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

/** A question that waits for the client, with its call. */
export interface PendingQuestion {
  readonly question: Message
  readonly reply: Post
  readonly settled: () => void
  /** Continues the call with another request of the same client. */
  resume(exchange: Exchange): void
  /** The client did not come back in time. */
  abandon(): void
}

/** What a question keeps, and for whom. */
interface Cost {
  readonly token: TokenRecord
  readonly bytes: number
}

const MAX = 1_000
const MAX_WAIT_MS = 600_000

/** Bounds of one token. */
const MAX_EACH = 64
const MAX_BYTES = 16 * 1024 * 1024

/** The key of the only question of an answer. */
const KEY = 'question'

export class PendingQuestions {
  readonly #pending = createCache<string, PendingQuestion>(MAX, {
    ttl: MAX_WAIT_MS,
    ttlAutopurge: true,
    dispose: (pending, key, reason) => {
      const { token, bytes = 0 } = this.#costs.get(key) ?? {}
      if (token) this.#memoryBudget.charge(token.id, -bytes)
      this.#costs.delete(key)
      if (reason !== 'delete') pending.abandon()
    },
  })
  readonly #costs = new Map<string, Cost>()
  readonly #memoryBudget: MemoryBudget

  constructor(memoryBudget = new MemoryBudget()) {
    this.#memoryBudget = memoryBudget
  }

  #weigh(ticket: string): number {
    return this.#costs.get(ticket)?.bytes ?? 0
  }

  /** Returns the ticket of the question. Evicts the oldest questions of the
   * same token to make room; `bytes`: what is kept with this one. */
  add(pending: PendingQuestion, token: TokenRecord, bytes: number): string {
    const tokenId = token.id
    const ticket = randomBytes(18).toString('base64url')
    const own = [...this.#pending.entries()].filter(
      ([name]) => this.#costs.get(name)?.token.id === tokenId,
    )
    let kept = own.reduce((sum, [name]) => sum + this.#weigh(name), bytes)
    // The oldest first.
    for (const [at, [name, oldest]] of own.reverse().entries()) {
      const isFew = own.length - at < MAX_EACH && kept <= MAX_BYTES
      if (isFew && this.#memoryBudget.hasRoom(tokenId, bytes)) break
      kept -= this.#weigh(name)
      this.#pending.delete(name)
      oldest.abandon()
    }
    this.#costs.set(ticket, { token, bytes })
    this.#memoryBudget.charge(tokenId, bytes)
    this.#pending.set(ticket, pending)
    return ticket
  }

  take(ticket: string): PendingQuestion | undefined {
    const pending = this.#pending.get(ticket)
    this.#pending.delete(ticket)
    return pending
  }

  /** Those by which the calls that wait came. */
  listTokens(): readonly TokenRecord[] {
    return [...this.#costs.values()].map(({ token }) => token)
  }

  /** Ends the calls of some tokens that wait; how many that were. */
  endOf(isOf: (token: TokenRecord) => boolean): number {
    const ended = [...this.#costs].filter(([, { token }]) => isOf(token))
    for (const [ticket] of ended) this.take(ticket)?.abandon()
    return ended.length
  }

  /** Ends all calls that wait, when the gateway shuts down. */
  clear(): void {
    for (const pending of this.#pending.values()) pending.abandon()
    this.#pending.clear()
  }
}

/** A server's request as its client gets it; or the reply that refuses it. */
function readQuestion(
  { server }: Source,
  capabilities: Capabilities,
  request: Message,
  depth: number,
): Message | Buffer {
  const whole = readMessage(request.bytes, depth)
  if ('refusal' in whole) return writeNoMethod(request)
  const edits = judgeQuestion(server, capabilities, whole)
  if (Buffer.isBuffer(edits)) return edits
  const question = readMessage(splice(whole.bytes, edits), depth)
  return 'refusal' in question ? writeNoMethod(request) : question
}

/** An answer that requests input. `question`: the request after its edits. */
function writeInputRequired(
  { message }: Exchange,
  question: Message,
  state: string,
): Buffer {
  const { method, params, bytes } = question
  const text = params ? sliceNode(bytes, params).toString() : '{}'
  const request = `{"method":${JSON.stringify(method)},"params":${text}}`
  const body =
    `"resultType":"input_required","inputRequests":{"${KEY}":${request}},` +
    `"requestState":${JSON.stringify(state)}`
  return writeResult(writeId(message), 'legacy', body)
}

/** Sends the client's input to the server; false when there is none. */
function answerQuestion(
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

function refuseQuestion({ question, reply, settled }: PendingQuestion): void {
  settled()
  reply(writeError(writeId(question), -32000, 'The client is gone'))
}

/** Continues the call that waits for this request; false if there is none. */
export function resumeCall(
  { pendingQuestions }: RelayContext,
  exchange: Exchange,
  ticket: string,
): boolean {
  const pending = pendingQuestions.take(ticket)
  pending?.resume(exchange)
  return pending !== undefined
}

interface Ends {
  /** The client came back with this request. */
  resumed(exchange: Exchange): void
  /** The client did not come back in time. */
  abandoned(): void
}

interface Waiting {
  readonly pending: PendingQuestion
  readonly source: Source
}

/** Questions of one call at a time. */
const MAX_WAITING = 16

const TOO_MANY = 'Too many requests of this call wait for the client'

export class PendingInput {
  readonly #runtime: RelayContext
  readonly #use: Use
  /** Monotonic milliseconds; when the call began. */
  readonly #began: number
  readonly #ends: Ends
  #pending: PendingQuestion | undefined
  /** Questions that the server sent while another waits for the client. */
  readonly #waiting: Waiting[] = []
  /** What the server did meanwhile; done when the client is back. */
  #postponed: (() => void) | undefined

  constructor(runtime: RelayContext, use: Use, began: number, ends: Ends) {
    this.#runtime = runtime
    this.#use = use
    this.#began = began
    this.#ends = ends
  }

  /** True while a question waits for the client: `later` is called after it. */
  postpone(later: () => void): boolean {
    if (!this.#pending) return false
    this.#postponed = later
    return true
  }

  /** Sends a request of the server to a modern client, as the answer to its
   * call. */
  ask(
    exchange: Exchange,
    source: Source,
    request: Message,
    settled: () => void,
  ): void {
    const { reply } = source
    const { depth } = exchange.routing.table.caps
    const capabilities = declaredBy(exchange)
    const isTooMany =
      this.#waiting.length >= MAX_WAITING || !mayAskAgain(exchange)
    const question = isTooMany
      ? writeUnanswerable(request, TOO_MANY)
      : readQuestion(source, capabilities, request, depth)
    if (Buffer.isBuffer(question)) {
      settled()
      return reply(question)
    }
    const pending: PendingQuestion = {
      question,
      reply,
      settled,
      resume: (back) => this.#resume(back, pending, source),
      abandon: () => {
        refuseQuestion(pending)
        this.#refuseWaiting()
        this.#ends.abandoned()
      },
    }
    if (this.#pending) this.#waiting.push({ pending, source })
    else this.#putQuestion(exchange, pending, source)
  }

  #refuseWaiting(): void {
    for (const { pending } of this.#waiting.splice(0)) refuseQuestion(pending)
  }

  /** Answers the client with a question; its call waits. */
  #putQuestion(
    exchange: Exchange,
    pending: PendingQuestion,
    { redact }: Source,
  ): void {
    this.#pending = pending
    const { pendingQuestions, clock } = this.#runtime
    const { principal, bytesIn } = exchange
    const ticket = pendingQuestions.add(pending, principal.token, bytesIn)
    const state = sealTicket(this.#runtime, exchange, this.#use, ticket)
    const body = redact(writeInputRequired(exchange, pending.question, state))
    const upstreamMs = clock.monotonic() - this.#began
    const ended = { outcome: 'ok', upstreamMs } as const
    finishCall(this.#runtime, exchange, ended, { status: 200, body })
  }

  /** The client is back, with input or without. */
  #resume(exchange: Exchange, pending: PendingQuestion, source: Source): void {
    this.#ends.resumed(exchange)
    this.#pending = undefined
    const isAnswered = answerQuestion(exchange, pending)
    if (!isAnswered && !this.#postponed && mayAskAgain(exchange)) {
      return this.#putQuestion(exchange, pending, source)
    }
    // A call that its server has answered needs no more input.
    if (!isAnswered) refuseQuestion(pending)
    if (this.#postponed || !mayAskAgain(exchange)) this.#refuseWaiting()
    const next = this.#waiting.shift()
    if (next) this.#putQuestion(exchange, next.pending, next.source)
    else this.#postponed?.()
  }
}
