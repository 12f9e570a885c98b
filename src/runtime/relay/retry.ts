// A call repeated with what the server asked for (basic/patterns/mrtr).
// In: an exchange, an answer. Out: the state in its seal, questions judged.
// INVARIANT: a state opens for the bearer, method and name that it was given
// for, and for nothing else.

import {
  findNode,
  type Message,
  readMessage,
  readString,
} from '../edge/message.ts'
import type { Node } from '../edge/node.ts'
import { type Edit, setMembers, splice } from '../edge/splice.ts'
import type { Exchange, Use } from '../exchange.ts'
import type { Runtime } from '../runtime.ts'
import { type Capabilities, declaredBy } from './caller.ts'
import { judgeQuestion, type Speaker } from './converse.ts'
import type { Bearer } from './seal.ts'

/** Message, result, requests, one of them, its params. */
const KEEP = 5

/** False when the client brings a state that is not its own. */
export function openState(
  { seal, clock }: Runtime,
  exchange: Exchange,
  use: Use,
): boolean {
  const { message, era } = exchange
  const node = findNode(message.params, 'requestState')
  if (era === 'legacy' || !node) return true
  const sealed = readString(message.bytes, node) ?? ''
  const now = clock.now()
  const ticket = seal.open(sealed, bearerOf(exchange, use, TICKET), now)
  if (ticket) exchange.ticket = ticket.inner ?? undefined
  exchange.state = ticket ?? seal.open(sealed, bearerOf(exchange, use), now)
  return exchange.state !== undefined
}

/** Whether this call is part of one that was charged: a state pays for one
 * try, however often it is brought. */
export function isPaid({ spent }: Runtime, { message, state }: Exchange) {
  if (!state) return false
  const node = findNode(message.params, 'requestState')
  const name = (readString(message.bytes, node) ?? '').slice(0, NAMING)
  const isNew = !spent.has(name)
  spent.set(name, true)
  return isNew
}

/** Signs of a state that tell it from any other: its nonce and its tag. */
const NAMING = 37

/** The state to come back with for a call that waits here. */
export function sealTicket(
  { seal, clock }: Runtime,
  exchange: Exchange,
  use: Use,
  ticket: string,
): string {
  return seal.close(ticket, bearerOf(exchange, use, TICKET), clock.now())
}

/** The state to come back with where the server gave none. */
export function sealRetry(
  { seal, clock }: Runtime,
  exchange: Exchange,
  use: Use,
): string {
  return seal.close(null, bearerOf(exchange, use), clock.now())
}

/** Tells our own states from a server's. */
const TICKET = 'ticket'

export function asksForInput({ bytes, result }: Message): boolean {
  return readString(bytes, findNode(result, 'resultType')) === 'input_required'
}

/** Undefined where the server asks what it may not. */
export function sealInput(
  { seal, clock }: Runtime,
  exchange: Exchange,
  use: Use,
  speaker: Speaker,
  bytes: Buffer,
): Buffer | undefined {
  const message = readMessage(bytes, exchange.routing.table.caps.depth, KEEP)
  if ('problem' in message || !message.result) return undefined
  const { result } = message
  const judged = judgeInputs(speaker, declaredBy(exchange), message)
  if (!judged) return undefined
  const inner = readString(bytes, findNode(result, 'requestState')) ?? null
  const bearer = bearerOf(exchange, use)
  const sealed = JSON.stringify(seal.close(inner, bearer, clock.now()))
  const state = setMembers(result, { requestState: sealed })
  return splice(bytes, [...judged, ...state])
}

/** The edits of the questions in a result or in params; undefined where one of
 * them may not be asked. */
export function judgeInputs(
  speaker: Speaker,
  capabilities: Capabilities,
  { bytes, result, params }: Message,
): readonly Edit[] | undefined {
  const asked = findNode(result ?? params, 'inputRequests')
  const edits: Edit[] = []
  for (const { node } of asked?.members ?? []) {
    const judged = judgeOne(speaker, capabilities, bytes, node)
    if (!judged) return undefined
    edits.push(...judged)
  }
  return edits
}

function judgeOne(
  { name, server }: Speaker,
  capabilities: Capabilities,
  bytes: Buffer,
  node: Node,
): readonly Edit[] | undefined {
  const method = readString(bytes, findNode(node, 'method')) ?? ''
  const params = findNode(node, 'params')
  const question = { bytes, method, params, id: undefined }
  const judged = judgeQuestion(name, server, capabilities, question)
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
