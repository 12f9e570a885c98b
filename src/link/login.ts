// The company's login, with every default filled in.
// In: a checked config. Out: the same as the runtime reads it; null: none.
// INVARIANT: groups keep the order of the config, because the first decides; a
// group of an undeclared team gives nothing.

import { DEFAULTS } from '../contract/defaults.ts'
import type {
  Login,
  LoginClientConfig,
  LoginConfig,
  LoginServer,
  LoginServerConfig,
} from '../contract/login.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import type { LinkContext } from './context.ts'
import { resolveName } from './names.ts'
import { linkClient } from './sign-in.ts'
import { toMilliseconds } from './units.ts'

export function linkLogin(context: LinkContext): Login | null {
  const { login } = context.checked.gateway
  if (!login) return null
  const { audience, introspection, server } = login
  const usual = DEFAULTS.login
  return {
    issuer: login.issuer,
    path: login.path ?? usual.path,
    subject: login.subject ?? usual.subject,
    teams: { claim: login.teams.claim, map: linkGroups(context, login) },
    clients: login.clients ? sortUnique(login.clients) : null,
    audience: audience === undefined ? null : sortUnique([audience].flat()),
    scopes: sortUnique(login.scopes ?? usual.scopes),
    algorithms: sortUnique(login.algorithms ?? usual.algorithms),
    jwks: login.jwks ?? null,
    introspection: introspection
      ? {
          endpoint: introspection.endpoint ?? null,
          client: refer(
            context,
            introspection.client,
            '/login/introspection/client',
          ),
        }
      : null,
    maxAge: toMilliseconds(login.maxAge ?? usual.maxAge),
    server: server ? linkServer(context, server) : null,
  }
}

function linkGroups(
  context: LinkContext,
  { teams }: LoginConfig,
): Login['teams']['map'] {
  return Object.entries(teams.map).flatMap(([group, team]) => {
    const rule = joinPointer('/login/teams/map', group)
    return resolveName(context, 'team', team, rule)
      ? [{ group, team, rule }]
      : []
  })
}

function linkServer(
  context: LinkContext,
  server: LoginServerConfig,
): LoginServer {
  const usual = DEFAULTS.login.server
  return {
    client: refer(context, server.client, '/login/server/client'),
    scopes: sortUnique(server.scopes ?? usual.scopes),
    parameters: server.parameters ?? {},
    redirects: server.redirects ? sortUnique(server.redirects) : null,
    registration: server.registration ?? usual.registration,
    accessToken: toMilliseconds(server.accessToken ?? usual.accessToken),
    refreshToken: toMilliseconds(server.refreshToken ?? usual.refreshToken),
  }
}

function refer(
  { folderOf }: LinkContext,
  client: LoginClientConfig,
  at: string,
): LoginServer['client'] {
  return linkClient(client, (member) =>
    folderOf(joinPointer(at, member, 'secret')),
  )
}

/** Lists whose order has no meaning; holes are of faulty ones. */
function sortUnique(list: readonly string[]): readonly string[] {
  return [...new Set(list.filter(() => true))].sort()
}
