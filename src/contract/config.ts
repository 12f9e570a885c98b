// The config as an author writes it (design §4).
// In: nothing. Out: types alone; their JSDoc is the editor's hover text.
// INVARIANT: only names are inferred and every reference to one is NoInfer, so
// a typo is an error at the reference and excess properties stay errors.

import type {
  Duration,
  ExpectationConfig,
  LimitConfig,
  RoleConfig,
  Size,
  TeamConfig,
  TokenConfig,
} from './policy.ts'
import type {
  ArgumentMode,
  Isolation,
  SecretRef,
  ServerRequest,
  Value,
} from './table.ts'

interface ServerConfigBase {
  /** Who shares an upstream session: `principal` one per token, `session` one
   * per client session, `shared` everyone. Default: `session` over HTTP,
   * `principal` over stdio. */
  readonly isolation?: Isolation
  /** Not yet in force. What the server may ask of a client.
   * Default: `['elicitation', 'sampling']`, none under `shared`. */
  readonly requests?: readonly ServerRequest[]
  /** Put before every exposed name; `''` for none. Default: name and `__`. */
  readonly prefix?: string
  /** Upstream tool name → the tool part of its exposed name. */
  readonly rename?: Readonly<Record<string, string>>
  /** Not yet in force. What becomes of a tool that differs from its lock.
   * Default: `withhold`. */
  readonly drift?: 'withhold' | 'warn'
  /** Calls in flight. Default: 32. */
  readonly concurrency?: number
  /** Calls that wait for a place; one more is refused. Default: 64. */
  readonly queue?: number
  /** Upstream sessions at a time. Default: 64. */
  readonly maxSessions?: number
  /** A session without a call closes after this. Default: `'5m'`. */
  readonly idle?: Duration
  /** A call may take this long in all. Default: `'15m'`. */
  readonly timeout?: Duration
  /** A call may be silent this long: no byte, no progress. Default: `'60s'`. */
  readonly idleTimeout?: Duration
  /** Not yet in force. Stops calling a server that keeps failing.
   * Default: after 5 failures, for `'30s'`. */
  readonly breaker?: { readonly failures?: number; readonly open?: Duration }
}

/** An upstream over Streamable HTTP; `http({…})` fills in `type`. */
export interface HttpServerConfig extends ServerConfigBase {
  readonly type: 'http'
  /** Redirects are never followed. */
  readonly url: string
  /** Sent with every request; credentials by `bearer`, `basic`, `secret`. */
  readonly headers?: Readonly<Record<string, Value>>
  readonly tls?: {
    /** A PEM file with the CAs to trust instead of the usual ones. */
    readonly ca: string
  }
}

/** An upstream that the gateway starts; `stdio({…})` fills in `type`. */
export interface StdioServerConfig extends ServerConfigBase {
  readonly type: 'stdio'
  /** A program on PATH, or a path if it contains `/`. */
  readonly command: string
  /** Passed as written. */
  readonly args?: readonly string[]
  /** The child gets exactly these plus PATH, HOME and LANG. */
  readonly env?: Readonly<Record<string, Value>>
  /** Default: the folder of the root config. */
  readonly cwd?: string
}

export type ServerConfig = HttpServerConfig | StdioServerConfig

export interface ListenConfig {
  /** Default: `'127.0.0.1'`. Another needs `hosts` and `tls` or
   * `behindProxy`. */
  readonly host?: string
  /** 0 lets the kernel choose. Default: 4600. */
  readonly port?: number
  /** Default: `'/mcp'`. */
  readonly path?: string
  /** Allowed Host values, without a port. Default: loopback names. */
  readonly hosts?: readonly string[]
  /** Allowed Origin values. Default: loopback origins on a loopback host. */
  readonly origins?: readonly string[]
  /** Not yet in force: put a proxy that speaks TLS in front. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** CIDR blocks of the proxies that speak TLS in front; X-Forwarded-For is
   * not read yet. */
  readonly behindProxy?: readonly string[]
}

export interface AuditConfig {
  /** Default: `'audit/gateway.jsonl'`. */
  readonly file?: string
  /** How a call's arguments are recorded. Default: `digest`, which is keyed. */
  readonly arguments?: ArgumentMode
  /** What happens to calls while no record can be written.
   * Default: `refuse`. */
  readonly onFailure?: 'refuse' | 'allow'
  /** Not yet in force. Group commits to the disk itself. Default: false. */
  readonly fsync?: boolean
  /** Not yet in force. Rotated files beyond either are deleted.
   * Default: `'90d'`, `'10GB'`. */
  readonly keep?: { readonly age?: Duration; readonly size?: Size }
  /** Not yet in force. A file is closed at either.
   * Default: `'256MiB'`, `'1d'`. */
  readonly rotate?: { readonly size?: Size; readonly every?: Duration }
  /** Not yet in force. Server → tool → JSON pointers of arguments kept or
   * masked. */
  readonly tools?: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly select?: readonly string[]
            readonly redact?: readonly string[]
          }
        >
      >
    >
  >
}

export interface CapsConfig {
  /** Bytes of one request. Default: `'4MiB'`. */
  readonly request?: Size
  /** Bytes of one upstream message. Default: `'16MiB'`. */
  readonly message?: Size
  /** Nesting of a JSON message. Default: 64. */
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
  /** Where operators look: health and status. */
  readonly admin?: {
    /** Default: `'127.0.0.1'`. */
    readonly host?: string
    /** Default: 4601. */
    readonly port?: number
    /** Default: derived from `key`. */
    readonly token?: { readonly secret: SecretRef }
  }
  /** File of the one secret from which all others are derived; created at
   * first serve. Default: `'gateway.key'`. */
  readonly key?: string
  /** The upstream MCP servers. */
  readonly servers: Readonly<Record<S, ServerConfig>>
  readonly roles?: Readonly<Record<R, RoleConfig<NoInfer<S>, NoInfer<R>>>>
  readonly teams?: Readonly<Record<T, TeamConfig<NoInfer<R>>>>
  readonly limits?: Readonly<
    Record<string, LimitConfig<NoInfer<S>, NoInfer<R>, NoInfer<T>>>
  >
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
  readonly audit?: AuditConfig
  readonly caps?: CapsConfig
  /** How long calls may go on when the gateway stops. Default: `'30s'`. */
  readonly drain?: Duration
  /** Not yet in force. Severity by code of a lint. */
  readonly lints?: Readonly<Record<`GW4${string}`, 'error' | 'warn' | 'off'>>
  /** Not yet in force. Default: none; nothing is loaded then. */
  readonly telemetry?: {
    readonly otlp: {
      readonly url: string
      readonly headers?: Readonly<Record<string, Value>>
    }
  }
}
