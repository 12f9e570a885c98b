// resources/subscribe and its opposite, where several clients share a session
// or the server knows of no such request.
// In: an exchange that may use it. Out: its answer, or a question to the server.
// INVARIANT: a client is a subscriber only while the server has agreed to it.

import type { AuditOutcome } from '../../contract/audit.ts'
import type { Use } from '../catalog/view.ts'
import { writeId, writeResult } from '../message/write.ts'
import { startRelay } from '../relay/relay.ts'
import type { Exchange } from '../request.ts'
import { OUTCOME } from '../stages/cancel.ts'
import { writeFailure } from '../stages/error-answers.ts'
import { finishCall } from '../stages/finish.ts'
import { refuseExchange } from '../stages/refuse.ts'
import { nameCaller } from '../upstream/caller.ts'
import type { Failure } from '../upstream/failure.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { NotificationContext } from './context.ts'
import type { Place } from './subscriptions.ts'

const SUBSCRIBE = 'resources/subscribe'
const UNSUBSCRIBE = 'resources/unsubscribe'

export const isSubscription = ({ method }: Exchange): boolean =>
  method === SUBSCRIBE || method === UNSUBSCRIBE

/** True when the gateway has answered by itself. */
export function answerSubscription(
  runtime: NotificationContext,
  exchange: Exchange,
  use: Use,
): boolean {
  const { method, session } = exchange
  if (!session || !isSubscription(exchange)) return false
  const place = findPlace(runtime, exchange, use)
  if (!place) return false
  const { subscriptions } = runtime
  if (method === SUBSCRIBE && !subscriptions.hasRoom(place, session)) {
    refuseExchange(runtime, exchange, { refusal: 'subscriptions' })
    return true
  }
  const asks =
    method === SUBSCRIBE
      ? subscriptions.add(place, session)
      : subscriptions.delete(place, session)
  if (asks) return false
  const body = writeDone(exchange)
  const ended = { outcome: 'ok', upstreamMs: null } as const
  finishCall(runtime, exchange, ended, { status: 200, body })
  return true
}

/** Passes the request on, where the session with the server is of an era that
 * has it; where not, the session listens for it instead. */
export function routeSubscription(
  runtime: NotificationContext,
  exchange: Exchange,
  use: Use,
  upstream: Upstream,
): void {
  const began = runtime.clock.monotonic()
  let over = false
  const end = (outcome: AuditOutcome, body: Buffer | null, status = 200) => {
    if (over) return
    over = true
    const upstreamMs = runtime.clock.monotonic() - began
    const ended = { outcome, upstreamMs }
    finishCall(runtime, exchange, ended, { status, body })
  }
  const caller = nameCaller(exchange, upstream.server)
  const asked = upstream.hear(caller, async (serverStream) => {
    if (over) return
    if (serverStream.era === 'legacy') {
      return startRelay(runtime, exchange, use, upstream, (agreed) =>
        updateSubscription(runtime, exchange, use, agreed),
      )
    }
    if (exchange.method === SUBSCRIBE) await serverStream.subscribe(use.name)
    else serverStream.unsubscribe(use.name)
    end('ok', writeDone(exchange))
  })
  asked.catch((failure: Failure) => {
    updateSubscription(runtime, exchange, use, false)
    const timedOut = failure.kind === 'timeout'
    const outcome = timedOut ? 'timeout' : 'upstream_error'
    end(outcome, writeFailure(exchange, use, failure))
  })
  exchange.relay = {
    cancel: (reason, final) =>
      end(OUTCOME[reason], final?.body ?? null, final?.status ?? 202),
  }
  const { ended } = exchange
  if (ended) exchange.relay.cancel(ended.reason, ended.final)
}

const writeDone = ({ message, era }: Exchange): Buffer =>
  writeResult(writeId(message), era, '')

/** After the server's answer: it agreed, or it did not. */
function updateSubscription(
  runtime: NotificationContext,
  exchange: Exchange,
  use: Use,
  agreed: boolean,
): void {
  if (exchange.method !== SUBSCRIBE || !exchange.session) return
  const place = findPlace(runtime, exchange, use)
  if (!place) return
  if (!agreed) runtime.subscriptions.delete(place, exchange.session)
  else {
    const upstream = runtime.upstreams.get(use.server)
    upstream?.forEachSession(place.key, ({ serverStream }) => {
      void serverStream.listen()
    })
  }
}

function findPlace(
  { upstreams }: NotificationContext,
  exchange: Exchange,
  { server, name }: Use,
): Place | undefined {
  const settings = upstreams.get(server)?.server
  if (!settings) return undefined
  return { server, key: nameCaller(exchange, settings).key, about: name }
}
