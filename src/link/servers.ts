// Upstream servers with every default filled in.
// In: authored servers. Out: servers as the runtime reads them.
// INVARIANT: no secret, only references; paths relative to the root config.

import { DEFAULTS } from '../contract/defaults.ts'
import type { ServerConfig, ValueConfig } from '../contract/servers.ts'
import type { Server } from '../contract/table.ts'
import { joinPath } from '../diagnostics/paths.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import type { LinkContext } from './context.ts'
import { linkServerOutward } from './outward.ts'
import { relocateCommand, relocateValue, relocateWritten } from './paths.ts'
import { linkSignIn } from './sign-in.ts'
import { toMilliseconds } from './units.ts'

export function linkServers(
  context: LinkContext,
): Readonly<Record<string, Server>> {
  const { servers } = context.checked.gateway
  return Object.fromEntries(
    Object.entries(servers).map(([name, server]) => [
      name,
      linkServer(context, name, server),
    ]),
  )
}

function linkServer(
  context: LinkContext,
  name: string,
  server: ServerConfig,
): Server {
  const { folderOf } = context
  const at = (...keys: readonly string[]) =>
    folderOf(joinPointer('/servers', name, ...keys))
  const values = (
    key: string,
    section: Readonly<Record<string, ValueConfig>>,
    toKey = (key: string) => key,
  ) =>
    Object.fromEntries(
      Object.entries(section).map(([inner, value]) => [
        toKey(inner),
        relocateValue(value, at(key, inner)),
      ]),
    )
  if (server.type === 'http') {
    const { type, url, headers = DEFAULTS.http.headers, auth } = server
    return {
      type,
      url: relocateWritten(url, at('url')),
      // Header names are case-insensitive: one spelling for one header.
      headers: values('headers', headers, (header) => header.toLowerCase()),
      auth: auth
        ? linkSignIn(auth, (member) => at('auth', 'client', member, 'secret'))
        : null,
      ...linkServerOutward(context, name),
      ...linkBase(name, server),
    }
  }
  const { type, command, args = DEFAULTS.stdio.args, cwd } = server
  const { user = null, group = null } = server
  return {
    type,
    command: relocateCommand(command, at('command')),
    args: args.map((arg, index) =>
      relocateWritten(arg, at('args', String(index))),
    ),
    env: values('env', server.env ?? DEFAULTS.stdio.env),
    cwd: cwd === undefined ? '' : joinPath(at('cwd'), cwd),
    user,
    group,
    ...linkBase(name, server),
  }
}

function linkBase(name: string, server: ServerConfig) {
  const base = DEFAULTS.server
  const isolation = server.isolation ?? DEFAULTS[server.type].isolation
  // A shared session has no client to which a request could go.
  const requests = isolation === 'shared' ? [] : base.requests
  return {
    title: server.title ?? name,
    disabled: server.disabled ?? base.disabled,
    isolation,
    requests: [...new Set(server.requests ?? requests)].sort(),
    prefix: server.prefix ?? `${name}__`,
    rename: server.rename ?? base.rename,
    drift: server.drift ?? base.drift,
    concurrency: server.concurrency ?? base.concurrency,
    queue: server.queue ?? base.queue,
    maxSessions: server.maxSessions ?? base.maxSessions,
    idle: toMilliseconds(server.idle ?? base.idle),
    timeout: toMilliseconds(server.timeout ?? base.timeout),
    idleTimeout: toMilliseconds(server.idleTimeout ?? base.idleTimeout),
    startupTimeout: toMilliseconds(
      server.startupTimeout ?? base.startupTimeout,
    ),
    breaker: {
      failures: server.breaker?.failures ?? base.breaker.failures,
      open: toMilliseconds(server.breaker?.open ?? base.breaker.open),
    },
  }
}
