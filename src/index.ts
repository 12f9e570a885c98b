// What config authors import: `import { defineGateway, http } from 'portcullis'`.
// In: plain data. Out: the same data, with its `type` or its reference form.
// INVARIANT: nothing here computes; the same object could stand in a JSON file.

import type {
  GatewayConfig,
  HttpServerConfig,
  ServerConfig,
  StdioServerConfig,
} from './contract/config.ts'
import type { RoleConfig } from './contract/policy.ts'
import type { SecretRef } from './contract/table.ts'

export type {
  AuditConfig,
  CapsConfig,
  GatewayConfig,
  HttpServerConfig,
  ListenConfig,
  ServerConfig,
  StdioServerConfig,
} from './contract/config.ts'
export type {
  EntriesConfig,
  EntryConfig,
  ExpectationConfig,
  LimitConfig,
  RoleConfig,
  SelectorConfig,
  SelectorsConfig,
  TeamConfig,
  TokenConfig,
} from './contract/policy.ts'
export type { SecretRef, Value } from './contract/table.ts'
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
  servers: Readonly<Record<S, ServerConfig>>,
): Readonly<Record<S, ServerConfig>> {
  return servers
}

/** The `roles` over these servers, in a file of their own:
 * `rolesFor(servers)({ … })`. */
export function rolesFor<const S extends string>(
  _servers: Readonly<Record<S, ServerConfig>>,
) {
  return <const R extends string>(
    roles: Readonly<Record<R, RoleConfig<S, NoInfer<R>>>>,
  ): Readonly<Record<R, RoleConfig<S, R>>> => roles
}

/** An upstream over Streamable HTTP. */
export function http(server: Omit<HttpServerConfig, 'type'>): HttpServerConfig {
  return { type: 'http', ...server }
}

/** An upstream that the gateway starts. */
export function stdio(
  server: Omit<StdioServerConfig, 'type'>,
): StdioServerConfig {
  return { type: 'stdio', ...server }
}

/** A secret as it is: `secret('env:API_KEY')`. */
export function secret<const R extends SecretRef>(ref: R): { secret: R } {
  return { secret: ref }
}

/** `Bearer` and the secret: `bearer('env:GITHUB_TOKEN')`. */
export function bearer<const R extends SecretRef>(ref: R): { bearer: R } {
  return { bearer: ref }
}

/** HTTP basic authentication: `basic('ci', 'env:PASSWORD')`. */
export function basic<const R extends SecretRef>(
  user: string,
  ref: R,
): { basic: { user: string; secret: R } } {
  return { basic: { user, secret: ref } }
}
