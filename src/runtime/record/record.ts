// Renders the audit records of requests by hand: JSON.stringify costs more than
// the decision.
// INVARIANT: every text from outside is escaped; no secret, token or session id
// is a field.

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
  /** HTTP status of a response that was not an answer. */
  readonly upstreamStatus?: number | undefined
  /** The account at the server that it used. */
  readonly grant?: string | undefined
  readonly bytesOut: number
}

/** Most bytes of the two records of one request: intent and outcome. */
const MAX = 4_096

/** Bytes of both records beyond the shared fields. */
const FRAMES = 640

const LEAST_ARGUMENTS = 256

/** Bytes that the record has left for the arguments. */
export function leaveRoom(exchange: Exchange): number {
  const shared = Buffer.byteLength(renderShared(exchange))
  const taken = 2 * shared + FRAMES
  return Math.max(LEAST_ARGUMENTS, MAX - taken)
}

/** The fields that all records of an exchange share, rendered once. */
function renderShared(exchange: Exchange): string {
  exchange.fragment ??=
    `"requestId":"${exchange.requestId}",${renderRepeated(exchange)},` +
    `"trace":${text(exchange.trace)},"bytesIn":${exchange.bytesIn},` +
    `"table":"${exchange.routing.digest}"`
  return exchange.fragment
}

/** The fields that a client's calls of one tool share. */
function renderRepeated(exchange: Exchange): string {
  const { named, principal, origin, method, ip, memo } = exchange
  const { use, requestedName } = named
  const known = use && memo?.record
  const isSame =
    known?.use === use &&
    known?.principal === principal &&
    known.origin === origin &&
    known.method === method
  if (isSame) return known.text
  const rendered =
    `${principal.fragment},${origin},"ip":${text(ip)},` +
    `"method":${text(method)},${use?.fragment ?? renderNoUse(requestedName)}`
  if (!use || !memo) return rendered
  // One piece: V8 would copy it from its parts for each record.
  const whole = Buffer.from(rendered).toString()
  memo.record = { use, principal, origin, method, text: whole }
  return whole
}

export function renderIntent(exchange: Exchange, args: string): string {
  return (
    `"event":"intent",${renderShared(exchange)},` +
    `"decision":"allowed","limit":${renderWarned(exchange)}${args}`
  )
}

/** Limits in `warn` mode that would have refused this call. */
function renderWarned({ granted }: Exchange): string {
  const warned = granted?.admission.warned ?? []
  return warned.length === 0 ? 'null' : clip(warned.join(', '))
}

export function renderOutcome(exchange: Exchange, ending: Ending): string {
  const { upstreamMs, upstreamStatus, grant } = ending
  const upstream = upstreamMs === null ? 'null' : round(upstreamMs)
  const status =
    upstreamStatus === undefined ? '' : `"upstreamStatus":${upstreamStatus},`
  const own = grant === undefined ? '' : `"grant":"${grant}",`
  return (
    `"event":"outcome",${renderShared(exchange)},` +
    `"decision":"allowed","outcome":"${ending.outcome}",` +
    `"durationMs":${round(ending.durationMs)},"upstreamMs":${upstream},` +
    `${status}${own}"bytesOut":${ending.bytesOut}`
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
    `"event":"refusal",${renderShared(exchange)},` +
    `"decision":"${decision}","limit":${text(more.limit ?? null)}` +
    (more.reason === undefined ? '' : `,"reason":${clip(more.reason)}`) +
    args
  )
}

/** A GET or DELETE of a session: an intent when it begins, an outcome when it
 * ends. */
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

/** A refusal before there is an exchange: the token is known, the message was
 * not accepted. */
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

/** `count` equal refusals, in one record. Where a token had too many refusals,
 * the reason is the limit. */
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

/** Milliseconds with three decimals, made of whole numbers: writing a fraction
 * costs more than the rest of the record. */
function round(ms: number): string {
  const micros = Math.round(ms * 1_000)
  const whole = Math.floor(micros / 1_000)
  const rest = micros - whole * 1_000
  if (rest === 0) return `${whole}`
  return `${whole}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}`
}
