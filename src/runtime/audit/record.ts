// Renders audit records by hand: JSON.stringify costs more than the decision.
// In: an exchange and what became of it. Out: the inside of a JSON object.
// INVARIANT: every text from outside is escaped; no secret, no token and no
// session id is ever a field (design §8).

import { createHash, createHmac } from 'node:crypto'
import type {
  AuditDecision,
  AuditOutcome,
  AuditRule,
} from '../../contract/audit.ts'
import type { ArgumentMode, TokenRecord } from '../../contract/table.ts'
import type { ClientSession } from '../edge/sessions.ts'
import type { Exchange, Use } from '../exchange.ts'

export interface Ending {
  readonly outcome: AuditOutcome
  readonly durationMs: number
  readonly upstreamMs: number | null
  readonly bytesOut: number
}

/** JSON, with what some readers take for a line break or a command spelled
 * out too. */
function text(value: unknown): string {
  const json = JSON.stringify(value)
  if (!UNSAFE.test(json)) return json
  return json.replace(UNSAFE_ALL, (sign) => {
    const code = sign.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${code}`
  })
}

const UNSAFE = /[\u007f-\u009f\u2028\u2029]/
const UNSAFE_ALL = new RegExp(UNSAFE, 'g')

/** Fields that a token's records share; rendered once per token and table. */
export function renderPrincipal(token: TokenRecord): string {
  return (
    `"tokenId":${text(token.id)},"subject":${text(token.subject)},` +
    `"team":${text(token.team)},"roles":${text(token.roles)}`
  )
}

/** Fields that all records of one exchange share. */
export function renderExchange(exchange: Exchange): string {
  const { use, principal, client } = exchange
  return (
    `"requestId":"${exchange.requestId}",${principal.fragment},` +
    `"client":${client.fragment},"ip":${text(exchange.ip)},` +
    `"session":${text(exchange.conversation)},` +
    `"protocol":${text(exchange.protocol)},` +
    `"method":${text(exchange.method)},${renderUse(use)},` +
    `"trace":${text(exchange.trace)},"bytesIn":${exchange.bytesIn},` +
    `"table":"${exchange.routing.digest}"`
  )
}

function renderUse(use: Use | undefined): string {
  if (!use) return '"server":null,"tool":null,"exposed":null'
  return (
    `"server":${text(use.server)},"tool":${text(use.name)},` +
    `"exposed":${text(use.exposed)}`
  )
}

export function renderIntent(exchange: Exchange, args: string): string {
  return (
    `"event":"intent",${shared(exchange)},"decision":"allowed",` +
    `"rule":${text(exchange.use?.rule ?? null)},` +
    `"limit":${renderWarned(exchange)}${args}`
  )
}

/** Limits in `warn` mode that would have refused this call. */
function renderWarned({ admission }: Exchange): string {
  const warned = admission?.warned ?? []
  return warned.length === 0 ? 'null' : text(warned.join(', '))
}

export function renderOutcome(exchange: Exchange, ending: Ending): string {
  const upstream =
    ending.upstreamMs === null ? 'null' : ending.upstreamMs.toFixed(3)
  return (
    `"event":"outcome",${shared(exchange)},"decision":"allowed",` +
    `"rule":${text(exchange.use?.rule ?? null)},` +
    `"outcome":"${ending.outcome}",` +
    `"durationMs":${ending.durationMs.toFixed(3)},"upstreamMs":${upstream},` +
    `"bytesOut":${ending.bytesOut}`
  )
}

export function renderRefusal(
  exchange: Exchange,
  decision: AuditDecision,
  more: { rule?: AuditRule | null; limit?: string; reason?: string },
): string {
  return (
    `"event":"refusal",${shared(exchange)},"decision":"${decision}",` +
    `"rule":${text(more.rule ?? null)},"limit":${text(more.limit ?? null)}` +
    (more.reason === undefined ? '' : `,"reason":${text(more.reason)}`)
  )
}

/** The stream of a session, as it opens and as it closes. */
export function renderStream(
  event: 'intent' | 'outcome',
  principal: string,
  session: ClientSession,
  fields: {
    readonly requestId: string
    readonly ip: string
    readonly digest: string
    readonly durationMs: number
    readonly bytesOut: number
  },
): string {
  const ending =
    `,"outcome":"ok","durationMs":${fields.durationMs.toFixed(3)},` +
    `"bytesOut":${fields.bytesOut}`
  return (
    `"event":"${event}","requestId":"${fields.requestId}",${principal},` +
    `"client":${session.client.fragment},"ip":${text(fields.ip)},` +
    `"session":"${hashConversation(session.id)}",` +
    `"protocol":"${session.protocol}","method":"GET",` +
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
    `"ip":${text(fields.ip)},"method":${text(fields.method)},` +
    `"decision":"rejected","rule":null,"limit":null,` +
    `"reason":${text(fields.reason)},"table":"${fields.digest}"`
  )
}

/** A refusal before anyone is known: by address and reason, `count` folded. */
export function renderStranger(
  ip: string,
  reason: string,
  decision: AuditDecision,
  count: number,
): string {
  return (
    `"event":"refusal","ip":${text(ip)},"decision":"${decision}",` +
    `"reason":${text(reason)},"count":${count}`
  )
}

export function renderNotice(
  notice: string,
  table: string | null,
  detail: unknown,
): string {
  return (
    `"event":"notice","notice":${text(notice)},"table":${text(table)},` +
    `"detail":${text(detail ?? null)}`
  )
}

/** The `arguments` field as the config wants it, with its comma; '' for none.
 * The digest is keyed, so that short arguments cannot be guessed from it. */
export function renderArguments(
  mode: ArgumentMode,
  key: Buffer,
  bytes: Buffer | undefined,
): string {
  if (!bytes || mode === 'none') return ''
  if (mode === 'digest') {
    const digest = createHmac('sha256', key).update(bytes).digest('hex')
    return `,"arguments":{"hmac":"${digest}","bytes":${bytes.length}}`
  }
  const value: unknown = JSON.parse(bytes.toString())
  const shown = mode === 'values' ? value : Object.keys(value ?? {})
  return `,"arguments":${text(shown)}`
}

/** Names a conversation without giving away what could join it. */
export function hashConversation(...parts: readonly string[]): string {
  const hash = createHash('sha256').update(parts.join('\n'))
  return hash.digest('hex').slice(0, 16)
}

function shared(exchange: Exchange): string {
  exchange.auditFragment ??= renderExchange(exchange)
  return exchange.auditFragment
}
