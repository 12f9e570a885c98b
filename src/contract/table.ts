// The routing table: what the compiler hands to the runtime, as plain JSON.
// In: nothing. Out: types alone.
// INVARIANT: no functions, no secrets (only references), every name resolved,
// every default filled in; the same config gives the same bytes.

import type { LockedNames, LockedServer } from './lock.ts'
import type { AuditSettings, Caps, Listen } from './settings.ts'

/** `env:NAME` or `file:PATH`; read at run time, when an upstream connects. */
export type SecretRef = `env:${string}` | `file:${string}`

/** A value that may come from a secret: header values, child environment. */
export type Value =
  | string
  | { readonly secret: SecretRef }
  | { readonly bearer: SecretRef }
  | { readonly basic: { readonly user: string; readonly secret: SecretRef } }

/** A text with secrets in it: an argument of a program, an address. */
export type Written =
  | string
  | { readonly secret: SecretRef }
  | { readonly join: readonly (string | { readonly secret: SecretRef })[] }

export type Isolation = 'principal' | 'session' | 'shared'
export type ServerRequest = 'elicitation' | 'sampling' | 'roots'

export interface ServerBase {
  /** For people and agents; names route. */
  readonly title: string
  readonly disabled: boolean
  readonly isolation: Isolation
  readonly requests: readonly ServerRequest[]
  /** Put before every tool and prompt name; '' leaves names bare. */
  readonly prefix: string
  /** Upstream tool name → the tool part of its exposed name. */
  readonly rename: Readonly<Record<string, string>>
  readonly drift: 'withhold' | 'warn'
  /** Calls in flight, and calls that may wait for a place. */
  readonly concurrency: number
  readonly queue: number
  readonly maxSessions: number
  /** Milliseconds: a session without a call; a call; a call's silence. */
  readonly idle: number
  readonly timeout: number
  readonly idleTimeout: number
  /** Of the handshake of a session. */
  readonly startupTimeout: number
  readonly breaker: { readonly failures: number; readonly open: number }
}

export interface HttpServer extends ServerBase {
  readonly type: 'http'
  /** Its scheme and host are literal. */
  readonly url: Written
  readonly headers: Readonly<Record<string, Value>>
  /** Path of a CA bundle, relative to the root config's folder. */
  readonly tls: { readonly ca: string } | null
}

export interface StdioServer extends ServerBase {
  readonly type: 'stdio'
  readonly command: string
  readonly args: readonly Written[]
  readonly env: Readonly<Record<string, Value>>
  /** Relative to the root config's folder; '' is that folder. */
  readonly cwd: string
  /** By name or number; null: as the gateway itself. */
  readonly user: string | number | null
  readonly group: string | number | null
}

export type Server = HttpServer | StdioServer

/** One constraint on one argument: one operator, or `min` with `max`. */
export interface Constraint {
  readonly equals?: string | number | boolean | null
  readonly in?: readonly (string | number | boolean | null)[]
  readonly glob?: string
  readonly min?: number
  readonly max?: number
}

/** Argument (top-level name, or JSON pointer when it starts with `/`) →
 * constraint. All must hold. */
export type When = Readonly<Record<string, Constraint>>

/** One entry of `allow`, `deny` or a limit's `on`. `rule` is its JSON pointer
 * in the authored config. */
export type Entry =
  | { readonly tool: string; readonly when?: When; readonly rule: string }
  | { readonly resource: string; readonly rule: string }
  | { readonly prompt: string; readonly rule: string }

/** What one role says of one server. */
export interface Grant {
  /** Pointer of the narrowest section that speaks of the server. */
  readonly rule: string
  /** In the order: declaring role's name, then position. */
  readonly entries: readonly Entry[]
}

/** Server name → entries. */
export type Grants = Readonly<Record<string, Grant>>

/** A role with everything it extends folded in. */
export interface Role {
  readonly allow: Grants
  readonly deny: Grants
  readonly rule: string
}

export interface Team {
  readonly roles: readonly string[]
  readonly rule: string
}

export type Per = 'second' | 'minute' | 'hour' | 'day'
export type Each = 'token' | 'subject' | 'team' | 'tool'

export interface Limit {
  readonly on: Grants
  /** Absent: for everyone. */
  readonly for: {
    readonly teams: readonly string[]
    readonly roles: readonly string[]
  } | null
  /** At most `burst` at once; null where only `concurrent` is set. */
  readonly rate: {
    readonly calls: number
    readonly per: Per
    readonly burst: number
  } | null
  readonly concurrent: number | null
  readonly each: readonly Each[]
  readonly mode: 'enforce' | 'warn'
  readonly rule: string
}

export type TokenKind = 'person' | 'ci' | 'break-glass'

/** Instants are milliseconds since the epoch. Never holds the secret. */
export interface TokenRecord {
  readonly id: string
  readonly subject: string
  readonly kind: TokenKind
  readonly team: string | null
  /** Its own roles or, when it names none, its team's; sorted. */
  readonly roles: readonly string[]
  /** Narrows what the roles allow; null leaves them whole. */
  readonly tools: Grants | null
  /** Hex SHA-256 over the whole token. */
  readonly sha256: string
  readonly created: number
  readonly notBefore: number | null
  readonly expires: number
  readonly replaces: string | null
  readonly revoked: number | null
  readonly reason: string | null
  readonly rule: string
}

/** An entry of `tests`. `who` names exactly one role, team or token. */
export interface Expectation {
  readonly who:
    | { readonly role: string }
    | { readonly team: string }
    | {
        readonly token: string
      }
  readonly allow: Grants
  readonly deny: Grants
  /** Arguments to judge with; null judges without. */
  readonly args: Readonly<Record<string, unknown>> | null
  readonly rule: string
}

export interface RoutingTable {
  readonly listen: Listen
  readonly admin: {
    readonly host: string
    readonly port: number
    readonly token: { readonly secret: SecretRef } | null
  }
  readonly key: string
  readonly servers: Readonly<Record<string, Server>>
  /** Servers whose definitions are locked; the others serve what they list. */
  readonly lock: Readonly<Record<string, LockedNames>>
  readonly roles: Readonly<Record<string, Role>>
  readonly teams: Readonly<Record<string, Team>>
  readonly limits: Readonly<Record<string, Limit>>
  readonly tokens: Readonly<Record<string, TokenRecord>>
  /** Milliseconds a token may live. */
  readonly maxAge: number
  readonly tests: Readonly<Record<string, Expectation>>
  readonly caps: Caps
  readonly drain: number
  readonly audit: AuditSettings
  readonly telemetry: {
    readonly otlp: {
      readonly url: string
      readonly headers: Readonly<Record<string, Value>>
    }
  } | null
}

/** JSON pointer → `file:line:column`; outside the digest. */
export type Places = Readonly<Record<string, string>>

/** What `gateway compile -o` writes and the runtime loads. */
export interface Artefact {
  readonly formatVersion: 1
  /** Hex SHA-256 over the canonical JSON of `table` alone. */
  readonly digest: string
  readonly table: RoutingTable
  readonly places: Places
  /** What is locked, by server: those that `table.lock` names. */
  readonly definitions: Readonly<Record<string, LockedServer>>
}

export type Kind = 'tool' | 'resource' | 'prompt'
