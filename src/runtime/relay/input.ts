// A call repeated with what the server asked for (basic/patterns/mrtr).
// In: an exchange, an answer. Out: the state in its seal, questions judged.
// INVARIANT: a state opens once, for the bearer, method, name and arguments that
// it was given for, and so many times in a row.

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
import type { Node } from '../message/node.ts'
import { type Edit, setMembers, splice } from '../message/splice.ts'
import type { Exchange, Sealed } from '../request.ts'
import { declaredBy } from '../upstream/caller.ts'
import type { Source } from '../upstream/source.ts'
import type { RelayContext } from './context.ts'
import { MAX_ROUNDS } from './input-rounds.ts'
import type { Bearer } from './seal.ts'
import { judgeQuestion } from './server-requests.ts'

/** Message, result, requests, one of them, its params. */
const KEEP = 5

/** What a client brings to go on with a call. */
export interface Brought {
  readonly state: Sealed | undefined
  /** Of the call that waits for it. */
  readonly ticket: string | undefined
}

const NOTHING: Brought = Object.freeze({ state: undefined, ticket: undefined })

/** Undefined when the client brings a state that is not its own, that it has
 * used, or that was given for other arguments. */
export function openState(
  { seal, clock, spent }: RelayContext,
  exchange: Exchange,
  use: Use,
): Brought | undefined {
  const { message, era } = exchange
  const node = findNode(message.params, 'requestState')
  if (era === 'legacy' || !node) return NOTHING
  const sealed = readString(message.bytes, node) ?? ''
  const now = clock.now()
  if (spent.has(nameState(message))) return undefined
  const ticket = seal.open(sealed, bearerOf(exchange, use, TICKET), now)
  const state = ticket ?? seal.open(sealed, bearerOf(exchange, use), now)
  if (!state || state.args !== digestArguments(message)) return undefined
  return { state, ticket: ticket?.inner ?? undefined }
}

/** A state is good for one try, once that was admitted. */
export function spendState(
  { spent }: RelayContext,
  { message, state }: Exchange,
) {
  if (state) spent.set(nameState(message), true)
}

function nameState({ params, bytes }: Message): string {
  const node = findNode(params, 'requestState')
  return (readString(bytes, node) ?? '').slice(0, NAMING)
}

/** Equal for the same arguments, in whatever order and spelling. */
function digestArguments({ params, bytes }: Message): string {
  const node = findNode(params, 'arguments')
  if (!node) return ''
  const exact = parseExact(`${sliceNode(bytes, node)}`, (digits) => {
    return `{"number":"${digits}"}`
  })
  return sha256Hex(canonicalize(exact))
}

/** Whether this call may be sent away with another question. */
export function mayAskAgain({ state }: Exchange): boolean {
  return (state?.round ?? 0) < MAX_ROUNDS
}

/** The state to come back with for one more try of the same call. */
function sealNext(
  { seal, clock }: RelayContext,
  exchange: Exchange,
  inner: string | null,
  bearer: Bearer,
): string {
  const { message, state } = exchange
  const round = (state?.round ?? 0) + 1
  const args = state?.args ?? digestArguments(message)
  return seal.close({ inner, round, args }, bearer, clock.now())
}

/** Signs of a state that tell it from any other: its nonce and its tag. */
const NAMING = 37

/** The state to come back with for a call that waits here. */
export function sealTicket(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  ticket: string,
): string {
  const bearer = bearerOf(exchange, use, TICKET)
  return sealNext(runtime, exchange, ticket, bearer)
}

/** The state to come back with where the server gave none. */
export function sealRetry(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
): string {
  return sealNext(runtime, exchange, null, bearerOf(exchange, use))
}

/** Tells our own states from a server's. */
const TICKET = 'ticket'

export function asksForInput({ bytes, result }: Message): boolean {
  return readString(bytes, findNode(result, 'resultType')) === 'input_required'
}

/** Undefined where the server asks what it may not, or too often. */
export function sealInput(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  source: Source,
  bytes: Buffer,
): Buffer | undefined {
  if (!mayAskAgain(exchange)) return undefined
  const message = readMessage(bytes, exchange.routing.table.caps.depth, KEEP)
  if ('problem' in message || !message.result) return undefined
  const { result } = message
  const judged = judgeInputs(source, declaredBy(exchange), message)
  if (!judged) return undefined
  const inner = readString(bytes, findNode(result, 'requestState')) ?? null
  const bearer = bearerOf(exchange, use)
  const sealed = JSON.stringify(sealNext(runtime, exchange, inner, bearer))
  const state = setMembers(result, { requestState: sealed })
  return splice(bytes, [...judged, ...state])
}

/** The edits of the questions in a result or in params; undefined where one of
 * them may not be asked. */
export function judgeInputs(
  source: Source,
  capabilities: Capabilities,
  { bytes, result, params }: Message,
): readonly Edit[] | undefined {
  const asked = findNode(result ?? params, 'inputRequests')
  const edits: Edit[] = []
  for (const { node } of asked?.members ?? []) {
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
