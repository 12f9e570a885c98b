// Renders audit records by hand: JSON.stringify costs more than the decision.
// In: an exchange and what became of it. Out: the inside of a JSON object.
// INVARIANT: every text from outside is escaped; no secret, no token and no
// session id is ever a field.

import type { AuditDecision, AuditOutcome } from '../../contract/audit.ts'
import { renderNoUse } from '../audit/fragments.ts'
import { clip, text } from '../base/json-text.ts'
import type { ClientSession } from '../http/sessions.ts'
import type { Exchange } from '../request.ts'
import type { UnauthenticatedCount } from './unauthenticated.ts'

export interface Ending {
  readonly outcome: AuditOutcome
  readonly durationMs: number
  readonly upstreamMs: number | null
  /** Of a response that was no answer. */
  readonly upstreamStatus?: number | undefined
  readonly bytesOut: number
}

/** Bytes of the records of one request, at most: an intent and an outcome. */
const MAX = 4_096

/** Of both, beside what they share: place, hash, decision, outcome. */
const FRAMES = 640

const LEAST_ARGUMENTS = 256

/** Bytes that are left for the arguments of a request. */
export function leaveRoom(exchange: Exchange): number {
  const taken = 2 * Buffer.byteLength(shared(exchange)) + FRAMES
  return Math.max(LEAST_ARGUMENTS, MAX - taken)
}

/** Fields that all records of one exchange share. */
function shared(exchange: Exchange): string {
  const { use, requestedName } = exchange.named
  exchange.fragment ??=
    `"requestId":"${exchange.requestId}",${exchange.principal.fragment},` +
    `${exchange.origin},"ip":${text(exchange.ip)},` +
    `"method":${text(exchange.method)},${use?.fragment ?? renderNoUse(requestedName)},` +
    `"trace":${text(exchange.trace)},"bytesIn":${exchange.bytesIn},` +
    `"table":"${exchange.routing.digest}"`
  return exchange.fragment
}

export function renderIntent(exchange: Exchange, args: string): string {
  return (
    `"event":"intent",${shared(exchange)},"decision":"allowed",` +
    `"limit":${renderWarned(exchange)}${args}`
  )
}

/** Limits in `warn` mode that would have refused this call. */
function renderWarned({ granted }: Exchange): string {
  const warned = granted?.admission.warned ?? []
  return warned.length === 0 ? 'null' : clip(warned.join(', '))
}

export function renderOutcome(exchange: Exchange, ending: Ending): string {
  const { upstreamMs, upstreamStatus } = ending
  const upstream = upstreamMs === null ? 'null' : round(upstreamMs)
  const status =
    upstreamStatus === undefined ? '' : `"upstreamStatus":${upstreamStatus},`
  return (
    `"event":"outcome",${shared(exchange)},"decision":"allowed",` +
    `"outcome":"${ending.outcome}",` +
    `"durationMs":${round(ending.durationMs)},"upstreamMs":${upstream},` +
    `${status}"bytesOut":${ending.bytesOut}`
  )
}

export function renderRefusal(
  exchange: Exchange,
  decision: AuditDecision,
  more: {
    readonly limit: string | undefined
    readonly reason: string | undefined
  },
  args: string,
): string {
  return (
    `"event":"refusal",${shared(exchange)},"decision":"${decision}",` +
    `"limit":${text(more.limit ?? null)}` +
    (more.reason === undefined ? '' : `,"reason":${clip(more.reason)}`) +
    args
  )
}

/** A request for a session itself: its stream (GET), as it opens and as it
 * closes, or its end (DELETE). */
export function renderSession(
  event: 'intent' | 'outcome',
  principal: string,
  session: ClientSession,
  fields: {
    readonly method: 'GET' | 'DELETE'
    readonly requestId: string
    readonly ip: string
    readonly digest: string
    readonly durationMs: number
    readonly bytesOut: number
  },
): string {
  const ending =
    `,"outcome":"${session.outcome}","durationMs":${round(fields.durationMs)},` +
    `"bytesOut":${fields.bytesOut}`
  return (
    `"event":"${event}","requestId":"${fields.requestId}",${principal},` +
    `${session.origin},"ip":${text(fields.ip)},"method":"${fields.method}",` +
    `"decision":"allowed","rule":null,"table":"${fields.digest}"` +
    (event === 'outcome' ? ending : '')
  )
}

/** A refusal of what is no exchange yet: the token is known, the message is
 * not understood. */
export function renderRejection(
  principal: string,
  fields: {
    readonly requestId: string
    readonly ip: string
    readonly method: string | null
    readonly reason: string
    readonly digest: string
  },
): string {
  return (
    `"event":"refusal","requestId":"${fields.requestId}",${principal},` +
    `"ip":${text(fields.ip)},"method":${clip(fields.method)},` +
    `"decision":"rejected","rule":null,"limit":null,` +
    `"reason":${clip(fields.reason)},"table":"${fields.digest}"`
  )
}

/** Refusals by address, reason and holder, `count` folded; of a token whose
 * refusals are too many, the reason is the limit. */
export function renderUnauthenticated({
  ip,
  reason,
  decision,
  holder,
  count,
}: UnauthenticatedCount): string {
  return (
    `"event":"refusal",${holder === '' ? '' : `${holder},`}"ip":${text(ip)},` +
    `"decision":"${decision}","${decision === 'limited' ? 'limit' : 'reason'}":` +
    `${text(reason)},"count":${count}`
  )
}

/** Milliseconds to the microsecond. */
function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
