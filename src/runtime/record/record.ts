// Renders the audit records of requests by hand: JSON.stringify costs more than
// the decision.
// INVARIANT: every text from outside is escaped; no secret, token or session id
// is a field.

import type { AuditDecision, AuditOutcome } from '../../contract/audit.ts'
import type { Line } from '../audit/batch.ts'
import { renderNoUse } from '../audit/fragments.ts'
import { clip, text } from '../base/json-text.ts'
import type { ClientSession } from '../http/sessions.ts'
import type { Exchange, Repeated } from '../request.ts'
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
const NO_TRACE = 'null,"bytesIn":'
const NO_LIMIT = 'allowed","limit":null'
const LIMIT = Buffer.from('allowed","limit":')
const ENDED = 'allowed","outcome":"'
const DURATION = Buffer.from('","durationMs":')
const UPSTREAM = Buffer.from(',"upstreamMs":')
const BYTES_OUT = Buffer.from(',"bytesOut":')

/** Adds the fields that all records of an exchange share, up to its table. Returns
 * the bytes that the record has left for the arguments. */
function addShared(
  line: Line,
  event: Buffer,
  exchange: Exchange,
  repeated: Repeated,
): number {
  const { requestId, trace, bytesIn } = exchange
  line.addBytes(event)
  line.addAscii(requestId)
  if (trace === null) line.addBytes(repeated.untraced)
  else {
    line.addBytes(repeated.caller)
    line.addText(text(trace))
    line.addBytes(BYTES_IN)
  }
  line.addNumber(bytesIn)
  // `"requestId":"` is shared, and as long as `,"decision":"`, which is not.
  const shared = line.length - event.length + repeated.table.length
  const taken = 2 * shared + FRAMES
  return Math.max(LEAST_ARGUMENTS, MAX - taken)
}

/** Of one head; each has about a kilobyte. */
const MOST_USES = 32

/** What the calls of a tool share that come with one head. */
export function recallRepeated(exchange: Exchange): Repeated {
  if (exchange.repeated) return exchange.repeated
  const { named, principal, origin, method, routing, memo } = exchange
  const { use } = named
  const known = use && memo?.calls?.get(use)
  const isSame =
    known?.principal === principal &&
    known.origin === origin &&
    known.method === method &&
    known.routing === routing
  const repeated = isSame ? known : renderRepeated(exchange)
  exchange.repeated = repeated
  if (isSame || !use || !memo) return repeated
  if (!memo.calls || memo.calls.size === MOST_USES) memo.calls = new Map()
  memo.calls.set(use, repeated)
  return repeated
}

function renderRepeated(exchange: Exchange): Repeated {
  const { named, principal, origin, method, ip, routing } = exchange
  const used = named.use?.fragment ?? renderNoUse(named.requestedName)
  const untraced = Buffer.from(
    `",${principal.fragment},${origin},"ip":${text(ip)},` +
      `"method":${text(method)},${used},"trace":${NO_TRACE}`,
  )
  const table = `,"table":"${routing.digest}","decision":"`
  return {
    principal,
    origin,
    method,
    routing,
    caller: untraced.subarray(0, -NO_TRACE.length),
    untraced,
    table: Buffer.from(table),
    intent: Buffer.from(table + NO_LIMIT),
    outcome: Buffer.from(table + ENDED),
    owner: undefined,
  }
}

/** As its result: the bytes that the record has left for the arguments. */
export function addIntent(line: Line, exchange: Exchange): number {
  const repeated = recallRepeated(exchange)
  const room = addShared(line, INTENT, exchange, repeated)
  const warned = exchange.granted?.admission.warned ?? []
  if (warned.length === 0) line.addBytes(repeated.intent)
  else {
    line.addBytes(repeated.table)
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
  const repeated = recallRepeated(exchange)
  addShared(line, OUTCOME, exchange, repeated)
  line.addBytes(repeated.outcome)
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
  const repeated = recallRepeated(exchange)
  const room = addShared(line, REFUSAL, exchange, repeated)
  const { limit = null, reason } = more
  line.addBytes(repeated.table)
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
