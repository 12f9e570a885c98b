// Routes server messages that belong to no call to the clients that they are
// for.
// INVARIANT: in a session of one client, that client gets them; in a shared
// session, only subscribers do.

import type { Routing } from '../catalog/routing.ts'
import type { Principal } from '../catalog/view.ts'
import type { ClientSession } from '../http/sessions.ts'
import { findNode, type Message, readString } from '../message/message.ts'
import {
  type Listener,
  relayNotification,
  relayServerRequest,
} from '../relay/server-requests.ts'
import { rewriteTaskIds, STATUS } from '../relay/task-ids.ts'
import {
  findHolder,
  makePrincipal,
  renewToken,
} from '../stages/authenticate.ts'
import { findResources, findTool } from '../stages/authorize.ts'
import type { Client } from '../upstream/caller.ts'
import type { Source } from '../upstream/source.ts'
import type { NotificationContext } from './context.ts'
import { sendResourceUpdate, sendTaskStatus } from './listen.ts'
import type { ListenStream, Subscriber } from './subscriptions.ts'

export function routeNotification(
  runtime: NotificationContext,
  source: Source,
  key: string,
  client: Client | undefined,
  received: Message,
): void {
  if (/\/tasks(\/status)?$/.test(received.method)) {
    return routeTaskStatus(runtime, source, key, received)
  }
  // A modern client gets messages only during its calls and on listen streams.
  const owner =
    typeof client === 'object' ? runtime.sessions.peek(client.id) : undefined
  const listener = owner && sessionListener(runtime, owner)
  const message = rewriteTaskIds(runtime, source.name, received)
  if (!message) return
  if (message.kind === 'request') {
    return relayServerRequest(source, listener, message)
  }
  if (message.method === 'notifications/resources/updated') {
    const uri = readString(message.bytes, findNode(message.params, 'uri'))
    const { subscriptions } = runtime
    for (const one of subscriptions.list(source.name, key, uri ?? '')) {
      if (!mayRead(runtime, one, source.name, uri ?? '')) continue
      if ('exchange' in one)
        sendResourceUpdate(runtime, one, message, source.redact)
      else relayNotification(source, sessionListener(runtime, one), message)
    }
    return
  }
  if (listener) relayNotification(source, listener, message)
  else runtime.log.debug({ server: source.name }, message.method)
}

/** Sends the status of a task: to streams that watch it (modern), and to the
 * session that created it (legacy). */
function routeTaskStatus(
  runtime: NotificationContext,
  source: Source,
  key: string,
  received: Message,
): void {
  const { name } = source
  const id =
    readString(received.bytes, findNode(received.params, 'taskId')) ?? ''
  for (const one of runtime.watched.list(name, key, id)) {
    const { tasks = [] } = one as Partial<ListenStream>
    const task = tasks.find(({ topic }) => topic.about === id)
    if (!task || !mayRun(runtime, one, name, task.tool)) continue
    sendTaskStatus(runtime, one as ListenStream, received, task.sealed, source)
  }
  const owner = runtime.tasks.find(name, id)
  const session = owner?.session ? runtime.sessions.peek(owner.session) : null
  if (!owner || !session || received.method !== STATUS) return
  if (!mayRun(runtime, session, name, owner.tool)) return
  const message = rewriteTaskIds(runtime, name, received)
  const listener = sessionListener(runtime, session)
  if (message) listener.send(source.redact(message.bytes))
}

/** Checked against the running table: the grant may be gone. */
function mayRead(
  { routing }: NotificationContext,
  subscriber: Subscriber,
  server: string,
  uri: string,
): boolean {
  const principal = findPrincipal(routing, subscriber)
  if (!principal) return false
  const routes = findResources({ routing, principal }, uri)
  return routes.some(({ target }) => target.server === server)
}

function mayRun(
  { routing }: NotificationContext,
  subscriber: Subscriber,
  server: string,
  tool: string,
): boolean {
  const principal = findPrincipal(routing, subscriber)
  return !!principal && findTool(routing, principal, server, tool) !== undefined
}

function findPrincipal(
  routing: Routing,
  subscriber: Subscriber,
): Principal | undefined {
  const token =
    'exchange' in subscriber
      ? renewToken(routing, subscriber.exchange.principal.token)
      : findHolder(routing, subscriber)
  return token && makePrincipal(routing, token)
}

function sessionListener(
  { clock }: NotificationContext,
  session: ClientSession,
): Listener {
  const { serverRequests, capabilities, level } = session
  return {
    serverRequests,
    capabilities,
    level,
    send: (bytes) => session.stream?.send(bytes, clock.monotonic()) ?? false,
  }
}
