// Applies the lists of a caller's own sessions with servers, where they differ
// from the catalog of the server.
// INVARIANT: the same decide() applies; no other caller sees these lists.

import type { TokenRecord } from '../../contract/table.ts'
import type { Routing } from '../catalog/routing.ts'
import type { Changeable, Principal } from '../catalog/view.ts'
import type { Exchange } from '../request.ts'
import { nameKey } from '../upstream/caller.ts'
import type { Catalog } from '../upstream/catalog.ts'
import { makePrincipal } from './authenticate.ts'
import type { StageContext } from './context.ts'

export type Asker = Pick<Exchange, 'session' | 'message'>

/** The caller with the routing of its own sessions, if they differ. */
export function applyOwnLists<
  Caller extends Pick<Exchange, 'routing' | 'principal'>,
>(runtime: StageContext, caller: Caller, asker: Asker): Caller {
  const { routing, principal } = caller
  const own = routeOwn(runtime, routing, principal, asker)
  if (own === routing) return caller
  const { token } = principal
  return { ...caller, routing: own, principal: makePrincipal(own, token) }
}

/** Returns the lists of a token that differ from `shown`, and updates it. */
export function takeChangedLists(
  runtime: StageContext,
  token: TokenRecord,
  asker: Asker,
  shown: Record<Changeable, string>,
  lists: readonly Changeable[],
): readonly Changeable[] {
  const { routing } = runtime
  const caller = { routing, principal: makePrincipal(routing, token) }
  const { fingerprints } = applyOwnLists(runtime, caller, asker).principal.view
  const changed = lists.filter((list) => shown[list] !== fingerprints[list])
  for (const list of changed) shown[list] = fingerprints[list]
  return changed
}

function routeOwn(
  { upstreams }: StageContext,
  routing: Routing,
  { token }: Principal,
  asker: Asker,
): Routing {
  const differing = upstreams.listWithOwnLists()
  if (differing.length === 0) return routing
  const own = new Map<string, Catalog>()
  for (const { name, server, own: lists } of differing) {
    const key = nameKey(asker, token.id, server)
    const catalog = lists.get(key)
    if (catalog) own.set(name, catalog)
  }
  return own.size === 0 ? routing : routing.withOwn(own)
}
