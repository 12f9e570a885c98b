// Serves resources/subscribe and resources/unsubscribe where several clients
// share a session, or where the server is modern and has no such methods.
// INVARIANT: a client stays a subscriber only if the server agrees.

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
import { findTopic } from './filter.ts'

const SUBSCRIBE = 'resources/subscribe'
const UNSUBSCRIBE = 'resources/unsubscribe'

export const isSubscription = ({ method }: Exchange): boolean =>
  method === SUBSCRIBE || method === UNSUBSCRIBE

/** True when the gateway has answered without the server. */
export function answerSubscription(
  runtime: NotificationContext,
  exchange: Exchange,
  use: Use,
): boolean {
  const { method, session } = exchange
  if (!session || !isSubscription(exchange)) return false
  const topic = findTopic(runtime, exchange, use.server, use.name)
  if (!topic) return false
  const { subscriptions } = runtime
  if (method === SUBSCRIBE && !subscriptions.hasRoom(topic, session)) {
    refuseExchange(runtime, exchange, { refusal: 'subscriptions' })
    return true
  }
  const needsServer =
    method === SUBSCRIBE
      ? subscriptions.add(topic, session)
      : subscriptions.delete(topic, session)
  if (needsServer) return false
  const body = writeDone(exchange)
  const ended = { outcome: 'ok', upstreamMs: null } as const
  finishCall(runtime, exchange, ended, { status: 200, body })
  return true
}

/** Sends the request to a legacy server. Modern servers have no such method:
 * there the gateway's own listen stream subscribes. */
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
  const done = upstream.useServerStream(caller, async (serverStream) => {
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
  done.catch((failure: Failure) => {
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

/** Applies the server's answer: it agreed or not. */
function updateSubscription(
  runtime: NotificationContext,
  exchange: Exchange,
  use: Use,
  agreed: boolean,
): void {
  if (exchange.method !== SUBSCRIBE || !exchange.session) return
  const topic = findTopic(runtime, exchange, use.server, use.name)
  if (!topic) return
  if (!agreed) runtime.subscriptions.delete(topic, exchange.session)
  else {
    const upstream = runtime.upstreams.get(use.server)
    upstream?.forEachSession(topic.key, ({ serverStream }) => {
      void serverStream.listen()
    })
  }
}
