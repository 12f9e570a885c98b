// Prepare, swap, drain: one table follows another without dropping a call.
// In: a compiled artefact. Out: the running routing, replaced; or why not.
// INVARIANT: the swap is one assignment and cannot fail; whatever fails, fails
// before it, and the old table serves on (design §10).

import type { Artefact } from '../contract/table.ts'
import { consistent } from '../table/consistent.ts'
import { renderNotice } from './audit/record.ts'
import { judgeToken, makePrincipal } from './authenticate.ts'
import { authorize } from './authorize.ts'
import { USES } from './edge/methods.ts'
import { UNAUTHENTICATED, writeId, writeUnknown } from './edge/reply.ts'
import type { Exchange } from './exchange.ts'
import { Routing } from './routing.ts'
import type { Runtime } from './runtime.ts'
import { findMissingSecrets, type SecretSource } from './secrets/resolve.ts'
import { updateSessions } from './stream.ts'

export type Swap =
  | { readonly verdict: 'accepted' | 'unchanged' }
  | { readonly verdict: 'rejected'; readonly reasons: readonly string[] }

/** Why a table may not run, as sentences; empty when it may. */
export function prepare(
  artefact: Artefact,
  secrets: SecretSource,
): readonly string[] {
  const faults = consistent(artefact)
  if (faults.length > 0) return faults
  return Object.entries(artefact.table.servers).flatMap(([name, server]) =>
    findMissingSecrets(server, secrets).map(
      (problem) => `server \`${name}\`: ${problem}`,
    ),
  )
}

/** Replaces the running table, unless the new one may not run. */
export function swapTable(
  runtime: Runtime,
  artefact: Artefact,
  secrets: SecretSource,
  origin: unknown,
): Swap {
  const old = runtime.routing
  const same = artefact.digest === old.digest
  const reasons = same ? [] : prepare(artefact, secrets)
  if (reasons.length > 0) {
    const detail = { reasons, origin }
    runtime.audit.append(renderNotice('rejected', artefact.digest, detail))
    return { verdict: 'rejected', reasons }
  }
  if (!same) runtime.upstreams.reconcile(artefact.table)
  replaceRouting(runtime, artefact)
  if (same) return { verdict: 'unchanged' }
  const detail = { previous: old.digest, origin }
  runtime.audit.append(renderNotice('accepted', artefact.digest, detail))
  return { verdict: 'accepted' }
}

/** Joins a table with the catalogues as they are now, and judges anew what is
 * open. */
export function replaceRouting(runtime: Runtime, artefact: Artefact): void {
  const old = runtime.routing
  const catalogues = runtime.upstreams.catalogues()
  runtime.routing = new Routing(artefact, catalogues, old.ownTokens)
  noteCollisions(runtime, old)
  for (const exchange of [...runtime.exchanges]) judgeAgain(runtime, exchange)
  updateSessions(runtime)
}

/** Ends a call whose token or grant the running table has taken away. */
export function judgeAgain(runtime: Runtime, exchange: Exchange): void {
  const { routing, clock } = runtime
  const { message, era, method } = exchange
  const token = routing.tokens.get(exchange.principal.token.id)
  if (!token || judgeToken(routing, token, clock.now()) !== undefined) {
    exchange.cancel?.('revoked', { status: 401, body: UNAUTHENTICATED })
    return
  }
  const uses = USES.get(method)
  if (!uses || exchange.routing.digest === routing.digest) return
  const principal = makePrincipal(routing, token)
  const verdict = authorize({ ...exchange, routing, principal }, uses)
  if (!('decision' in verdict)) return
  const id = writeId(message)
  const body = writeUnknown(id, era, uses.kind, verdict.name ?? '')
  exchange.cancel?.('revoked', { status: 200, body })
}

/** Names that two servers claim are loud once, not at every catalogue. */
function noteCollisions(runtime: Runtime, old: Routing): void {
  const known = new Set(old.collisions.map(describe))
  for (const collision of runtime.routing.collisions) {
    const text = describe(collision)
    if (known.has(text)) continue
    runtime.log.warn(text)
    const { digest } = runtime.routing
    runtime.audit.append(renderNotice('collision', digest, text))
  }
}

function describe({ exposed, kept, hidden }: Routing['collisions'][number]) {
  return (
    `\`${exposed}\` is both ${kept.server}/${kept.name} and ` +
    `${hidden.server}/${hidden.name}: the second is hidden`
  )
}
