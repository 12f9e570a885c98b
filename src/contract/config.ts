// The config as an author writes it.
// In: nothing. Out: types alone; their JSDoc is the editor's hover text.
// INVARIANT: only names are inferred and every reference to one is NoInfer, so
// a typo is an error at the reference and excess properties stay errors.

import type { LintCode, LintLevel } from './lints.ts'
import type {
  Duration,
  ExpectationConfig,
  LimitConfig,
  RoleConfig,
  Size,
  TeamConfig,
  TokenConfig,
} from './policy.ts'
import type { ServersConfig, ValueConfig } from './servers.ts'
import type { ToolName } from './tools.ts'

export interface ListenConfig {
  /** Default: `'127.0.0.1'`. Another needs `hosts` and `tls` or
   * `behindProxy`. */
  readonly host?: string
  /** 0 lets the kernel choose. Default: 4600. */
  readonly port?: number
  /** Default: `'/mcp'`. */
  readonly path?: string
  /** Allowed Host values; one with a port is for that port alone.
   * Default: loopback names. */
  readonly hosts?: readonly string[]
  /** Allowed Origin values. Default: loopback origins on a loopback host. */
  readonly origins?: readonly string[]
  /** Not yet in force: put a proxy that speaks TLS in front. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** CIDR blocks of the proxies that speak TLS in front; X-Forwarded-For is
   * not read yet. */
  readonly behindProxy?: readonly string[]
}

export interface AuditConfig<S extends string = string> {
  /** Default: `'audit/gateway.jsonl'`. */
  readonly file?: string
  /** How a call's arguments are recorded. Default: `digest`, which is keyed. */
  readonly arguments?: 'none' | 'keys' | 'digest' | 'values'
  /** What happens to calls while no record can be written.
   * Default: `refuse`. */
  readonly onFailure?: 'refuse' | 'allow'
  /** Answers wait for the disk itself, many for one commit. Default: false. */
  readonly fsync?: boolean
  /** Rotated files beyond either are deleted, oldest first.
   * Default: `'90d'`, `'10GB'`. */
  readonly keep?: { readonly age?: Duration; readonly size?: Size }
  /** A new file is begun at either; days are UTC.
   * Default: `'256MiB'`, `'1d'`. */
  readonly rotate?: { readonly size?: Size; readonly every?: Duration }
  /** Server → tool → JSON pointers of arguments kept or masked. */
  readonly tools?: {
    readonly [Name in S]?: {
      readonly [Tool in ToolName<Name>]?: ToolAuditConfig
    }
  }
}

/** JSON pointers into a tool's arguments. */
export interface ToolAuditConfig {
  /** Only these are recorded. */
  readonly select?: readonly string[]
  /** These are masked. */
  readonly redact?: readonly string[]
}

export interface CapsConfig {
  /** Bytes of one request. Default: `'4MiB'`. */
  readonly request?: Size
  /** Bytes of one upstream message. Default: `'16MiB'`. */
  readonly message?: Size
  /** Nesting of a JSON message, at most 512. Default: 64. */
  readonly depth?: number
  /** Open streams of one token. Default: 32. */
  readonly streams?: number
  /** Open connections in all. Default: 10000. */
  readonly connections?: number
}

/** A whole gateway: `export default defineGateway({…})`. */
export interface GatewayConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> {
  /** For JSON files, so that editors know the shape. */
  readonly $schema?: string
  /** Where clients connect. */
  readonly listen?: ListenConfig
  /** Where operators look: health, status and metrics. */
  readonly admin?: {
    /** Default: `'127.0.0.1'`. */
    readonly host?: string
    /** Default: 4601. */
    readonly port?: number
    /** Default: derived from `key`. */
    readonly token?: {
      readonly secret: `env:${string}` | `file:${string}`
    }
  }
  /** File of the one secret from which all others are derived; created at
   * first serve. Default: `'gateway.key'`. */
  readonly key?: string
  /** The upstream MCP servers. */
  readonly servers: ServersConfig<S>
  /** What may be done, by name; a role without entries may do nothing. */
  readonly roles?: Readonly<Record<R, RoleConfig<NoInfer<S>, NoInfer<R>>>>
  /** Who holds which roles: a token is issued for a team. */
  readonly teams?: Readonly<Record<T, TeamConfig<NoInfer<R>>>>
  /** How often, by name; counters survive a reload under the same name. */
  readonly limits?: Readonly<
    Record<string, LimitConfig<NoInfer<S>, NoInfer<R>, NoInfer<T>>>
  >
  /** Where token records are, and how long a token may live. */
  readonly tokens?: {
    /** Machine-written records. Default: `'gateway.tokens.toml'`. */
    readonly file?: string
    /** The longest life of a token. Default: `'90d'`. */
    readonly maxAge?: Duration
    /** Records by id, 12 characters of `a-z` and `0-9`. */
    readonly grants?: Readonly<
      Record<string, TokenConfig<NoInfer<S>, NoInfer<R>, NoInfer<T>>>
    >
  }
  /** What must hold; each entry stands alone. */
  readonly tests?: Readonly<
    Record<string, ExpectationConfig<NoInfer<S>, NoInfer<R>, NoInfer<T>>>
  >
  /** What is recorded of every call, and where. */
  readonly audit?: AuditConfig<NoInfer<S>>
  /** Bounds on sizes and on what is open at a time. */
  readonly caps?: CapsConfig
  /** How long calls may go on when the gateway stops. Default: `'30s'`. */
  readonly drain?: Duration
  /** Severity by code of a lint, such as `GW4001`. Default: `warn`. */
  readonly lints?: Readonly<Partial<Record<LintCode, LintLevel>>>
  /** Traces, sent over OTLP/HTTP. Default: none; nothing is loaded then. */
  readonly telemetry?: {
    readonly otlp: {
      /** Without a path, `/v1/traces` is put behind it. */
      readonly url: string
      /** Sent with every export; secrets are read anew for each. */
      readonly headers?: Readonly<Record<string, ValueConfig>>
    }
  }
}
