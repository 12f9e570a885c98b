// Calls that a modern server answers with requests for input (2026-07-28,
// basic/patterns/mrtr): seals and opens their state, and asks legacy clients.
// INVARIANT: a state opens once, for the same bearer, method, name and
// arguments, at most MAX_ROUNDS times in a row.

import { randomUUID } from 'node:crypto'
import { canonicalize, sha256Hex } from '../../table/digest.ts'
import { parseExact } from '../../table/number.ts'
import type { Use } from '../catalog/view.ts'
import type { Capabilities } from '../message/capabilities.ts'
import {
  findNode,
  type Message,
  readMessage,
  readString,
  sliceNode,
} from '../message/message.ts'
import type { Node } from '../message/scan.ts'
import { type Edit, setMembers, splice } from '../message/splice.ts'
import type { Exchange, Sealed } from '../request.ts'
import { declaredBy } from '../upstream/caller.ts'
import type { Source } from '../upstream/source.ts'
import type { RelayContext } from './context.ts'
import type { Bearer } from './seal.ts'
import {
  judgeQuestion,
  type Listener,
  relayServerRequest,
} from './server-requests.ts'

/** Message, result, requests, one of them, its params. */
const KEEP = 5

/** What a request brings that continues an earlier call. */
export interface Continuation {
  readonly state: Sealed | undefined
  /** Id of the pending question that it answers. */
  readonly ticket: string | undefined
}

const NOTHING: Continuation = Object.freeze({
  state: undefined,
  ticket: undefined,
})

/** Undefined when the state is not the client's own, was used before, or was
 * sealed for other arguments. */
export function openState(
  { seal, clock, usedStates }: RelayContext,
  exchange: Exchange,
  use: Use,
): Continuation | undefined {
  const { message, era } = exchange
  const node = findNode(message.params, 'requestState')
  if (era === 'legacy' || !node) return NOTHING
  const sealed = readString(message.bytes, node) ?? ''
  const now = clock.now()
  if (usedStates.has(nameState(message))) return undefined
  const ticket = seal.open(sealed, bearerOf(exchange, use, TICKET), now)
  const state = ticket ?? seal.open(sealed, bearerOf(exchange, use), now)
  if (!state || state.args !== digestArguments(message)) return undefined
  return { state, ticket: ticket?.inner ?? undefined }
}

/** Marks a state as used, when its call was admitted. */
export function markStateUsed(
  { usedStates }: RelayContext,
  { message }: Exchange,
): void {
  usedStates.set(nameState(message), true)
}

function nameState({ params, bytes }: Message): string {
  const node = findNode(params, 'requestState')
  return (readString(bytes, node) ?? '').slice(0, NAMING)
}

/** Equal for equal arguments, in any order and notation. */
function digestArguments({ params, bytes }: Message): string {
  const node = findNode(params, 'arguments')
  if (!node) return ''
  const exact = parseExact(`${sliceNode(bytes, node)}`, (digits) => {
    return `{"number":"${digits}"}`
  })
  return sha256Hex(canonicalize(exact))
}

/** Whether this call may get another request for input. */
export function mayAskAgain({ granted }: Exchange): boolean {
  return (granted?.state?.round ?? 0) < MAX_ROUNDS
}

/** Seals the state for the next try of a call. */
function sealNext(
  { seal, clock }: RelayContext,
  exchange: Exchange,
  inner: string | null,
  bearer: Bearer,
): string {
  const { message, granted } = exchange
  const state = granted?.state
  const round = (state?.round ?? 0) + 1
  const args = state?.args ?? digestArguments(message)
  return seal.close({ inner, round, args }, bearer, clock.now())
}

/** The first characters of a state, which identify it: nonce and tag. */
const NAMING = 37

/** Seals the state of a call that waits in the gateway. */
export function sealTicket(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  ticket: string,
): string {
  const bearer = bearerOf(exchange, use, TICKET)
  return sealNext(runtime, exchange, ticket, bearer)
}

/** Seals a state where the server sent none. */
export function sealRetry(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
): string {
  return sealNext(runtime, exchange, null, bearerOf(exchange, use))
}

/** Distinguishes states of the gateway from states of servers. */
const TICKET = 'ticket'

/** Undefined where a request is not allowed, or one too many. */
export function sealInput(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  source: Source,
  bytes: Buffer,
): Buffer | undefined {
  if (!mayAskAgain(exchange)) return undefined
  const message = readMessage(bytes, exchange.routing.table.caps.depth, KEEP)
  if ('refusal' in message || !message.result) return undefined
  const { result } = message
  const judged = judgeInputs(source, declaredBy(exchange), message)
  if (!judged) return undefined
  const inner = readString(bytes, findNode(result, 'requestState')) ?? null
  const bearer = bearerOf(exchange, use)
  const sealed = JSON.stringify(sealNext(runtime, exchange, inner, bearer))
  const state = setMembers(result, { requestState: sealed })
  return splice(bytes, [...judged, ...state])
}

/** The edits of the requests in a result or in params; undefined where one is
 * not allowed. */
export function judgeInputs(
  source: Source,
  capabilities: Capabilities,
  { bytes, result, params }: Message,
): readonly Edit[] | undefined {
  const requests = findNode(result ?? params, 'inputRequests')
  const edits: Edit[] = []
  for (const { node } of requests?.members ?? []) {
    const judged = judgeOne(source, capabilities, bytes, node)
    if (!judged) return undefined
    edits.push(...judged)
  }
  return edits
}

function judgeOne(
  { server }: Source,
  capabilities: Capabilities,
  bytes: Buffer,
  node: Node,
): readonly Edit[] | undefined {
  const method = readString(bytes, findNode(node, 'method')) ?? ''
  const params = findNode(node, 'params')
  const question = { bytes, method, params, id: undefined }
  const judged = judgeQuestion(server, capabilities, question)
  return Buffer.isBuffer(judged) ? undefined : judged
}

function bearerOf(
  { principal, method }: Exchange,
  use: Use,
  ...more: readonly string[]
): Bearer {
  const { lineage } = principal
  return { lineage, about: [method, use.server, use.name, ...more] }
}

/** Members of the params of the next try, as JSON. */
export type Round = Readonly<Record<string, string>>

export const MAX_ROUNDS = 8
const MAX_WAIT_MS = 600_000

/** Message, result, requests, one of them. */
const KEEP_ROUND = 4

/** Asks the client of a session. Calls `done` once; with undefined if there is
 * no next try. */
export function askRound(
  source: Source,
  listener: Listener,
  bytes: Buffer,
  depth: number,
  done: (round: Round | undefined) => void,
): void {
  const message = readMessage(bytes, depth, KEEP_ROUND)
  if ('refusal' in message) return done(undefined)
  const state = findNode(message.result, 'requestState')
  const requests = findNode(message.result, 'inputRequests')?.members ?? []
  const answers = new Map<string, string>()
  let over = false
  const end = (round: Round | undefined) => {
    if (over) return
    over = true
    clearTimeout(timer)
    done(round)
  }
  const timer = setTimeout(() => end(undefined), MAX_WAIT_MS)
  const check = () => {
    if (answers.size < requests.length) return
    const members = [...answers].map(
      ([key, value]) => `${JSON.stringify(key)}:${value}`,
    )
    end({
      inputResponses: `{${members.join(',')}}`,
      ...(state && { requestState: sliceNode(bytes, state).toString() }),
    })
  }
  for (const { key, node } of requests) {
    const question = readMessage(writeQuestion(bytes, node), depth)
    if ('refusal' in question) return end(undefined)
    const reply = (answer: Buffer) => {
      const { result } = readMessage(answer, depth) as { result?: Node }
      if (!result) return end(undefined)
      answers.set(key, sliceNode(answer, result).toString())
      check()
    }
    relayServerRequest({ ...source, reply }, listener, question)
    if (over) return
  }
  check()
}

/** Writes the request for the client of a session. */
function writeQuestion(bytes: Buffer, node: Node): Buffer {
  const method = readString(bytes, findNode(node, 'method')) ?? ''
  const given = findNode(node, 'params')
  const params = given ? sliceNode(bytes, given).toString() : '{}'
  const head = `{"jsonrpc":"2.0","id":0,"method":${JSON.stringify(method)}`
  return Buffer.from(`${head},"params":${addElicitationId(method, params)}}`)
}

/** Legacy clients need an id for an elicitation by URL. */
function addElicitationId(method: string, params: string): string {
  if (method !== 'elicitation/create') return params
  const value = Object(JSON.parse(params)) as Record<string, unknown>
  if (value.mode !== 'url' || 'elicitationId' in value) return params
  return JSON.stringify({ ...value, elicitationId: randomUUID() })
}
