// What config authors import: `import { defineGateway, http } from 'portcullis'`.
// In: plain data. Out: the same data, with its `type` or as a reference.
// INVARIANT: computes nothing; a JSON file could contain the same object.

import type { GatewayConfig } from './contract/config.ts'
import type {
  ExpectationConfig,
  LimitConfig,
  RoleConfig,
  TeamConfig,
} from './contract/policy.ts'
import type { ProgramConfig } from './contract/program.ts'
import type {
  HttpServerConfig,
  HttpServerOptions,
  ServersConfig,
  StdioServerConfig,
  StdioServerOptions,
} from './contract/servers.ts'
import type {
  ClientCredentialsConfig,
  ClientCredentialsOptions,
  OAuthConfig,
  OAuthOptions,
} from './contract/sign-in.ts'

export type {
  AuditConfig,
  CapsConfig,
  GatewayConfig,
  ListenConfig,
  ToolAuditConfig,
} from './contract/config.ts'
export type {
  ConstraintConfig,
  EntriesConfig,
  EntryConfig,
  SelectorConfig,
  SelectorsConfig,
  WhenConfig,
} from './contract/entries.ts'
export type { ProxyConfig, ServerTlsConfig } from './contract/outward.ts'
export type {
  AudienceConfig,
  ExpectationConfig,
  LimitConfig,
  RoleConfig,
  TeamConfig,
  TokenConfig,
} from './contract/policy.ts'
export type {
  ProgramConfig,
  SecretConfig as SecretRef,
} from './contract/program.ts'
export type {
  HttpServerConfig,
  HttpServerOptions,
  RenameConfig,
  ServerConfig,
  ServersConfig,
  StdioServerConfig,
  StdioServerOptions,
  ValueConfig,
} from './contract/servers.ts'
export type {
  ClientCredentialsConfig,
  ClientCredentialsOptions,
  OAuthConfig,
  OAuthOptions,
} from './contract/sign-in.ts'
export type { GatewayTools } from './contract/tools.ts'

/** A whole gateway; its default export is what `gateway` reads. */
export function defineGateway<
  const S extends string,
  const R extends string = never,
  const T extends string = never,
>(config: GatewayConfig<S, R, T>): GatewayConfig<S, R, T> {
  return config
}

/** The `servers` of a gateway, in a file of their own. */
export function defineServers<const S extends string>(
  servers: ServersConfig<S>,
): ServersConfig<S> {
  return servers
}

/** Roles over these servers, in a file of their own:
 * `rolesFor(servers)({ … })`, or `rolesFor(servers, shared)({ … })` when they
 * extend roles of another file. */
export function rolesFor<
  const S extends string,
  const Shared extends string = never,
>(_servers: ServersConfig<S>, _shared?: Readonly<Record<Shared, RoleConfig>>) {
  return <const R extends string>(
    roles: Readonly<Record<R, RoleConfig<S, NoInfer<R> | Shared>>>,
  ): Readonly<Record<R, RoleConfig<S, R | Shared>>> => roles
}

/** Teams that hold these roles, in a file of their own:
 * `teamsFor(roles)({ … })`. */
export function teamsFor<const R extends string>(
  _roles: Readonly<Record<R, RoleConfig>>,
) {
  return <const T extends string>(
    teams: Readonly<Record<T, TeamConfig<R>>>,
  ): Readonly<Record<T, TeamConfig<R>>> => teams
}

/** Where a fragment's names come from. */
interface Sections<S extends string, R extends string, T extends string> {
  readonly servers: ServersConfig<S>
  readonly roles?: Readonly<Record<R, RoleConfig>>
  readonly teams?: Readonly<Record<T, TeamConfig>>
}

/** Limits, in a file of their own:
 * `limitsFor({ servers, roles, teams })({ … })`. */
export function limitsFor<
  const S extends string,
  const R extends string = never,
  const T extends string = never,
>(_sections: Sections<S, R, T>) {
  return <const L extends string>(
    limits: Readonly<Record<L, LimitConfig<S, R, T>>>,
  ): Readonly<Record<L, LimitConfig<S, R, T>>> => limits
}

/** Expectations, in a file of their own:
 * `testsFor({ servers, roles, teams })({ … })`. */
export function testsFor<
  const S extends string,
  const R extends string = never,
  const T extends string = never,
>(_sections: Sections<S, R, T>) {
  return <const E extends string>(
    tests: Readonly<Record<E, ExpectationConfig<S, R, T>>>,
  ): Readonly<Record<E, ExpectationConfig<S, R, T>>> => tests
}

/** An upstream over Streamable HTTP or HTTP+SSE. */
export function http<Name extends string>(
  server: HttpServerOptions<Name>,
): HttpServerConfig<Name> {
  return { type: 'http', ...server }
}

/** An upstream that the gateway starts. */
export function stdio<Name extends string>(
  server: StdioServerOptions<Name>,
): StdioServerConfig<Name> {
  return { type: 'stdio', ...server }
}

/** The secret without any change: `secret('env:API_KEY')`, or of a program that
 * prints it: `secret({ exec: ['op', 'read', 'op://vault/item/field'] })`. */
export function secret<
  const R extends `env:${string}` | `file:${string}` | ProgramConfig,
>(ref: R): { secret: R } {
  return { secret: ref }
}

/** Texts and secrets, joined in this order, for an argument or a URL:
 * `join('--token=', secret('env:API_KEY'))`. */
export function join<
  const P extends readonly (
    | string
    | { readonly secret: `env:${string}` | `file:${string}` | ProgramConfig }
  )[],
>(...parts: P): { join: P } {
  return { join: parts }
}

/** `Bearer` followed by the secret: `bearer('env:GITHUB_TOKEN')`. */
export function bearer<
  const R extends `env:${string}` | `file:${string}` | ProgramConfig,
>(ref: R): { bearer: R } {
  return { bearer: ref }
}

/** HTTP basic authentication: `basic('ci', 'env:PASSWORD')`. */
export function basic<
  const R extends `env:${string}` | `file:${string}` | ProgramConfig,
>(user: string, ref: R): { basic: { user: string; secret: R } } {
  return { basic: { user, secret: ref } }
}

/** A secret behind the name of another authentication scheme, as some servers
 * want it: `scheme('Sentry-Bearer', 'env:SENTRY_TOKEN')`. */
export function scheme<
  const R extends `env:${string}` | `file:${string}` | ProgramConfig,
>(name: string, ref: R): { scheme: { name: string; secret: R } } {
  return { scheme: { name, secret: ref } }
}

/** Somebody signs in to the server in a browser: each person with an account of
 * their own, `auth: oauth({ as: 'person' })`, or an operator once for all,
 * `auth: oauth({ as: 'gateway' })`. */
export function oauth(auth: OAuthOptions): OAuthConfig {
  return { type: 'oauth', ...auth }
}

/** The gateway gets access tokens of an authorization server as itself:
 * `auth: clientCredentials({ client: { id: 'gw', secret: secret('env:X') } })`. */
export function clientCredentials(
  auth: ClientCredentialsOptions,
): ClientCredentialsConfig {
  return { type: 'clientCredentials', ...auth }
}
