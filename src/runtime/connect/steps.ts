// Records what people do on the pages.
// In: a step of somebody, or a request that was refused. Out: audit records.
// INVARIANT: a step is written before it takes effect; no token, code or state
// is in a record; refusals of one kind share a record.

import { renderNoticeRecord } from '../audit/notice-record.ts'
import { recordThen } from '../record/record-then.ts'
import type { ConnectContext } from './context.ts'

export interface Step {
  readonly step:
    | 'session'
    | 'leave'
    | 'begin'
    | 'failed'
    | 'finish'
    | 'disconnect'
    | 'code'
    | 'sign-in'
    | 'allow'
    | 'refuse'
  /** Null: of all. */
  readonly server: string | null
  /** Null: an operator, for the gateway. */
  readonly subject: string | null
  readonly tokenId: string | null
  readonly ip: string
  readonly reason?: string
  /** Of a program that acts for the person, and where it sends them back to. */
  readonly client?: string
  readonly host?: string
}

/** False: it could not be written, and so must not happen. */
export function recordStep(
  { runtime }: ConnectContext,
  step: Step,
): Promise<boolean> {
  const { routing } = runtime
  const record = renderNoticeRecord('connect', routing.digest, step)
  return new Promise((resolve) => {
    recordThen(
      runtime,
      routing,
      record,
      () => resolve(true),
      () => resolve(false),
    )
  })
}

export function countRefused(
  { runtime }: ConnectContext,
  ip: string,
  reason: string,
): void {
  runtime.unauthenticated.count(ip, reason, 'rejected')
  runtime.tally.countRefusal(reason)
}
