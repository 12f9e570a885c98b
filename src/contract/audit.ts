// One audit record, as it stands on a line of the audit file.
// In: nothing. Out: types, and the words that they allow.
// INVARIANT: every branch of the serve journey ends in one of these events.

/** What happened to the gateway itself, or to its audit. */
export type AuditNotice =
  | 'start'
  | 'stop'
  | 'accepted'
  | 'rejected'
  | 'collision'
  | 'drift'
  | 'listing'
  /** `detail.tokens` were taken away, and what they had under way. */
  | 'revocation'
  /** A break-glass token is in use; once a token and day. */
  | 'break-glass'
  | 'fault'
  /** A bug ended the process. */
  | 'crash'
  /** `detail.mac` is a keyed HMAC over all of the line that precedes it. */
  | 'checkpoint'
  /** `detail.files` are deleted, the trail begins with `detail.first`. */
  | 'removed'
  /** A line that a crash cut, in `detail.text`; this record replaces it. */
  | 'torn'
  /** `detail.lost` records before this one could not be written. */
  | 'gap'
  /** At a start the trail did not hold its own last checkpoint. */
  | 'broken'
  /** The disk is nearly full, or the trail over `keep.size`; or no longer. */
  | 'disk'

export const EVENTS = Object.freeze([
  'intent',
  'outcome',
  'refusal',
  'notice',
] as const)

export type AuditEvent = (typeof EVENTS)[number]

/** How a text ends that was longer than a record takes. */
export const CUT = /… \(\d+ characters, sha256 [0-9a-f]{16}\)$/

/** What authorization and limits said. */
export const DECISIONS = Object.freeze([
  'allowed',
  'denied',
  'withheld',
  'unknown',
  'limited',
  'unauthenticated',
  'rejected',
] as const)

export type AuditDecision = (typeof DECISIONS)[number]

/** How an admitted call ended. */
export const OUTCOMES = Object.freeze([
  'ok',
  'tool_error',
  'protocol_error',
  'upstream_error',
  'timeout',
  'cancelled',
  'revoked',
] as const)

export type AuditOutcome = (typeof OUTCOMES)[number]

/** The rule that decided: pointer into the config, and `file:line`. */
export interface AuditRule {
  readonly pointer: string
  readonly at: string | null
}

export interface AuditRecord {
  /** ISO 8601 in UTC, milliseconds. */
  readonly ts: string
  /** Place in the chain: counts from 1, across files and restarts. */
  readonly seq: number
  /** SHA-256 in hex of the line before, without its newline; 64 zeros in the
   * first record of a chain. */
  readonly prevHash: string
  readonly event: AuditEvent
  readonly requestId?: string
  readonly tokenId?: string | null
  readonly subject?: string | null
  readonly team?: string | null
  readonly roles?: readonly string[]
  readonly client?: { readonly name: string; readonly version: string } | null
  readonly ip?: string
  /** Names the conversation without being usable as a session id. */
  readonly session?: string | null
  readonly protocol?: string | null
  readonly method?: string | null
  readonly server?: string | null
  /** Upstream name, and the name that the client used. Longer ones end as CUT
   * says. */
  readonly tool?: string | null
  readonly exposed?: string | null
  readonly decision?: AuditDecision
  readonly rule?: AuditRule | null
  readonly limit?: string | null
  readonly outcome?: AuditOutcome
  readonly durationMs?: number
  readonly upstreamMs?: number | null
  /** HTTP status of a server's response that was no answer. */
  readonly upstreamStatus?: number
  readonly bytesIn?: number
  readonly bytesOut?: number
  readonly arguments?: unknown
  readonly trace?: string | null
  /** Digest of the table that judged. */
  readonly table?: string
  /** Equal refusals folded into this one. */
  readonly count?: number
  /** Of a notice: what happened, and what else is known of it. */
  readonly notice?: AuditNotice
  readonly detail?: unknown
  readonly reason?: string
}
