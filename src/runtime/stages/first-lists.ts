// Holds lists, and calls of what no server is known to have, while servers start.
// In: an exchange. Out: its answer, at once or when those servers were read.
// INVARIANT: only servers without a lock that the caller may use are waited for;
// a held exchange ends as a call does: by its client, a revocation, the shutdown.

import { exposeName } from '../../table/names.ts'
import { writeRefusal } from '../message/refusal.ts'
import type {
  CancelReason,
  Exchange,
  FinalAnswer,
  Named,
  Task,
} from '../request.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { makePrincipal } from './authenticate.ts'
import { OUTCOME } from './cancel.ts'
import type { StageContext } from './context.ts'
import { finishCall } from './finish.ts'
import { judgeHeld } from './login.ts'
import { applyOwnLists } from './own-lists.ts'
import { guard } from './receive.ts'

/** Calls `answer` with the exchange under the routing of that moment. */
export function awaitFirstLists(
  runtime: StageContext,
  exchange: Exchange,
  answer: (exchange: Exchange) => void,
): void {
  const starting = listStarting(runtime, exchange)
  if (starting.length === 0) return answer(exchange)
  hold(runtime, exchange, starting, (renewed) =>
    answer(applyOwnLists(runtime, renewed, renewed)),
  )
}

/** Resolves when no server that a caller may use is waited for any more.
 * Undefined: there is none. */
export function awaitRead(
  runtime: StageContext,
  caller: Pick<Exchange, 'routing' | 'principal'>,
): Promise<unknown> | undefined {
  const starting = listStarting(runtime, caller)
  if (starting.length === 0) return undefined
  return Promise.all(starting.map(({ listing }) => listing.awaited))
}

/** What the authorize stage found of a call. */
interface Found extends Named {
  readonly refusal?: string
}

/** Whether what a call names was found at no server that has lists. */
export function isPremature({ routing }: Exchange, found: Found): boolean {
  const { unlisted } = routing
  if (unlisted.length === 0) return false
  const { refusal, use } = found
  if (refusal !== undefined && refusal !== 'arguments') {
    return refusal.startsWith('unknown-')
  }
  return use !== undefined && unlisted.includes(use.server)
}

/** Calls `serve` when the servers that may have what a call names were read, or
 * its time is over. Returns false, and does nothing, if none is starting. */
export function awaitFirstList<Context extends StageContext>(
  runtime: Context,
  exchange: Exchange,
  found: Found,
  task: Task | undefined,
  serve: (runtime: Context, exchange: Exchange) => void,
): boolean {
  const { refusal, use, requestedName } = found
  const exposed = task
    ? exchange.routing.exposeTool(task.server, task.tool)
    : (use?.exposed ?? requestedName ?? '')
  const isUri = refusal === 'unknown-resource' || use?.kind === 'resource'
  const starting = listStarting(runtime, exchange).filter(
    ({ server }) => isUri || exposed.startsWith(exposeName(server, '')),
  )
  if (starting.length === 0) return false
  const withinMs = Math.min(...starting.map(({ server }) => server.timeout))
  const go = (renewed: Exchange) => serve(runtime, renewed)
  hold(runtime, exchange, starting, go, withinMs)
  return true
}

const NONE: readonly Upstream[] = []

function listStarting(
  { upstreams }: StageContext,
  { routing, principal }: Pick<Exchange, 'routing' | 'principal'>,
): readonly Upstream[] {
  const awaited = upstreams.listAwaited()
  if (awaited.length === 0) return NONE
  const { lock, roles } = routing.table
  return awaited.filter(
    ({ name }) =>
      !Object.hasOwn(lock, name) &&
      principal.grantee.roles.some((role) =>
        Object.hasOwn(roles[role]?.allow ?? {}, name),
      ),
  )
}

/** Calls `go` with the exchange under the routing of that moment, when none of
 * them is waited for any more, unless the exchange has ended. Counted as in
 * flight: it is drained, kept alive and judged again. */
function hold(
  runtime: StageContext,
  exchange: Exchange,
  starting: readonly Upstream[],
  go: (renewed: Exchange) => void,
  withinMs?: number,
): void {
  const { answer } = exchange
  const since = runtime.clock.monotonic()
  let held = true
  const release = () => {
    const was = held
    held = false
    answer.onGone = undefined
    clearTimeout(timer)
    return was
  }
  const cancel = (reason: CancelReason, final?: FinalAnswer) => {
    if (release()) endHeld(runtime, exchange, reason, final)
  }
  const end = () => {
    if (!release()) return
    runtime.exchanges.delete(exchange)
    exchange.relay = undefined
    guard(runtime, { destroy: () => answer.cut() }, () =>
      renew(runtime, exchange, since, go),
    )
  }
  const timer = withinMs === undefined ? undefined : setTimeout(end, withinMs)
  runtime.exchanges.add(exchange)
  exchange.relay = { cancel }
  answer.onGone = () => cancel('client')
  const read = Promise.all(starting.map(({ listing }) => listing.awaited))
  void read.then(end)
}

/** After the wait: the token may have been revoked. */
function renew(
  runtime: StageContext,
  exchange: Exchange,
  since: number,
  go: (renewed: Exchange) => void,
): void {
  const { routing, clock } = runtime
  const token = judgeHeld(routing, exchange.principal.token, clock.now())
  if ('refusal' in token) {
    return endHeld(runtime, exchange, 'revoked', writeRefusal(token))
  }
  const principal = makePrincipal(routing, token)
  go({ ...exchange, routing, principal, heldMs: clock.monotonic() - since })
}

function endHeld(
  runtime: StageContext,
  exchange: Exchange,
  reason: CancelReason,
  final?: FinalAnswer,
): void {
  const ended = { outcome: OUTCOME[reason], upstreamMs: null }
  const { status, body } = final ?? { status: 202, body: null }
  finishCall(runtime, exchange, ended, { status, body })
}
