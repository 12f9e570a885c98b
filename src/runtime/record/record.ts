// Renders the audit records of requests by hand: JSON.stringify costs more than
// the decision.
// INVARIANT: every text from outside is escaped; no secret, token or session id
// is a field.

import type { AuditDecision, AuditOutcome } from '../../contract/audit.ts'
import type { Line } from '../audit/batch.ts'
import { renderNoUse } from '../audit/fragments.ts'
import { clip, text } from '../base/json-text.ts'
import type { ClientSession } from '../http/sessions.ts'
import type { Exchange, RepeatedFields } from '../request.ts'
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

/** Before the fields that all records of an exchange share. */
const INTENT = Buffer.from('"event":"intent","requestId":"')
const OUTCOME = Buffer.from('"event":"outcome","requestId":"')
const REFUSAL = Buffer.from('"event":"refusal","requestId":"')

const BYTES_IN = Buffer.from(',"bytesIn":')
const NO_TRACE = Buffer.from('null,"bytesIn":')
const NO_LIMIT = Buffer.from('allowed","limit":null')
const LIMIT = Buffer.from('allowed","limit":')
const ENDED = Buffer.from('allowed","outcome":"')
const DURATION = Buffer.from('","durationMs":')
const UPSTREAM = Buffer.from(',"upstreamMs":')
const BYTES_OUT = Buffer.from(',"bytesOut":')

/** Adds the fields that all records of an exchange share, up to its decision.
 * Returns the bytes that the record has left for the arguments. */
function addShared(line: Line, event: Buffer, exchange: Exchange): number {
  const { requestId, trace, bytesIn } = exchange
  exchange.repeated ??= recallRepeated(exchange)
  const { caller, table } = exchange.repeated
  line.addBytes(event)
  line.addAscii(requestId)
  line.addBytes(caller)
  if (trace === null) line.addBytes(NO_TRACE)
  else {
    line.addText(text(trace))
    line.addBytes(BYTES_IN)
  }
  line.addNumber(bytesIn)
  line.addBytes(table)
  // `"requestId":"` is shared, and as long as `,"decision":"`, which is not.
  const shared = line.length - event.length
  const taken = 2 * shared + FRAMES
  return Math.max(LEAST_ARGUMENTS, MAX - taken)
}

/** The fields that a client's calls of one tool share. */
function recallRepeated(exchange: Exchange): RepeatedFields {
  const { named, principal, origin, method, routing, memo } = exchange
  const { use } = named
  const known = use && memo?.record
  const isSame =
    known?.use === use &&
    known?.principal === principal &&
    known.origin === origin &&
    known.method === method &&
    known.routing === routing
  if (isSame) return known.fields
  const fields = renderRepeated(exchange)
  if (use && memo) {
    memo.record = { use, principal, origin, method, routing, fields }
  }
  return fields
}

function renderRepeated(exchange: Exchange): RepeatedFields {
  const { named, principal, origin, method, ip, routing } = exchange
  const used = named.use?.fragment ?? renderNoUse(named.requestedName)
  return {
    caller: Buffer.from(
      `",${principal.fragment},${origin},"ip":${text(ip)},` +
        `"method":${text(method)},${used},"trace":`,
    ),
    table: Buffer.from(`,"table":"${routing.digest}","decision":"`),
  }
}

/** As its result: the bytes that the record has left for the arguments. */
export function addIntent(line: Line, exchange: Exchange): number {
  const room = addShared(line, INTENT, exchange)
  const warned = exchange.granted?.admission.warned ?? []
  if (warned.length === 0) line.addBytes(NO_LIMIT)
  else {
    line.addBytes(LIMIT)
    // Limits in `warn` mode that would have refused this call.
    line.addText(clip(warned.join(', ')))
  }
  return room
}

export function addOutcome(
  line: Line,
  exchange: Exchange,
  ending: Ending,
): void {
  const { outcome, durationMs, upstreamMs, upstreamStatus, grant } = ending
  addShared(line, OUTCOME, exchange)
  line.addBytes(ENDED)
  line.addAscii(outcome)
  line.addBytes(DURATION)
  line.addMs(durationMs)
  line.addBytes(UPSTREAM)
  if (upstreamMs === null) line.addAscii('null')
  else line.addMs(upstreamMs)
  if (upstreamStatus !== undefined) {
    line.addText(`,"upstreamStatus":${upstreamStatus}`)
  }
  if (grant !== undefined) line.addText(`,"grant":"${grant}"`)
  line.addBytes(BYTES_OUT)
  line.addNumber(ending.bytesOut)
}

/** As its result: the bytes that the record has left for the arguments. */
export function addRefusal(
  line: Line,
  exchange: Exchange,
  decision: AuditDecision,
  more: {
    readonly limit: string | undefined
    readonly reason: string | undefined
  },
): number {
  const room = addShared(line, REFUSAL, exchange)
  const { limit = null, reason } = more
  line.addText(`${decision}","limit":${text(limit)}`)
  if (reason !== undefined) line.addText(`,"reason":${clip(reason)}`)
  return room
}

/** A GET or DELETE of a session: an intent when it begins, an outcome when it
 * ends. */
export function addSession(
  line: Line,
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
): void {
  line.addText(
    `"event":"${event}","requestId":"${fields.requestId}",${principal},` +
      `${session.origin},"ip":${text(fields.ip)},"method":"${fields.method}",` +
      `"decision":"allowed","rule":null,"table":"${fields.digest}"`,
  )
  if (event === 'intent') return
  line.addText(`,"outcome":"${session.outcome}","durationMs":`)
  line.addMs(fields.durationMs)
  line.addText(`,"bytesOut":${fields.bytesOut}`)
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
