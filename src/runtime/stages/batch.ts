// Makes an exchange of each message of a batch.
// INVARIANT: no message is served before all are accepted; each has its own
// request id, record and limits.

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

interface Batch {
  readonly messages: readonly Message[]
  readonly claim: Claim
}

/** `notMessage`: the refusal of a body that is neither a message nor a batch. */
export function judgeBatch(
  { sessions }: StageContext,
  { routing, head, principal }: Arrival,
  body: Buffer,
  notMessage: Refusal,
): Batch | Refusal {
  const messages = readBatch(body, routing.table.caps.depth)
  const isModern = head.version !== undefined && claimsModern(head.version)
  if (!messages || head.session === undefined || isModern) return notMessage
  const { id } = principal.token
  const session = sessions.find(head.session, id)
  if (!session) {
    const detail = 'session not found: initialize again'
    return { refusal: 'session', detail }
  }
  if (session.protocol !== VERSION) return notMessage
  if ('refusal' in messages) return messages
  let claim: Claim | undefined
  for (const message of messages) {
    const next = readClaim(message, head, sessions, id)
    if ('refusal' in next) return next
    if (next.session !== session) {
      return invalid('a message that a batch cannot hold')
    }
    claim ??= next
  }
  return claim ? { messages, claim } : notMessage
}

export function openBatch(
  runtime: StageContext,
  arrival: Arrival,
  { messages, claim }: Batch,
): readonly Exchange[] {
  const { head, response, began } = arrival
  const headers = { ...writeCors(head), 'x-request-id': '' }
  const whole = new HttpAnswer(response, head.streams, headers, began)
  whole.sessionStreams = claim.session?.streams
  const parts = new Parts(whole, messages.length)
  const exchanges = messages.map((message) =>
    openExchange(runtime, arrival, message, claim, new Part(parts)),
  )
  const ids = exchanges.map(({ requestId }) => requestId)
  headers['x-request-id'] = ids.join(', ')
  return exchanges
}
