// The config as an author writes it.
// In: nothing. Out: only types; editors show their JSDoc on hover.
// INVARIANT: only names are inferred and every reference to one is NoInfer: so
// a typo is an error at the reference, and excess properties are errors.

import type { LintCode, LintLevel } from './lints.ts'
import type { LoginConfig } from './login.ts'
import type { ProxyConfig } from './outward.ts'
import type {
  Duration,
  ExpectationConfig,
  LimitConfig,
  RoleConfig,
  Size,
  TeamConfig,
  TokenConfig,
} from './policy.ts'
import type { ProgramConfig } from './program.ts'
import type { ServersConfig, ValueConfig } from './servers.ts'
import type { ToolName } from './tools.ts'

export interface ListenConfig {
  /** Address to listen on. Another address needs `publicUrl`, and `tls` or
   * `behindProxy`. Default: `'127.0.0.1'`. */
  readonly host?: string
  /** With 0 the system chooses a free port. Default: 4600. */
  readonly port?: number
  /** Default: `'/mcp'`. */
  readonly path?: string
  /** Allowed Host values, in addition to that of `publicUrl`; a value with a
   * port applies only to that port. Default: loopback names only. */
  readonly hosts?: readonly string[]
  /** Allowed Origin values. Default: loopback origins on a loopback host. */
  readonly origins?: readonly string[]
  /** The origin at which people reach the listener, with https, or with http
   * on this host: all addresses that the gateway shows or registers begin with
   * it, and its host is allowed. Default: the listener's own address. */
  readonly publicUrl?: string
  /** The listener speaks TLS, and nothing else. */
  readonly tls?: ListenTlsConfig
  /** CIDR blocks of the proxies in front that terminate TLS. Only in requests of
   * these peers do X-Forwarded-For and Forwarded name the client's address. */
  readonly behindProxy?: readonly string[]
}

/** Files in PEM form. A new certificate is served as soon as its files are
 * there: no restart is needed. */
export interface ListenTlsConfig {
  /** The certificate, then the certificates between it and its root. */
  readonly cert: string
  /** The private key of the certificate, not encrypted. */
  readonly key: string
  /** The authorities whose client certificates are accepted. With it, a
   * client without such a certificate cannot connect. */
  readonly clientCa?: string
}

export interface AuditConfig<S extends string = string> {
  /** Default: `audit/gateway.jsonl` in `state`. */
  readonly file?: string
  /** How a call's arguments are recorded. Default: `digest`, with a key. */
  readonly arguments?: 'none' | 'keys' | 'digest' | 'values'
  /** What happens to calls while no record can be written.
   * Default: `refuse`. */
  readonly onFailure?: 'refuse' | 'allow'
  /** Answers wait until their records are on the disk. Default: false. */
  readonly fsync?: boolean
  /** Rotated files beyond one of these bounds are deleted, oldest first.
   * Default: `'90d'`, `'10GB'`. */
  readonly keep?: { readonly age?: Duration; readonly size?: Size }
  /** A new file begins at one of these bounds; days are UTC days. Default:
   * `'256MiB'`, `'1d'`. */
  readonly rotate?: { readonly size?: Size; readonly every?: Duration }
  /** Server → tool → JSON pointers of arguments that are kept or masked. */
  readonly tools?: {
    readonly [Name in S]?: {
      readonly [Tool in ToolName<Name>]?: ToolAuditConfig
    }
  }
}

/** JSON pointers into a tool's arguments. */
export interface ToolAuditConfig {
  /** Only these arguments are recorded. */
  readonly select?: readonly string[]
  /** These arguments are masked. */
  readonly redact?: readonly string[]
}

export interface CapsConfig {
  /** Bytes of one request. Default: `'4MiB'`. */
  readonly request?: Size
  /** Bytes of one upstream message. Default: `'16MiB'`. */
  readonly message?: Size
  /** Nesting depth of a JSON message, at most 512. Default: 64. */
  readonly depth?: number
  /** Open streams of one token. Default: 32. */
  readonly streams?: number
  /** All open connections. Default: 10000. */
  readonly connections?: number
}

/** A whole gateway: `export default defineGateway({…})`. */
export interface GatewayConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> {
  /** Path of the schema for editors, in JSON and TOML files. */
  readonly $schema?: string
  /** The listener for clients. */
  readonly listen?: ListenConfig
  /** The listener for operators: health, status and metrics. */
  readonly admin?: {
    /** Default: `'127.0.0.1'`. */
    readonly host?: string
    /** Default: 4601. */
    readonly port?: number
    /** Reference to the admin token. Default: derived from `key`. */
    readonly token?: {
      readonly secret: `env:${string}` | `file:${string}` | ProgramConfig
    }
  }
  /** Folder of what the gateway writes: the key, the audit, grants and
   * revocations; each has a key that moves it alone. The first start creates
   * it. Default: the folder of the root config. */
  readonly state?: string
  /** File of the secret from which the gateway derives all its other secrets;
   * the first start creates it. Default: `gateway.key` in `state`. */
  readonly key?: string
  /** File of the revocations that are made on this host. Default:
   * `gateway.revoked` in `state`. */
  readonly revoked?: string
  /** What authorization servers have granted to people who have signed in to
   * servers, and to the gateway. */
  readonly grants?: {
    /** Folder of the sealed files. Default: `grants` in `state`; without
     * `state`, beside the key file. */
    readonly folder?: string
  }
  /** The proxy to all servers, their authorization servers and the collector:
   * `'env'` as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. Default: none, and
   * these variables are not read. */
  readonly proxy?: false | 'env' | ProxyConfig
  /** Whom to trust wherever the gateway connects to. */
  readonly tls?: {
    /** A PEM file with CAs to trust beside the usual ones; a server with
     * `tls.ca` does not use it. */
    readonly caAppend?: string
  }
  /** The upstream MCP servers. */
  readonly servers: ServersConfig<S>
  /** What the holders of each role may do; without entries, nothing. */
  readonly roles?: Readonly<Record<R, RoleConfig<NoInfer<S>, NoInfer<R>>>>
  /** Groups of people with their roles; a token is issued for a team. */
  readonly teams?: Readonly<Record<T, TeamConfig<NoInfer<R>>>>
  /** How often, by name; a counter of the same name survives a reload. */
  readonly limits?: Readonly<
    Record<string, LimitConfig<NoInfer<S>, NoInfer<R>, NoInfer<T>>>
  >
  /** Where token records are stored, and how long a token may be valid. */
  readonly tokens?: {
    /** File that `gateway token` writes. Default: `'gateway.tokens.toml'`. */
    readonly file?: string
    /** The longest time for which a token may be valid. Default: `'90d'`. */
    readonly maxAge?: Duration
    /** Records by id, 12 characters of `a-z` and `0-9`. */
    readonly grants?: Readonly<
      Record<string, TokenConfig<NoInfer<S>, NoInfer<R>, NoInfer<T>>>
    >
  }
  /** The company's login, beside tokens, on a path of its own. Default: none. */
  readonly login?: LoginConfig<NoInfer<T>>
  /** What must be allowed or refused; each entry is tested on its own. */
  readonly tests?: Readonly<
    Record<string, ExpectationConfig<NoInfer<S>, NoInfer<R>, NoInfer<T>>>
  >
  /** What is recorded of every call, and in which file. */
  readonly audit?: AuditConfig<NoInfer<S>>
  /** Bounds on sizes and on what may be open at the same time. */
  readonly caps?: CapsConfig
  /** How long calls may continue when the gateway stops. Default: `'30s'`. */
  readonly drain?: Duration
  /** Severity of a lint by its code, such as `GW4001`. Default: `warn`. */
  readonly lints?: Readonly<Partial<Record<LintCode, LintLevel>>>
  /** Traces, sent over OTLP/HTTP. Default: none; nothing is loaded then. */
  readonly telemetry?: {
    readonly otlp: {
      /** A URL without a path gets `/v1/traces`. */
      readonly url: string
      /** Sent with every export; secrets are read again for each. */
      readonly headers?: Readonly<Record<string, ValueConfig>>
    }
  }
}
