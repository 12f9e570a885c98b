// The route stage: the intent is recorded, then the call goes to its server.
// In: an exchange whose use is granted. Out: a Relay under way, or a failure.
// INVARIANT: no byte is sent before its intent is on record.

import type { Use } from '../catalog/view.ts'
import { renderIntent } from '../record/record.ts'
import { recordThen } from '../record/record-then.ts'
import type { Exchange } from '../request.ts'
import type { Failure } from '../upstream/failure.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { StageContext } from './context.ts'
import { writeFailure } from './error-answers.ts'
import { failUnaudited, finishCall, showArguments } from './finish.ts'

const GONE: Failure = { kind: 'unreachable', detail: 'it left the table' }

const DISABLED: Failure = { kind: 'disabled', detail: 'the config says so' }

const FORGOTTEN: Failure = { kind: 'session', detail: 'nothing waits for it' }

/** Who takes a call over, once its intent is on record. */
export interface Relays<Context extends StageContext> {
  send(context: Context, exchange: Exchange, use: Use, upstream: Upstream): void
  /** Goes on with the call that waits for this one; false where none does. */
  resume(context: Context, exchange: Exchange, ticket: string): boolean
}

export function route<Context extends StageContext>(
  runtime: Context,
  exchange: Exchange,
  use: Use,
  relays: Relays<Context>,
): void {
  const fields = showArguments(runtime, exchange, use)
  runtime.exchanges.add(exchange)
  runtime.tally.admitted++
  const act = () => {
    const ticket = exchange.granted?.ticket
    if (ticket !== undefined) {
      if (relays.resume(runtime, exchange, ticket)) return
      return fail(runtime, exchange, use, FORGOTTEN)
    }
    // Of what it lists nothing is known, so that nothing reaches it.
    const isAbsent = exchange.routing.unlisted.includes(use.server)
    const upstream = isAbsent ? undefined : runtime.upstreams.get(use.server)
    if (upstream) return relays.send(runtime, exchange, use, upstream)
    // Or the table was swapped since the call was granted, and it is gone.
    const { servers } = exchange.routing.table
    fail(
      runtime,
      exchange,
      use,
      servers[use.server]?.disabled ? DISABLED : GONE,
    )
  }
  recordThen(
    runtime,
    exchange.routing,
    renderIntent(exchange, fields),
    act,
    () => failUnaudited(runtime, exchange),
  )
}

function fail(
  runtime: StageContext,
  exchange: Exchange,
  use: Use,
  why: Failure,
): void {
  const body = writeFailure(exchange, use, why)
  const ended = { outcome: 'upstream_error', upstreamMs: null } as const
  finishCall(runtime, exchange, ended, { status: 200, body })
}
