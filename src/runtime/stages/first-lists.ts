// Holds lists, and what says which there are, while servers start.
// In: an exchange. Out: its answer, at once or when those servers were read.
// INVARIANT: only servers without a lock that the caller may use are waited for;
// a held list ends as a call does: by its client, a revocation, the shutdown.

import { writeRefusal } from '../message/refusal.ts'
import type { CancelReason, Exchange, FinalAnswer } from '../request.ts'
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
  hold(runtime, exchange, starting, () => {
    const { routing, clock } = runtime
    const token = judgeHeld(routing, exchange.principal.token, clock.now())
    if ('refusal' in token) {
      return endHeld(runtime, exchange, 'revoked', writeRefusal(token))
    }
    const principal = makePrincipal(routing, token)
    const renewed = { ...exchange, routing, principal }
    answer(applyOwnLists(runtime, renewed, renewed))
  })
}

const NONE: readonly Upstream[] = []

function listStarting(
  { upstreams }: StageContext,
  { routing, principal }: Exchange,
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

/** Calls `go` when none of them is waited for any more, unless the exchange has
 * ended. Counted as in flight: it is drained, kept alive and judged again. */
function hold(
  runtime: StageContext,
  exchange: Exchange,
  starting: readonly Upstream[],
  go: () => void,
): void {
  const { answer } = exchange
  let held = true
  const release = () => {
    const was = held
    held = false
    answer.onGone = undefined
    return was
  }
  const cancel = (reason: CancelReason, final?: FinalAnswer) => {
    if (release()) endHeld(runtime, exchange, reason, final)
  }
  runtime.exchanges.add(exchange)
  exchange.relay = { cancel }
  answer.onGone = () => cancel('client')
  const read = Promise.all(starting.map(({ listing }) => listing.awaited))
  void read.then(() => {
    if (!release()) return
    runtime.exchanges.delete(exchange)
    exchange.relay = undefined
    guard(runtime, { destroy: () => answer.cut() }, go)
  })
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
