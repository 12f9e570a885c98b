// The upstream servers of a config, as an author writes them.
// In: nothing. Out: only types; editors show their JSDoc on hover.
// INVARIANT: an editor shows the choices only of a type without a name, so
// choices are written where they are used.

import type { ProxyConfig, ServerTlsConfig } from './outward.ts'
import type { Duration } from './policy.ts'
import type { ProgramConfig } from './program.ts'
import type { SignInConfig } from './sign-in.ts'
import type { ToolName } from './tools.ts'

interface SecretValue {
  /** The secret without any change. */
  readonly secret: `env:${string}` | `file:${string}` | ProgramConfig
  readonly bearer?: never
  readonly basic?: never
  readonly scheme?: never
}

interface BearerValue {
  /** `Bearer` followed by the secret. */
  readonly bearer: `env:${string}` | `file:${string}` | ProgramConfig
  readonly secret?: never
  readonly basic?: never
  readonly scheme?: never
}

interface BasicValue {
  /** HTTP basic authentication. */
  readonly basic: {
    readonly user: string
    readonly secret: `env:${string}` | `file:${string}` | ProgramConfig
  }
  readonly secret?: never
  readonly bearer?: never
  readonly scheme?: never
}

interface SchemeValue {
  /** The name of another authentication scheme, followed by the secret. */
  readonly scheme: {
    readonly name: string
    readonly secret: `env:${string}` | `file:${string}` | ProgramConfig
  }
  readonly secret?: never
  readonly bearer?: never
  readonly basic?: never
}

/** A text, or one reference to a secret. */
export type ValueConfig =
  | string
  | SecretValue
  | BearerValue
  | BasicValue
  | SchemeValue

interface PartValue {
  /** The secret without any change. */
  readonly secret: `env:${string}` | `file:${string}` | ProgramConfig
  readonly join?: never
}

interface JoinValue {
  /** Texts and secrets, joined in this order. */
  readonly join: readonly (
    | string
    | { readonly secret: `env:${string}` | `file:${string}` | ProgramConfig }
  )[]
  readonly secret?: never
}

/** Upstream tool name → the tool part of its exposed name. */
export type RenameConfig<Name extends string = string> = {
  readonly [Tool in ToolName<Name>]?: string
}

interface ServerConfigBase<Name extends string> {
  /** The name that people and agents see. Routing, roles and exposed names use
   * the server's key. Default: the key. */
  readonly title?: string
  /** The server is not started, not contacted and listed to nobody; its secrets
   * are not needed. Default: `false`. */
  readonly disabled?: boolean
  /** Who shares an upstream session: `principal` one for each token, `session`
   * one for each client session, `shared` one for all. Default: `session` over
   * HTTP, `principal` over stdio. */
  readonly isolation?: 'principal' | 'session' | 'shared'
  /** Requests that the server may send to a client that can answer them.
   * Default: `['elicitation', 'sampling']`, none under `shared`. */
  readonly requests?: readonly ('elicitation' | 'sampling' | 'roots')[]
  /** Prefix of every exposed name; `''` for none. Default: name and `__`. */
  readonly prefix?: string
  /** Upstream tool name → the tool part of its exposed name. */
  readonly rename?: RenameConfig<Name>
  /** What happens to a tool whose schema or annotations differ from the lock.
   * Default: `withhold`. */
  readonly drift?: 'withhold' | 'warn'
  /** Calls that run at the same time, at most three quarters of one token; a
   * free place goes to the waiting token that has the fewest. Default: 32. */
  readonly concurrency?: number
  /** Calls that wait for a place; further calls are refused. One token has at
   * most three quarters of the places. Default: 64. */
  readonly queue?: number
  /** Upstream sessions at the same time. One token has at most three quarters
   * of them; to make room, the token with the most loses a session without a
   * call. Default: 64. */
  readonly maxSessions?: number
  /** A session without a call closes after this time. Default: `'5m'`. */
  readonly idle?: Duration
  /** Longest time of a whole call. Default: `'15m'`. */
  readonly timeout?: Duration
  /** Longest time of a call without a byte or progress. Default: `'5m'`. */
  readonly idleTimeout?: Duration
  /** Longest time for the start of a session; it doubles, up to 10 minutes,
   * after each start that took longer. Default: `'60s'`. */
  readonly startupTimeout?: Duration
  /** Stops calls to a server that keeps failing or cannot be reached. Default:
   * after 5 failures in a row, for `'30s'`; then one call tries. */
  readonly breaker?: { readonly failures?: number; readonly open?: Duration }
}

/** The argument of `http({…})`. */
export interface HttpServerOptions<Name extends string = string>
  extends ServerConfigBase<Name> {
  /** One redirect is followed, if it stays within the origin. */
  readonly url: string | JoinValue
  /** Sent with every request; credentials use `bearer`, `basic`, `scheme`,
   * `secret`. */
  readonly headers?: Readonly<Record<string, ValueConfig>>
  /** How the gateway signs in, if the server wants tokens of an authorization
   * server: `oauth({…})` or `clientCredentials({…})`. Default: it sends only
   * `headers`. */
  readonly auth?: SignInConfig
  /** Whom to trust, and with which certificate to come. The files are read
   * again for each new connection. */
  readonly tls?: ServerTlsConfig
  /** The proxy to this server: `'env'` as HTTPS_PROXY, HTTP_PROXY and NO_PROXY
   * say, `false` for none. Default: the `proxy` of the whole config. */
  readonly proxy?: false | 'env' | ProxyConfig
}

/** An upstream over Streamable HTTP or HTTP+SSE; `http({…})` adds `type`. */
export interface HttpServerConfig<Name extends string = string>
  extends HttpServerOptions<Name> {
  readonly type: 'http'
}

/** The argument of `stdio({…})`. */
export interface StdioServerOptions<Name extends string = string>
  extends ServerConfigBase<Name> {
  /** A program: looked for in `node_modules/.bin` beside the config, then in
   * PATH. If it contains `/`, it is a path relative to the folder of the file in
   * which it is written. If `env` sets PATH, only that PATH is searched. */
  readonly command: string
  /** Passed as written; a relative path in them is relative to `cwd`. Every
   * user of the host can see a secret in an argument: prefer `env`. */
  readonly args?: readonly (string | PartValue | JoinValue)[]
  /** The child gets exactly these variables, PATH, HOME and LANG. */
  readonly env?: Readonly<Record<string, ValueConfig>>
  /** Working folder of the program. Default: the folder of the root config. */
  readonly cwd?: string
  /** User of the program, by name or number; the gateway must be root for it.
   * Default: the gateway's own user, whose files it can then read. */
  readonly user?: string | number
  /** Group of the program. Default: the user's own group. */
  readonly group?: string | number
}

/** An upstream that the gateway starts; `stdio({…})` adds `type`. */
export interface StdioServerConfig<Name extends string = string>
  extends StdioServerOptions<Name> {
  readonly type: 'stdio'
}

export type ServerConfig<Name extends string = string> =
  | HttpServerConfig<Name>
  | StdioServerConfig<Name>

/** The upstream MCP servers, by name. */
export type ServersConfig<S extends string = string> = {
  readonly [Name in S]: ServerConfig<Name>
}
