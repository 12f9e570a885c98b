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
  /** When it began. */
  readonly ts: string
  readonly requestId: string | null
  readonly tokenId: string | null
  readonly subject: string | null
  readonly team: string | null
  readonly roles: readonly string[]
  readonly client: { readonly name: string; readonly version: string } | null
  readonly ip: string | null
  readonly session: string | null
  readonly protocol: string | null
  readonly method: string | null
  readonly server: string | null
  readonly tool: string | null
  readonly exposed: string | null
  /** Its values are those of audit.schema.json. */
  readonly decision: string | null
  /** Pointer into the config, and its place. */
  readonly rule: AuditRule | null
  readonly limit: string | null
  readonly reason: string | null
  readonly outcome: string | null
  readonly durationMs: number | null
  readonly upstreamMs: number | null
  readonly upstreamStatus: number | null
  readonly upstreamIdentity: string | null
  readonly grant: string | null
  readonly bytesIn: number | null
  readonly bytesOut: number | null
  /** Number of equal refusals. */
  readonly count: number
  readonly arguments: unknown
  readonly trace: string | null
  readonly table: string | null
}

export interface GroupDocument {
  readonly field: string
  /** Null: the records do not contain it. */
  readonly value: string | null
  readonly who: string | null
  readonly calls: number
  readonly refused: number
  readonly failed: number
  readonly totalMs: number | null
  readonly medianMs: number | null
  readonly p95Ms: number | null
  readonly first: string
  readonly last: string
}

/** The output of `gateway audit verify --report json`. */
export type AuditVerifyDocument = Verdict

/** What was read. */
export interface ReadDocument extends Omit<Coverage, 'count'> {
  readonly lines: number
  readonly damaged: number
}

/** The output of `gateway audit replay --report json`. */
export interface AuditReplayDocument extends Replay {
  readonly formatVersion: 1
  readonly command: 'audit replay'
  readonly headline: string
  /** Of the config that judged. */
  readonly digest: string
  readonly audit: ReadDocument
}

/** The output of `gateway audit unused --report json`. */
export interface AuditUnusedDocument extends UnusedReport {
  readonly formatVersion: 1
  readonly command: 'audit unused'
  readonly headline: string
  readonly digest: string
  readonly since: string | null
  readonly until: string | null
  /** Why the audit may not show every use. */
  readonly warnings: readonly string[]
  readonly calls: number
  /** Calls that were refused, and do not count. */
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
