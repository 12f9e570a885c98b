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
  /** Its id. */
  readonly id: string
  /** The holder. */
  readonly subject: string
  /** Kind of the holder. */
  readonly kind: string
  /** The holder's team; null: none. */
  readonly team: string | null
  /** Its own roles or, if it names none, the roles of its team. */
  readonly roles: readonly string[]
  /** What narrows its roles, by server; null: nothing. */
  readonly tools: unknown
  /** How much it may use. */
  readonly reach: {
    /** Number of tools that it may use by their own name. */
    readonly tools: number
    /** Number of patterns that it may use, of servers without a lock. */
    readonly patterns: number
  }
  /** When it was issued, ISO 8601. */
  readonly created: string | null
  /** When it becomes valid, ISO 8601; null: at once. */
  readonly notBefore: string | null
  /** When it expires, ISO 8601; `tokens.maxAge` is applied. */
  readonly expires: string
  /** Last use, ISO 8601, from the audit that is here; null: not in it. */
  readonly lastUse: string | null
  /** When its record says that it is revoked, ISO 8601; null: it does not. */
  readonly revoked: string | null
  /** Id of the token that this one replaces; null: none. */
  readonly replaces: string | null
  /** Why it was issued or revoked; null: no reason was given. */
  readonly reason: string | null
  /** `active`, `not yet`, `expired`, `revoked` by its record or on this host,
   * or `void`: a break-glass token without a reason. */
  readonly state: string
}

/** The output of `gateway token inspect --report json`; of several tokens with
 * --subject. */
export type TokenInspectDocument = InspectedToken | readonly InspectedToken[]

export interface InspectedToken {
  /** Of a whole token; absent with --subject. */
  readonly checksum?: 'right' | 'wrong'
  /** Its id; null if the token is malformed. */
  readonly id: string | null
  /** `active`, `not yet`, `expired`, `revoked`, `void`, `malformed`, or why it
   * has no record; null: not known without a valid config. */
  readonly state: string | null
  /** The holder; absent, as all that follows, if no record is known. */
  readonly subject?: string
  /** Kind of the holder. */
  readonly kind?: string
  /** The holder's team; null: none. */
  readonly team?: string | null
  /** Its own roles or, if it names none, the roles of its team. */
  readonly roles?: readonly string[]
  /** When it was issued, ISO 8601. */
  readonly created?: string
  /** When it becomes valid, ISO 8601; null: at once. */
  readonly notBefore?: string | null
  /** When it expires, ISO 8601; `tokens.maxAge` is applied. */
  readonly expires?: string
  /** When its record says that it is revoked, ISO 8601; null: it does not. */
  readonly revoked?: string | null
  /** Id of the token that this one replaces; null: none. */
  readonly replaces?: string | null
  /** Why it was issued or revoked; null: no reason was given. */
  readonly reason?: string | null
  /** The tools that it may use by their own name, as SERVER/TOOL. */
  readonly tools?: readonly string[]
  /** The patterns that it may use, of servers without a lock, as
   * SERVER/PATTERN. */
  readonly patterns?: readonly string[]
}

/** The output of `gateway token revoke --report json`. */
export interface TokenRevokeDocument {
  readonly formatVersion: 1
  readonly command: 'token revoke'
  /** False: not yet, because the config has errors, or would be lost. */
  readonly inEffect: boolean
  /** The records in the tokens file; empty with --gateway. */
  readonly tokens: readonly {
    /** Id of the token. */
    readonly id: string
    /** Whether this run revoked it. */
    readonly state: 'revoked' | 'was revoked already'
  }[]
  /** With --gateway: what that gateway did; empty without. */
  readonly orders: readonly (There & {
    /** What `value` names; `all`: everyone. */
    readonly kind: string
    /** An id, a subject or a team; `*` for everyone. */
    readonly value: string
  })[]
}

/** The output of `gateway grants list --report json`. */
export type GrantsListDocument = readonly AccountThere[]

/** The output of `gateway grants revoke --report json`. */
export interface GrantsRevokeDocument {
  readonly formatVersion: 1
  readonly command: 'grants revoke'
  /** The accounts that were disconnected. */
  readonly disconnected: readonly {
    /** Name of the server in the config. */
    readonly server: string
    /** The person; null for the gateway's own account. */
    readonly subject: string | null
  }[]
}

/** The output of `gateway connect CLIENT --report json`. */
export interface ConnectClientDocument {
  /** Its name, as on the command line. */
  readonly client: string
  /** Its name for people. */
  readonly title: string
  /** Address of the endpoint that the client is told. */
  readonly url: string
  /** How the client gets the token: from an environment variable, by asking
   * once, or from its file. */
  readonly token: 'variable' | 'asked' | 'written'
  /** The text for its config; the token is not in it. */
  readonly snippet: string
  /** Other ways to configure the client; empty: none. */
  readonly shortcuts: readonly {
    /** `link`: an address to open; `command`: a command to run. */
    readonly kind: string
    /** The link or the command; the token is not in it. */
    readonly text: string
  }[]
  /** With --write, what happened to the file of the client; null without. */
  readonly file:
    | (Written & {
        /** Its path, absolute. */
        readonly path: string
      })
    | null
  /** What the client will see; null: not tested. */
  readonly test: Look | null
}

export type ConnectUndoDocument = Undone & {
  /** Its name, as on the command line. */
  readonly client: string
  /** Path of its file, absolute. */
  readonly path: string
}

/** The output of `gateway connect SERVER --report json`, after the sign-in. */
export interface ConnectServerDocument {
  /** Name of the server in the config. */
  readonly server: string
  /** Null: the account that all callers share. */
  readonly subject: string | null
  readonly state: 'connected'
  /** False: it was connected before. */
  readonly isNew: boolean
}

/** The output of `gateway connect --report json`. */
export interface ClientsDocument {
  /** The clients that `gateway connect` can configure. */
  readonly clients: readonly {
    /** Its name, as on the command line. */
    readonly name: string
    /** Its name for people. */
    readonly title: string
    /** How the client gets the token: from an environment variable, by asking
     * once, or from its file. */
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
  /** Id of the request; null if the gateway could not read it. */
  readonly id: number | string | null
  /** The result, of the form of its method; absent with `error`. */
  readonly result?: unknown
  /** Why there is no result; absent with `result`. */
  readonly error?: {
    /** Code of the error, by JSON-RPC or MCP. */
    readonly code: number
    /** What is wrong, in words. */
    readonly message: string
    /** More about the error, of any form; absent: nothing. */
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
