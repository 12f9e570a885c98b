// resources/subscribe and its opposite, where several clients share a session.
// In: an exchange that may use the resource. Out: its answer, or that the
// server must be asked.
// INVARIANT: a client is a subscriber only while the server has agreed to it.

import { nameCaller } from './caller.ts'
import { concludeCall } from './conclude.ts'
import { writeId, writeResult } from './edge/reply.ts'
import type { Exchange, Use } from './exchange.ts'
import type { Runtime } from './runtime.ts'
import type { Place } from './subscriptions.ts'

/** True when the gateway has answered by itself. */
export function answerSubscription(
  runtime: Runtime,
  exchange: Exchange,
  use: Use,
): boolean {
  const { method, session } = exchange
  const place = findPlace(runtime, exchange, use)
  if (!place || !session) return false
  const { subscriptions } = runtime
  const asks =
    method === 'resources/subscribe'
      ? subscriptions.add(place, session)
      : method === 'resources/unsubscribe'
        ? subscriptions.delete(place, session)
        : true
  if (asks) return false
  const body = writeResult(writeId(exchange.message), exchange.era, '')
  const ended = { outcome: 'ok', upstreamMs: null } as const
  concludeCall(runtime, exchange, ended, { status: 200, body })
  return true
}

/** After the server's answer: it agreed, or it did not. */
export function settleSubscription(
  runtime: Runtime,
  exchange: Exchange,
  use: Use,
  agreed: boolean,
): void {
  if (exchange.method !== 'resources/subscribe' || !exchange.session) return
  const place = findPlace(runtime, exchange, use)
  if (!place) return
  if (!agreed) runtime.subscriptions.delete(place, exchange.session)
  else {
    const upstream = runtime.upstreams.get(use.server)
    upstream?.tellSessions(place.key, ({ hearing }) => hearing.listen())
  }
}

function findPlace(
  { upstreams }: Runtime,
  exchange: Exchange,
  { server, name }: Use,
): Place | undefined {
  const settings = upstreams.get(server)?.server
  if (!settings) return undefined
  return { server, key: nameCaller(exchange, settings).key, about: name }
}
