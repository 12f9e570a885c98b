// The messages of a batch, each on a way of its own.
// In: an arrival whose body is an array. Out: an exchange each, or a refusal.
// INVARIANT: nothing is done for any message before all of them are accepted;
// each has its own request id, record and limits.

import { HttpAnswer } from '../http/answer.ts'
import { Part, Parts } from '../http/batch-answer.ts'
import { type Claim, readClaim } from '../http/era.ts'
import { readBatch } from '../message/batch.ts'
import type { Message } from '../message/message.ts'
import { claimsModern } from '../message/methods.ts'
import { invalid, type Refusal } from '../message/refusal.ts'
import type { Exchange } from '../request.ts'
import type { StageContext } from './context.ts'
import { type Arrival, openExchange, writeCors } from './open.ts'

/** The one version that has batches (2025-03-26, basic/transports). */
const VERSION = '2025-03-26'

export interface Batch {
  readonly messages: readonly Message[]
  readonly claim: Claim
}

/** `none`: what it is when it is no batch. */
export function judgeBatch(
  { sessions }: StageContext,
  { routing, head, principal }: Arrival,
  body: Buffer,
  none: Refusal,
): Batch | Refusal {
  const messages = readBatch(body, routing.table.caps.depth)
  const isModern = head.version !== undefined && claimsModern(head.version)
  if (!messages || head.session === undefined || isModern) return none
  const { id } = principal.token
  const session = sessions.find(head.session, id)
  if (!session) {
    const detail = 'session not found: initialize again'
    return { refusal: 'session', detail }
  }
  if (session.protocol !== VERSION) return none
  if ('refusal' in messages) return messages
  let claim: Claim | undefined
  for (const message of messages) {
    const next = readClaim(message, head, sessions, id)
    if ('refusal' in next) return next
    if (next.session !== session) {
      return invalid('a message that is no part of a batch')
    }
    claim ??= next
  }
  return claim ? { messages, claim } : none
}

export function openBatch(
  runtime: StageContext,
  arrival: Arrival,
  { messages, claim }: Batch,
): readonly Exchange[] {
  const { head, response, began } = arrival
  const headers = { ...writeCors(head), 'x-request-id': '' }
  const whole = new HttpAnswer(response, head.streams, headers, began)
  whole.keeper = claim.session?.streams
  const parts = new Parts(whole, messages.length)
  const exchanges = messages.map((message) =>
    openExchange(runtime, arrival, message, claim, new Part(parts)),
  )
  const ids = exchanges.map(({ requestId }) => requestId)
  headers['x-request-id'] = ids.join(', ')
  return exchanges
}
