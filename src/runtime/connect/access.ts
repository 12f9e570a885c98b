// Which servers a person may connect to.
// In: a routing, a token. Out: servers that want a sign-in in a browser.
// INVARIANT: the lists of clients decide; a server that is not listed to the
// person does not exist for them.

import type {
  Grants,
  OAuth,
  RoutingTable,
  Server,
  TokenRecord,
} from '../../contract/table.ts'
import type { Grantee } from '../../table/decide.ts'
import type { Routing } from '../catalog/routing.ts'
import { makePrincipal } from '../stages/authenticate.ts'

export interface Usable {
  readonly name: string
  readonly title: string
  /** Its host, as the config names it. */
  readonly host: string
  readonly as: OAuth['as']
  readonly via: OAuth['via']
  /** Undefined: its tools are not known before somebody has signed in. */
  readonly tools: number | undefined
}

/** How the server is signed in to in a browser; undefined: not so. */
export function findSignIn(server: Server | undefined): OAuth | undefined {
  if (server?.type !== 'http' || server.disabled) return undefined
  return server.auth?.type === 'oauth' ? server.auth : undefined
}

export function hasSignIns({ servers }: RoutingTable): boolean {
  return Object.values(servers).some((one) => findSignIn(one) !== undefined)
}

/** By name. */
export function listUsable(
  routing: Routing,
  token: TokenRecord,
): readonly Usable[] {
  const { grantee, view } = makePrincipal(routing, token)
  const counts = new Map<string, number>()
  for (const { target } of view.tools.values()) {
    counts.set(target.server, (counts.get(target.server) ?? 0) + 1)
  }
  const usable: Usable[] = []
  for (const [name, server] of Object.entries(routing.table.servers)) {
    const auth = findSignIn(server)
    if (!auth) continue
    const isUnlisted = routing.unlisted.includes(name)
    const may = isUnlisted
      ? isNamed(routing.table, grantee, name)
      : view.servers.has(name)
    if (!may) continue
    usable.push({
      name,
      title: server.title,
      host: readHost(server),
      as: auth.as,
      via: auth.via,
      tools: isUnlisted ? undefined : (counts.get(name) ?? 0),
    })
  }
  return usable.sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function findUsable(
  routing: Routing,
  token: TokenRecord,
  name: string,
): Usable | undefined {
  return listUsable(routing, token).find((one) => one.name === name)
}

/** Whether entries may allow something of a server whose lists nobody has seen:
 * somebody must sign in first, or it is not up. */
export function isNamed(
  { roles }: RoutingTable,
  { roles: own, tools }: Grantee,
  name: string,
): boolean {
  const allowed = own.some((role) => has(roles[role]?.allow ?? {}, name))
  return allowed && (tools === null || has(tools, name))
}

function has(grants: Grants, name: string): boolean {
  return Object.hasOwn(grants, name)
}

/** The scheme and the host of an address are literal; the rest may be secret. */
function readHost(server: Server): string {
  if (server.type !== 'http') return ''
  const { url } = server
  const parts = typeof url === 'object' && 'join' in url ? url.join : [url]
  const [first] = parts
  const [, host = ''] =
    typeof first === 'string'
      ? (/^https?:\/\/(?:[^/?#@]*@)?([^/?#@]+)/.exec(first) ?? [])
      : []
  return host
}
