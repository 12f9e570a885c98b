// What a caller may use of a server that lists nothing: it is disabled, or down
// since the start and not locked.
// In: a name or URI that no list holds. Out: where it would lead.
// INVARIANT: to all whom decide() would not allow it, it does not exist.

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
    for (const name of guessNames(routing, grantee, server, kind, exposed)) {
      const route = makeRoute(routing, grantee, kind, { server, name, exposed })
      if (route) return route
    }
  }
  return undefined
}

/** Upstream names that would be exposed so. */
function guessNames(
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
