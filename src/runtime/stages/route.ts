// The route stage: the intent is recorded, then the call goes to its server.
// In: an exchange whose use is granted. Out: a Relay under way, or a failure.
// INVARIANT: no byte is sent before its intent is on record.

import {
  isSubscription,
  routeSubscription,
} from '../notifications/subscribe.ts'
import { renderIntent } from '../record/record.ts'
import { Relay } from '../relay/relay.ts'
import type { Exchange, Use } from '../request.ts'
import type { Runtime } from '../runtime.ts'
import type { Failure } from '../upstream/failure.ts'
import { writeFailure } from './error-answers.ts'
import {
  concludeCall,
  failUnaudited,
  mustStop,
  showArguments,
} from './finish.ts'

const GONE: Failure = { kind: 'unreachable', detail: 'it left the table' }

const DISABLED: Failure = { kind: 'disabled', detail: 'the config says so' }

const FORGOTTEN: Failure = { kind: 'session', detail: 'nothing waits for it' }

export function route(runtime: Runtime, exchange: Exchange, use: Use): void {
  const fields = showArguments(runtime, exchange, use)
  runtime.exchanges.add(exchange)
  runtime.tally.admitted++
  runtime.audit.append(renderIntent(exchange, fields), (failure) => {
    if (mustStop(runtime, exchange, failure)) {
      return failUnaudited(runtime, exchange)
    }
    const { ticket } = exchange
    if (ticket !== undefined) return comeBack(runtime, exchange, use, ticket)
    // Of what it lists nothing is known, so that nothing reaches it.
    const isAbsent = exchange.routing.unlisted.includes(use.server)
    const upstream = isAbsent ? undefined : runtime.upstreams.get(use.server)
    if (upstream && isSubscription(exchange)) {
      return routeSubscription(runtime, exchange, use, upstream, () =>
        new Relay(runtime, exchange, use, upstream).start(),
      )
    }
    if (upstream) return new Relay(runtime, exchange, use, upstream).start()
    // Or the table was swapped since the call was granted, and it is gone.
    const { servers } = exchange.routing.table
    const why = servers[use.server]?.disabled ? DISABLED : GONE
    const body = writeFailure(exchange, use, why)
    const ended = { outcome: 'upstream_error', upstreamMs: null } as const
    concludeCall(runtime, exchange, ended, { status: 200, body })
  })
}

/** For a call that waits for what this one brings; it may not have waited. */
function comeBack(
  runtime: Runtime,
  exchange: Exchange,
  use: Use,
  ticket: string,
): void {
  const parked = runtime.parking.take(ticket)
  if (parked) return parked.resume(exchange)
  const body = writeFailure(exchange, use, FORGOTTEN)
  const ended = { outcome: 'upstream_error', upstreamMs: null } as const
  concludeCall(runtime, exchange, ended, { status: 200, body })
}
