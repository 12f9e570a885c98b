// The upstream servers of a config, as an author writes them.
// In: nothing. Out: types alone; their JSDoc is the editor's hover text.
// INVARIANT: an editor shows the choices of a type that has no name of its own,
// so choices stand where they are made.

import type { Duration } from './policy.ts'
import type { ToolName } from './tools.ts'

interface SecretValue {
  /** The secret as it is. */
  readonly secret: `env:${string}` | `file:${string}`
  readonly bearer?: never
  readonly basic?: never
}

interface BearerValue {
  /** `Bearer` and the secret. */
  readonly bearer: `env:${string}` | `file:${string}`
  readonly secret?: never
  readonly basic?: never
}

interface BasicValue {
  /** HTTP basic authentication. */
  readonly basic: {
    readonly user: string
    readonly secret: `env:${string}` | `file:${string}`
  }
  readonly secret?: never
  readonly bearer?: never
}

/** A text, or one reference to a secret. */
export type ValueConfig = string | SecretValue | BearerValue | BasicValue

interface PartValue {
  /** The secret as it is. */
  readonly secret: `env:${string}` | `file:${string}`
  readonly join?: never
}

interface JoinValue {
  /** Texts and secrets, one after another. */
  readonly join: readonly (
    | string
    | { readonly secret: `env:${string}` | `file:${string}` }
  )[]
  readonly secret?: never
}

/** Upstream tool name → the tool part of its exposed name. */
export type RenameConfig<Name extends string = string> = {
  readonly [Tool in ToolName<Name>]?: string
}

interface ServerConfigBase<Name extends string> {
  /** What people and agents read in place of its name, which stays what it is
   * routed, granted and exposed by. Default: the name. */
  readonly title?: string
  /** Not started, not asked, listed to nobody; no secret of it is needed.
   * Default: `false`. */
  readonly disabled?: boolean
  /** Who shares an upstream session: `principal` one per token, `session` one
   * per client session, `shared` everyone. Default: `session` over HTTP,
   * `principal` over stdio. */
  readonly isolation?: 'principal' | 'session' | 'shared'
  /** What the server may ask of a client that can answer.
   * Default: `['elicitation', 'sampling']`, none under `shared`. */
  readonly requests?: readonly ('elicitation' | 'sampling' | 'roots')[]
  /** Put before every exposed name; `''` for none. Default: name and `__`. */
  readonly prefix?: string
  /** Upstream tool name → the tool part of its exposed name. */
  readonly rename?: RenameConfig<Name>
  /** What becomes of a tool whose schema or annotations differ from its lock.
   * Default: `withhold`. */
  readonly drift?: 'withhold' | 'warn'
  /** Calls in flight, of which one token has at most three quarters; a place
   * that is free goes to whoever waits and has the fewest. Default: 32. */
  readonly concurrency?: number
  /** Calls that wait for a place; one more is refused. One token has at most
   * three quarters. Default: 64. */
  readonly queue?: number
  /** Upstream sessions at a time, of which one token has at most three
   * quarters; to make room, whoever has the most loses one without a call.
   * Default: 64. */
  readonly maxSessions?: number
  /** A session without a call closes after this. Default: `'5m'`. */
  readonly idle?: Duration
  /** A call may take this long in all. Default: `'15m'`. */
  readonly timeout?: Duration
  /** A call may be silent this long: no byte, no progress. Default: `'5m'`. */
  readonly idleTimeout?: Duration
  /** A session may take this long to begin; twice as long after each start that
   * took longer, up to 10 minutes. Default: `'60s'`. */
  readonly startupTimeout?: Duration
  /** Stops calling a server that keeps failing a caller, or that nobody reaches.
   * Default: after 5 failures in a row, for `'30s'`; then one call tries. */
  readonly breaker?: { readonly failures?: number; readonly open?: Duration }
}

/** What `http({…})` takes. */
export interface HttpServerOptions<Name extends string = string>
  extends ServerConfigBase<Name> {
  /** A redirect is followed within its origin, once. */
  readonly url: string | JoinValue
  /** Sent with every request; credentials by `bearer`, `basic`, `secret`. */
  readonly headers?: Readonly<Record<string, ValueConfig>>
  readonly tls?: {
    /** A PEM file with the CAs to trust instead of the usual ones. */
    readonly ca: string
  }
}

/** An upstream over Streamable HTTP or HTTP+SSE; `http({…})` fills in `type`. */
export interface HttpServerConfig<Name extends string = string>
  extends HttpServerOptions<Name> {
  readonly type: 'http'
}

/** What `stdio({…})` takes. */
export interface StdioServerOptions<Name extends string = string>
  extends ServerConfigBase<Name> {
  /** A program on PATH; or, if it contains `/`, a path, which is taken from the
   * folder of the file that writes it. */
  readonly command: string
  /** Passed as written; a relative path in them is taken from `cwd`. A secret in
   * them can be seen by every user of the host: prefer `env`. */
  readonly args?: readonly (string | PartValue | JoinValue)[]
  /** The child gets exactly these plus PATH, HOME and LANG. */
  readonly env?: Readonly<Record<string, ValueConfig>>
  /** Where the program runs. Default: the folder of the root config. */
  readonly cwd?: string
  /** Whom it runs as, by name or number; the gateway must be root for it.
   * Default: the gateway's own user, whose files it can then read. */
  readonly user?: string | number
  /** In which group. Default: the user's own. */
  readonly group?: string | number
}

/** An upstream that the gateway starts; `stdio({…})` fills in `type`. */
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
