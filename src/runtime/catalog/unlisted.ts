// What a caller may use of a server without lists: disabled, or down since the
// start and not locked.
// INVARIANT: a caller whom decide() does not allow it gets the same answer as
// for an unknown name.

import type { Kind } from '../../contract/table.ts'
import type { Grantee } from '../../table/decide.ts'
import { exposeName } from '../../table/names.ts'
import type { Routing } from './routing.ts'
import { expose } from './targets.ts'
import { makeRoute, type Route } from './view.ts'

export function findAbsent(
  routing: Routing,
  grantee: Grantee,
  kind: Kind,
  exposed: string,
): Route | undefined {
  for (const server of routing.unlisted) {
    for (const name of listCandidates(
      routing,
      grantee,
      server,
      kind,
      exposed,
    )) {
      const route = makeRoute(routing, grantee, kind, { server, name, exposed })
      if (route) return route
    }
  }
  return undefined
}

/** Upstream names that could have this exposed name. */
function listCandidates(
  { table }: Routing,
  { roles }: Grantee,
  server: string,
  kind: Kind,
  exposed: string,
): readonly string[] {
  const settings = table.servers[server]
  if (!settings) return []
  if (kind === 'resource') return [exposed]
  const list = kind === 'tool' ? 'tools' : 'prompts'
  const locked = Object.hasOwn(table.lock, server) && table.lock[server]
  if (locked) {
    const names = Object.keys(locked[list])
    return names.filter((name) => expose(settings, list, name) === exposed)
  }
  const literals = roles.flatMap((role) =>
    (table.roles[role]?.allow[server]?.entries ?? []).flatMap((entry) =>
      kind === 'tool' && 'tool' in entry
        ? [entry.tool]
        : kind === 'prompt' && 'prompt' in entry
          ? [entry.prompt]
          : [],
    ),
  )
  const prefix = exposeName(settings, '')
  const rest = exposed.startsWith(prefix) ? [exposed.slice(prefix.length)] : []
  const renamed = list === 'tools' ? Object.keys(settings.rename) : []
  return [...rest, ...literals, ...renamed].filter(
    (name) => name !== '' && expose(settings, list, name) === exposed,
  )
}
