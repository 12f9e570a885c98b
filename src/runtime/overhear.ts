// What servers say that belongs to no call: to whoever it is meant for.
// In: a message, the session that it came in. Out: its bytes, or a refusal.
// INVARIANT: a session of one client is heard by that client; another only by
// those who subscribed in it.

import { makePrincipal } from './authenticate.ts'
import { findResource } from './authorize.ts'
import { ownSession } from './caller.ts'
import {
  type Listener,
  relayNotice,
  relayQuestion,
  type Speaker,
} from './converse.ts'
import { findNode, type Message, readString } from './edge/message.ts'
import type { ClientSession } from './edge/sessions.ts'
import { tellListening } from './listening.ts'
import type { Runtime } from './runtime.ts'
import type { Subscriber } from './subscriptions.ts'

export function overhear(
  runtime: Runtime,
  speaker: Speaker,
  key: string,
  message: Message,
): void {
  const owner = findOwner(runtime, key)
  const listener = owner && listenAs(runtime, owner)
  if (message.kind === 'request') {
    return relayQuestion(speaker, listener, message)
  }
  if (message.method === 'notifications/resources/updated') {
    const uri = readString(message.bytes, findNode(message.params, 'uri'))
    const { subscriptions } = runtime
    for (const one of subscriptions.list(speaker.name, key, uri ?? '')) {
      if (!mayRead(runtime, one, uri ?? '')) continue
      if ('exchange' in one)
        tellListening(runtime, one, message, speaker.redact)
      else relayNotice(speaker, listenAs(runtime, one), message)
    }
    return
  }
  if (listener) relayNotice(speaker, listener, message)
  else runtime.log.debug({ server: speaker.name }, message.method)
}

/** By the running table: what was granted may be so no longer. */
function mayRead(
  { routing }: Runtime,
  subscriber: Subscriber,
  uri: string,
): boolean {
  const id =
    'exchange' in subscriber
      ? subscriber.exchange.principal.token.id
      : subscriber.tokenId
  const token = routing.tokens.get(id)
  if (!token) return false
  const principal = makePrincipal(routing, token)
  return findResource({ routing, principal }, uri) !== undefined
}

/** The client that a session with a server is of, where it is of one. */
function findOwner(runtime: Runtime, key: string): ClientSession | undefined {
  const prefix = ownSession('')
  if (!key.startsWith(prefix)) return undefined
  return runtime.sessions.named(key.slice(prefix.length))
}

function listenAs({ clock }: Runtime, session: ClientSession): Listener {
  const { asked, capabilities, level } = session
  return {
    asked,
    capabilities,
    level,
    send: (bytes) => session.stream?.send(bytes, clock.monotonic()) ?? false,
  }
}
