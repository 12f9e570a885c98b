// What the verbs that ask a gateway or read its traces print with
// `--report json`. In: nothing. Out: types, from which `npm run docs` writes
// schema/. INVARIANT: `audit query` alone prints lines, an object on each.

import type { AuditRule } from '../../contract/audit.ts'
import type { Replay } from '../../trail/replay.ts'
import type { UnusedReport } from '../../trail/unused.ts'
import type { Coverage } from '../../trail/uses.ts'
import type { Verdict } from '../../trail/verify.ts'
import type { AccountThere } from '../accounts-there.ts'
import type { Look } from '../clients/look.ts'
import type { Undone, Written } from '../clients/write.ts'
import type { There } from '../revoke-there.ts'

/** The output of `gateway token list --report json`. */
export type TokenListDocument = readonly ListedToken[]

export interface ListedToken {
  readonly id: string
  readonly subject: string
  readonly kind: string
  readonly team: string | null
  readonly roles: readonly string[]
  /** What narrows its roles, by server; null: nothing. */
  readonly tools: unknown
  /** Number of locked tools, and of patterns for servers without a lock. */
  readonly reach: { readonly tools: number; readonly patterns: number }
  readonly created: string | null
  readonly notBefore: string | null
  readonly expires: string
  /** From the audit that is here; null: not in it. */
  readonly lastUse: string | null
  readonly revoked: string | null
  readonly replaces: string | null
  readonly reason: string | null
  readonly state: string
}

/** The output of `gateway token inspect --report json`; of several tokens with
 * --subject. */
export type TokenInspectDocument = InspectedToken | readonly InspectedToken[]

export interface InspectedToken {
  /** Of a whole token. */
  readonly checksum?: 'right' | 'wrong'
  readonly id: string | null
  /** Null: not known without a valid config. */
  readonly state: string | null
  readonly subject?: string
  readonly kind?: string
  readonly team?: string | null
  readonly roles?: readonly string[]
  readonly created?: string
  readonly notBefore?: string | null
  readonly expires?: string
  readonly revoked?: string | null
  readonly replaces?: string | null
  readonly reason?: string | null
  /** SERVER/TOOL. */
  readonly tools?: readonly string[]
  /** For servers without a lock. */
  readonly patterns?: readonly string[]
}

/** The output of `gateway token revoke --report json`. */
export interface TokenRevokeDocument {
  readonly formatVersion: 1
  readonly command: 'token revoke'
  /** False: not yet, because the config has errors, or would be lost. */
  readonly inEffect: boolean
  /** In the tokens file. */
  readonly tokens: readonly {
    readonly id: string
    readonly state: 'revoked' | 'was revoked already'
  }[]
  /** With --gateway: what that gateway did. */
  readonly orders: readonly (There & {
    readonly kind: string
    readonly value: string
  })[]
}

/** The output of `gateway grants list --report json`. */
export type GrantsListDocument = readonly AccountThere[]

/** The output of `gateway grants revoke --report json`. */
export interface GrantsRevokeDocument {
  readonly formatVersion: 1
  readonly command: 'grants revoke'
  readonly disconnected: readonly {
    readonly server: string
    /** Null: the gateway's own account. */
    readonly subject: string | null
  }[]
}

/** The output of `gateway connect CLIENT --report json`. */
export interface ConnectClientDocument {
  readonly client: string
  readonly title: string
  readonly url: string
  /** How the client gets the token. */
  readonly token: 'variable' | 'asked' | 'written'
  readonly snippet: string
  readonly shortcuts: readonly {
    readonly kind: string
    readonly text: string
  }[]
  /** With --write; null without. */
  readonly file: (Written & { readonly path: string }) | null
  /** Null: not tested. */
  readonly test: Look | null
}

export type ConnectUndoDocument = Undone & {
  readonly client: string
  readonly path: string
}

/** The output of `gateway connect SERVER --report json`, after the sign-in. */
export interface ConnectServerDocument {
  readonly server: string
  /** Null: the account that all callers share. */
  readonly subject: string | null
  readonly state: 'connected'
  /** False: it was connected before. */
  readonly isNew: boolean
}

/** The output of `gateway connect --report json`. */
export interface ClientsDocument {
  readonly clients: readonly {
    readonly name: string
    readonly title: string
    readonly token: 'variable' | 'asked' | 'written'
  }[]
}

/** The output of `gateway connect --report json`. */
export type ConnectDocument =
  | ConnectClientDocument
  | ConnectUndoDocument
  | ConnectServerDocument
  | ClientsDocument

/** The output of `gateway call --report json`: the answer as it came, a message
 * of JSON-RPC. */
export interface CallDocument {
  readonly jsonrpc: '2.0'
  readonly id: number | string | null
  readonly result?: unknown
  readonly error?: {
    readonly code: number
    readonly message: string
    readonly data?: unknown
  }
}

/** One line of `gateway audit query --report json`: a call, or a group with
 * --top. With --event a line is a record of audit.schema.json. */
export type AuditQueryDocument = CallRowDocument | GroupDocument

/** A call. Null: the record does not say it. */
export interface CallRowDocument {
  /** When it began: ISO 8601 in UTC, with milliseconds. */
  readonly ts: string
  /** Id of the call; the client got it as `x-request-id`. */
  readonly requestId: string | null
  /** Id of the token, or of somebody who came by the login of the company. */
  readonly tokenId: string | null
  /** The holder. */
  readonly subject: string | null
  /** The holder's team. */
  readonly team: string | null
  /** Roles of the token. */
  readonly roles: readonly string[]
  /** Name and version that the client reported. */
  readonly client: {
    /** Its name. */
    readonly name: string
    /** Its version. */
    readonly version: string
  } | null
  /** Address of the client. */
  readonly ip: string | null
  /** Identifies the conversation; it cannot be used as a session id. */
  readonly session: string | null
  /** Version of the protocol. */
  readonly protocol: string | null
  /** Method of the protocol, or `GET` for a stream. */
  readonly method: string | null
  /** The server. */
  readonly server: string | null
  /** Name of the tool or prompt at that server, or the URI of the resource. */
  readonly tool: string | null
  /** The name that the client used; for an unknown name, its first 256
   * characters. */
  readonly exposed: string | null
  /** The decision of roles and limits; its values are those of
   * audit.schema.json. */
  readonly decision: string | null
  /** The rule that decided. */
  readonly rule: AuditRule | null
  /** For a refusal the limit that refused it; for a call the limits that would
   * have refused it without `warn` mode, separated by `, `. */
  readonly limit: string | null
  /** The reason, if no rule gives it. */
  readonly reason: string | null
  /** How the call ended; its values are those of audit.schema.json. */
  readonly outcome: string | null
  /** Time from the request to its answer, in milliseconds. */
  readonly durationMs: number | null
  /** The server's part of `durationMs`. */
  readonly upstreamMs: number | null
  /** HTTP status of a response of the server that contained no answer. */
  readonly upstreamStatus: number | null
  /** Whose credential the server gets: that of a header in the config
   * (`header`), an access token that the gateway gets by `auth` (`gateway`),
   * or one of the person's own account (`person`). */
  readonly upstreamIdentity: string | null
  /** The account at the server that the call used: a keyed digest. */
  readonly grant: string | null
  /** Bytes of the request. */
  readonly bytesIn: number | null
  /** Bytes of the answer. */
  readonly bytesOut: number | null
  /** Number of equal refusals that it stands for; 1 for a call. */
  readonly count: number
  /** Arguments of the call, as `audit.arguments` defines: their names, a keyed
   * digest, or all values. */
  readonly arguments: unknown
  /** Trace id of the client. */
  readonly trace: string | null
  /** Digest of the table that decided. */
  readonly table: string | null
}

/** The calls with one value of a field. Durations are in milliseconds; null: no
 * call has one. */
export interface GroupDocument {
  /** The field of --top. */
  readonly field: string
  /** Null: the records do not contain it. */
  readonly value: string | null
  /** For a token or a session: its holder; null for other fields. */
  readonly who: string | null
  /** Number of calls, with the refused ones. */
  readonly calls: number
  /** Calls that were refused, by a rule, a limit or the edge. */
  readonly refused: number
  /** Calls that were admitted, but failed. */
  readonly failed: number
  /** Sum of the durations. */
  readonly totalMs: number | null
  /** Median of the durations. */
  readonly medianMs: number | null
  /** 95th percentile of the durations. */
  readonly p95Ms: number | null
  /** When the first call began: ISO 8601 in UTC, with milliseconds. */
  readonly first: string
  /** When the last call began: ISO 8601 in UTC, with milliseconds. */
  readonly last: string
}

/** The output of `gateway audit verify --report json`. */
export type AuditVerifyDocument = Verdict

/** What was read. */
export interface ReadDocument extends Omit<Coverage, 'count'> {
  /** Lines that were read, with the damaged ones. */
  readonly lines: number
  /** Lines that are not a record, and were left out. */
  readonly damaged: number
}

/** The output of `gateway audit replay --report json`. */
export interface AuditReplayDocument extends Replay {
  readonly formatVersion: 1
  readonly command: 'audit replay'
  /** The result, in one line for a person. */
  readonly headline: string
  /** Digest of the table that judged. */
  readonly digest: string
  readonly audit: ReadDocument
}

/** The output of `gateway audit unused --report json`. */
export interface AuditUnusedDocument extends UnusedReport {
  readonly formatVersion: 1
  readonly command: 'audit unused'
  /** The result, in one line for a person. */
  readonly headline: string
  /** Digest of the table that judged. */
  readonly digest: string
  /** Start of the span: ISO 8601 in UTC, with milliseconds; null: the start of
   * the audit. */
  readonly since: string | null
  /** End of the span, not within it: ISO 8601 in UTC, with milliseconds; null:
   * the end of the audit. */
  readonly until: string | null
  /** Why the audit may not show every use. */
  readonly warnings: readonly string[]
  /** Calls in the span that were allowed then. */
  readonly calls: number
  /** How many of `calls` this config would not allow; they use no entry. */
  readonly leftOut: number
  readonly audit: ReadDocument
}

/** The output of `gateway audit key --report json`. */
export interface AuditKeyDocument {
  readonly formatVersion: 1
  readonly command: 'audit key'
  /** `ed25519:…`, for `gateway audit verify --public`. */
  readonly publicKey: string
}
