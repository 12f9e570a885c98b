// One audit record, as it is written on a line of the audit file.
// In: nothing. Out: types, and the words that they allow.
// INVARIANT: every branch of the serve path ends in one of these events.

/** What happened to the gateway itself, or to its audit. */
export type AuditNotice =
  | 'start'
  | 'stop'
  | 'accepted'
  | 'rejected'
  | 'collision'
  | 'drift'
  | 'listing'
  /** `detail.tokens` were revoked, and their running calls cancelled. */
  | 'revocation'
  /** The identity provider has ended a session, or all, of `detail.tokenId`; its
   * running calls were cancelled. */
  | 'logout'
  /** `detail.kind` happened to an account at a server: it was created by a
   * sign-in, refreshed, refused by its authorization server, or revoked. */
  | 'grant'
  /** A break-glass token is in use; recorded once for each token and day. */
  | 'break-glass'
  | 'fault'
  /** Somebody did `detail.step` on a page below /connect. */
  | 'connect'
  /** The holder of `detail.tokenId` asked what it may do. */
  | 'whoami'
  /** A bug in the gateway ended the process. */
  | 'crash'
  /** `detail.mac` is a keyed HMAC over the whole part of the line before it. */
  | 'checkpoint'
  /** `detail.files` are deleted; the trail now begins with `detail.first`. */
  | 'removed'
  /** A crash cut a line, kept in `detail.text`; this record replaces it. */
  | 'torn'
  /** `detail.lost` records before this record could not be written. */
  | 'gap'
  /** At a start, the trail did not contain its own last checkpoint. */
  | 'broken'
  /** The disk is nearly full, or the trail over `keep.size`; or this ended. */
  | 'disk'

export const EVENTS = Object.freeze([
  'intent',
  'outcome',
  'refusal',
  'notice',
] as const)

export type AuditEvent = (typeof EVENTS)[number]

/** The end of a text that was cut because it is too long for a record. */
export const CUT = /\u2026 \(\d+ characters, sha256 [0-9a-f]{16}\)$/

/** The decision of roles and limits. */
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

/** `header`: the credential in its `headers`; `gateway`: an access token that
 * the gateway gets by `auth`; `person`: one of the person's own account. */
const UPSTREAM_IDENTITIES = Object.freeze([
  'header',
  'gateway',
  'person',
] as const)

export type UpstreamIdentity = (typeof UPSTREAM_IDENTITIES)[number]

/** The rule that decided: pointer into the config, and `file:line`. */
export interface AuditRule {
  /** JSON pointer into the config. */
  readonly pointer: string
  /** File and line; null: not known. */
  readonly at: string | null
}

export interface AuditRecord {
  /** ISO 8601 in UTC, milliseconds. */
  readonly ts: string
  /** Number of the record in the chain: from 1, across files and restarts. */
  readonly seq: number
  /** Hex SHA-256 of the previous line without its newline; 64 zeros in the
   * first record of a chain. */
  readonly prevHash: string
  readonly event: AuditEvent
  readonly requestId?: string
  readonly tokenId?: string | null
  readonly subject?: string | null
  readonly team?: string | null
  readonly roles?: readonly string[]
  /** Of somebody who came by the company's login: the provider, and the id of
   * the client at the provider. */
  readonly login?: { readonly issuer: string; readonly client: string | null }
  readonly client?: { readonly name: string; readonly version: string } | null
  readonly ip?: string
  /** Identifies the session, but cannot be used as a session id. */
  readonly session?: string | null
  readonly protocol?: string | null
  readonly method?: string | null
  readonly server?: string | null
  /** Whose credential the server gets; absent: none. */
  readonly upstreamIdentity?: UpstreamIdentity
  /** The account at the server that the call used: a keyed digest. */
  readonly grant?: string
  /** Upstream name, and the name that the client used. A longer name is cut and
   * ends with CUT. */
  readonly tool?: string | null
  readonly exposed?: string | null
  readonly decision?: AuditDecision
  readonly rule?: AuditRule | null
  readonly limit?: string | null
  readonly outcome?: AuditOutcome
  readonly durationMs?: number
  readonly upstreamMs?: number | null
  /** HTTP status of a response of the server that contained no answer. */
  readonly upstreamStatus?: number
  readonly bytesIn?: number
  readonly bytesOut?: number
  readonly arguments?: unknown
  readonly trace?: string | null
  /** Digest of the table that decided. */
  readonly table?: string
  /** Number of equal refusals that this record counts. */
  readonly count?: number
  /** In a notice: what happened, with further details. */
  readonly notice?: AuditNotice
  readonly detail?: unknown
  readonly reason?: string
}
