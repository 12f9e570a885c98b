// The routing table: plain JSON, from the compiler to the runtime.
// In: nothing. Out: only types.
// INVARIANT: no functions, no secrets (only references), every name resolved,
// every default filled in; the same config gives the same bytes.

import type { LockedNames, LockedServer } from './lock.ts'
import type { Login } from './login.ts'
import type { AuditSettings, Caps, Listen } from './settings.ts'

/** A program that prints a secret. */
export interface ProgramRef {
  /** Of the program, a path with a `/` is relative to the root config's
   * folder. */
  readonly exec: readonly string[]
  /** Names of the variables that it gets. */
  readonly env: readonly string[]
  /** Milliseconds of one run. */
  readonly timeout: number
}

/** `env:NAME`, `file:PATH` or a program; read at run time, when an upstream
 * connects. */
export type SecretRef = `env:${string}` | `file:${string}` | ProgramRef

/** A secret, and what stands before it. */
export type SecretValue =
  | { readonly secret: SecretRef }
  | { readonly bearer: SecretRef }
  | { readonly basic: { readonly user: string; readonly secret: SecretRef } }
  | { readonly scheme: { readonly name: string; readonly secret: SecretRef } }

/** A value that may contain a secret: header values, child environment. */
export type Value = string | SecretValue

/** A text that contains secrets: an argument of a program, a URL. */
export type Written =
  | string
  | { readonly secret: SecretRef }
  | { readonly join: readonly (string | { readonly secret: SecretRef })[] }

export type Isolation = 'principal' | 'session' | 'shared'
export type ServerRequest = 'elicitation' | 'sampling' | 'roots'

export interface ServerBase {
  /** Shown to people and agents; routing uses the name. */
  readonly title: string
  readonly disabled: boolean
  readonly isolation: Isolation
  readonly requests: readonly ServerRequest[]
  /** Prefix of every exposed tool and prompt name; '' for none. */
  readonly prefix: string
  /** Upstream tool name → the tool part of its exposed name. */
  readonly rename: Readonly<Record<string, string>>
  readonly drift: 'withhold' | 'warn'
  /** Calls that run at the same time, and calls that may wait for a place. */
  readonly concurrency: number
  readonly queue: number
  readonly maxSessions: number
  /** Milliseconds: a session without a call; a call; one without progress. */
  readonly idle: number
  readonly timeout: number
  readonly idleTimeout: number
  /** For the handshake of a session. */
  readonly startupTimeout: number
  readonly breaker: { readonly failures: number; readonly open: number }
}

/** A client of an authorization server that proves by a secret or a key who it
 * is. */
export type ProvenClient =
  | {
      readonly id: string
      readonly secret: { readonly secret: SecretRef }
      readonly key?: never
    }
  | {
      readonly id: string
      readonly key: { readonly secret: SecretRef }
      readonly secret?: never
    }

/** One that may also prove nothing. */
export type OAuthClient =
  | ProvenClient
  | { readonly id: string; readonly secret?: never; readonly key?: never }

/** The gateway gets access tokens by the client credentials grant. */
export interface ClientCredentials {
  readonly type: 'clientCredentials'
  /** Null: the one that the server names. */
  readonly issuer: string | null
  /** Null: the one in the metadata of the issuer. */
  readonly tokenEndpoint: string | null
  readonly client: ProvenClient
  /** Null: those that the server asks for. */
  readonly scopes: readonly string[] | null
  /** False: none is sent; null: the address of the server. */
  readonly resource: string | false | null
  readonly parameters: Readonly<Record<string, string>>
}

/** The gateway gets access tokens after somebody has signed in in a browser. */
export interface OAuth {
  readonly type: 'oauth'
  /** Each person for themselves, or an operator for all. */
  readonly as: 'person' | 'gateway'
  /** `login`: the company's provider vouches for each person; null: they sign in
   * at the server's authorization server. */
  readonly via: 'login' | null
  /** Null: the one that the server names. */
  readonly issuer: string | null
  /** Null: those in the metadata of the issuer. */
  readonly authorizationEndpoint: string | null
  readonly tokenEndpoint: string | null
  /** Null: the gateway registers itself. */
  readonly client: OAuthClient | null
  /** Null: those that the server asks for. */
  readonly scopes: readonly string[] | null
  /** False: none is sent; null: the address of the server. */
  readonly resource: string | false | null
  /** Of the address where people sign in. */
  readonly parameters: Readonly<Record<string, string>>
  /** Null: the token response itself. */
  readonly tokenIn: string | null
}

export type SignInSettings = ClientCredentials | OAuth

export interface HttpServer extends ServerBase {
  readonly type: 'http'
  /** The scheme and the host are literal. */
  readonly url: Written
  readonly headers: Readonly<Record<string, Value>>
  readonly auth: SignInSettings | null
  readonly tls: ServerTls
  /** The server's own, or that of all servers; null: none. */
  readonly proxy: ProxySettings | null
}

/** `env`: as the variables of the environment say. */
export type ProxySettings =
  | 'env'
  | {
      /** Without a path. */
      readonly url: string
      readonly auth: SecretValue | null
      /** Hosts that are reached directly. */
      readonly noProxy: readonly string[]
    }

/** Paths of PEM files, relative to the root config's folder. */
export interface ServerTls {
  /** Null: the usual CAs. */
  readonly ca: string | null
  readonly caAppend: string | null
  /** `tls.caAppend` of the whole config; with `ca`, not for the server itself. */
  readonly common: string | null
  readonly cert: string | null
  readonly key: string | null
}

export interface StdioServer extends ServerBase {
  readonly type: 'stdio'
  readonly command: string
  readonly args: readonly Written[]
  readonly env: Readonly<Record<string, Value>>
  /** Relative to the root config's folder; '' is that folder itself. */
  readonly cwd: string
  /** User or group, by name or number; null: the gateway's own. */
  readonly user: string | number | null
  readonly group: string | number | null
}

export type Server = HttpServer | StdioServer

/** A constraint on one argument: one operator, or `min` with `max`. */
export interface Constraint {
  /** The argument must be this value. */
  readonly equals?: string | number | boolean | null
  /** The argument must be one of these values. */
  readonly in?: readonly (string | number | boolean | null)[]
  /** The argument must be a text that matches this pattern. */
  readonly glob?: string
  /** The argument must be at least this number. */
  readonly min?: number
  /** The argument must be at most this number. */
  readonly max?: number
}

/** Argument (top-level name, or JSON pointer if it begins with `/`) →
 * constraint. All constraints must hold. */
export type When = Readonly<Record<string, Constraint>>

/** One entry of `allow`, `deny` or a limit's `on`. `rule` is its JSON pointer
 * in the authored config. */
export type Entry =
  | {
      /** Tools by their name at the server. */
      readonly tool: string
      /** Constraints by argument. */
      readonly when?: When
      /** JSON pointer of the rule in the config. */
      readonly rule: string
    }
  | {
      /** Resources by URI. */
      readonly resource: string
      /** JSON pointer of the rule in the config. */
      readonly rule: string
    }
  | {
      /** Prompts by their name at the server. */
      readonly prompt: string
      /** JSON pointer of the rule in the config. */
      readonly rule: string
    }

/** The entries of one role for one server. */
export interface Grant {
  /** Pointer of the narrowest section that contains entries for the server. */
  readonly rule: string
  /** Ordered by the name of the declaring role, then by position. */
  readonly entries: readonly Entry[]
}

/** Server name → entries. */
export type Grants = Readonly<Record<string, Grant>>

/** A role that contains the entries of all roles that it extends. */
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
  /** What is counted. */
  readonly on: Grants
  /** Whose calls are counted; null: everyone's. */
  readonly for: {
    /** Tokens of these teams. */
    readonly teams: readonly string[]
    /** Tokens with one of these roles. */
    readonly roles: readonly string[]
  } | null
  /** Null if only `concurrent` is set. */
  readonly rate: {
    /** Calls that are allowed in each `per`. */
    readonly calls: number
    /** The time for which `calls` is given. */
    readonly per: Per
    /** Calls that are allowed at once. */
    readonly burst: number
  } | null
  /** In-flight calls at a time; null: not limited. */
  readonly concurrent: number | null
  /** One bucket for each of these; empty: one for all. */
  readonly each: readonly Each[]
  /** `warn` records what `enforce` would refuse. */
  readonly mode: 'enforce' | 'warn'
  /** JSON pointer of the rule in the config. */
  readonly rule: string
}

export type TokenKind = 'person' | 'ci' | 'break-glass'

/** Instants are milliseconds since the epoch. The secret is never here. */
export interface TokenRecord {
  readonly id: string
  readonly subject: string
  readonly kind: TokenKind
  readonly team: string | null
  /** The token's own roles or, if it names none, its team's; sorted. */
  readonly roles: readonly string[]
  /** Restricts what the roles allow; null: no restriction. */
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
    /** Somebody who is in this group of the provider, and in no other. */
    | { readonly group: string }
    | {
        readonly token: string
      }
  readonly allow: Grants
  readonly deny: Grants
  /** Arguments to decide with; null: decide without arguments. */
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
  /** Folder of what the gateway writes, unless its own key says otherwise; ''
   * is the root config's folder. */
  readonly state: string
  readonly key: string
  /** File of the revocations of this host. */
  readonly revoked: string
  /** Where grants are kept, sealed. */
  readonly grants: { readonly folder: string }
  /** For what belongs to no server; null: none. */
  readonly proxy: ProxySettings | null
  readonly tls: { readonly caAppend: string | null }
  readonly servers: Readonly<Record<string, Server>>
  /** Servers with locked definitions; the others serve what they list. */
  readonly lock: Readonly<Record<string, LockedNames>>
  readonly roles: Readonly<Record<string, Role>>
  readonly teams: Readonly<Record<string, Team>>
  readonly limits: Readonly<Record<string, Limit>>
  readonly tokens: Readonly<Record<string, TokenRecord>>
  /** Milliseconds a token may live. */
  readonly maxAge: number
  /** Null: people come with tokens of the gateway only. */
  readonly login: Login | null
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

/** JSON pointer → `file:line:column`; not part of the digest. */
export type Places = Readonly<Record<string, string>>

/** The output of `gateway compile -o`, which the runtime loads. */
export interface Artefact {
  readonly formatVersion: 1
  /** Hex SHA-256 of the canonical JSON of `table` only. */
  readonly digest: string
  readonly table: RoutingTable
  readonly places: Places
  /** The locked definitions by server, for the servers in `table.lock`. */
  readonly definitions: Readonly<Record<string, LockedServer>>
}

export type Kind = 'tool' | 'resource' | 'prompt'
