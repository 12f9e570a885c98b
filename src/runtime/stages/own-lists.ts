// What a caller is offered whose own session with a server lists something
// else than the server's catalogue does.
// In: an exchange, or a client session. Out: the routing that it goes by.
// INVARIANT: judged by the same decide(); nobody else sees those lists.

import type { Routing } from '../catalog/routing.ts'
import type { Principal } from '../catalog/view.ts'
import type { Exchange } from '../request.ts'
import { nameKey } from '../upstream/caller.ts'
import type { Catalogue } from '../upstream/catalog.ts'
import { makePrincipal } from './authenticate.ts'
import type { StageContext } from './context.ts'

export type Asker = Pick<Exchange, 'session' | 'message'>

/** The exchange, as that caller's own sessions have it. */
export function seeOwn(runtime: StageContext, exchange: Exchange): Exchange {
  const { routing } = exchange
  const own = routeOwn(runtime, routing, exchange.principal, exchange)
  if (own === routing) return exchange
  const principal = makePrincipal(own, exchange.principal.token)
  return { ...exchange, routing: own, principal }
}

/** Who asks, as that caller's own sessions have it. */
export function seePrincipal(
  runtime: StageContext,
  { routing, principal }: Pick<Exchange, 'routing' | 'principal'>,
  asker: Asker,
): { readonly routing: Routing; readonly principal: Principal } {
  const own = routeOwn(runtime, routing, principal, asker)
  if (own === routing) return { routing, principal }
  return { routing: own, principal: makePrincipal(own, principal.token) }
}

function routeOwn(
  { upstreams }: StageContext,
  routing: Routing,
  { token }: Principal,
  asker: Asker,
): Routing {
  const owning = upstreams.owning()
  if (owning.length === 0) return routing
  const own = new Map<string, Catalogue>()
  for (const { name, server, own: lists } of owning) {
    const key = nameKey(asker, token.id, server)
    const catalogue = lists.get(key)
    if (catalogue) own.set(name, catalogue)
  }
  return own.size === 0 ? routing : routing.withOwn(own)
}
