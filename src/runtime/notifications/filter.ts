// Reads what a subscriptions/listen requests (2026-07-28, subscriptions).
// INVARIANT: the result holds nothing that the caller may not read or run.

import type { Changeable } from '../catalog/view.ts'
import { findNode, type Message, parseNode } from '../message/message.ts'
import { TASKS_EXTENSION } from '../message/methods.ts'
import type { Refusal } from '../message/refusal.ts'
import { takesTasks, UNDECLARED } from '../relay/task-ids.ts'
import { openTask } from '../relay/tasks.ts'
import type { Exchange } from '../request.ts'
import { findResources, findTool } from '../stages/authorize.ts'
import { nameCaller } from '../upstream/caller.ts'
import type { NotificationContext } from './context.ts'
import type { Topic, Wanted, Watched } from './subscriptions.ts'

export const FLAGS: Readonly<Record<Changeable, string>> = Object.freeze({
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
})

const LISTS = Object.keys(FLAGS) as readonly Changeable[]

/** Resources, and tasks, of one request. */
const MAX = 1_000

/** The request is kept as long as its stream. */
const MAX_BYTES = 256 * 1024

const TOO_LONG: Refusal = Object.freeze({
  refusal: 'params',
  detail: 'subscriptions/listen is longer than 256 KiB',
})

export function readWanted(
  runtime: NotificationContext,
  exchange: Exchange,
): Wanted | Refusal {
  if (exchange.bytesIn > MAX_BYTES) return TOO_LONG
  const filter = readFilter(exchange.message)
  const { resourceSubscriptions: uris, taskIds } = filter
  if (taskIds !== undefined && !takesTasks(exchange)) return UNDECLARED
  return {
    wants: new Set(LISTS.filter((list) => filter[FLAGS[list]] === true)),
    topics: readTexts(uris).flatMap((uri) =>
      findTopics(runtime, exchange, uri),
    ),
    tasks: readTexts(taskIds).flatMap((id) => findTask(runtime, exchange, id)),
  }
}

function readFilter({ bytes, params }: Message): Record<string, unknown> {
  const node = findNode(params, 'notifications')
  return node ? Object(parseNode(bytes, node)) : {}
}

function readTexts(list: unknown): readonly string[] {
  const all = Array.isArray(list) ? [...new Set(list)].slice(0, MAX) : []
  return all.filter((one) => typeof one === 'string')
}

/** The topics of a resource, at each server that supports subscriptions. */
function findTopics(
  runtime: NotificationContext,
  exchange: Exchange,
  uri: string,
): readonly Topic[] {
  return findResources(exchange, uri).flatMap(({ target: { server } }) => {
    const { resources } = capabilitiesOf(exchange, server)
    // The catalog of a stdio server is read in the legacy era. Its modern
    // sessions may declare more.
    const mayDeclareMore =
      runtime.upstreams.get(server)?.mayDeclareMore ?? false
    if (!mayDeclareMore && Object(resources).subscribe !== true) return []
    return findTopic(runtime, exchange, server, uri) ?? []
  })
}

/** The topic of a task, if its server supports tasks in this era. */
function findTask(
  runtime: NotificationContext,
  exchange: Exchange,
  sealed: string,
): readonly Watched[] {
  const { routing, principal } = exchange
  const task = openTask(runtime.seal, principal.lineage, sealed)
  if (!task) return []
  const { server, tool, id } = task
  if (!findTool(routing, principal, server, tool)) return []
  const { extensions } = capabilitiesOf(exchange, server)
  if (!Object.hasOwn(Object(extensions), TASKS_EXTENSION)) return []
  const topic = findTopic(runtime, exchange, server, id)
  return topic ? [{ topic, tool, sealed }] : []
}

/** The topic in the caller's session with a server, if it still exists. */
export function findTopic(
  { upstreams }: NotificationContext,
  exchange: Exchange,
  server: string,
  about: string,
): Topic | undefined {
  const settings = upstreams.get(server)?.server
  if (!settings) return undefined
  return { server, key: nameCaller(exchange, settings).key, about }
}

function capabilitiesOf({ routing }: Exchange, server: string) {
  return routing.catalogs.get(server)?.handshake.capabilities ?? {}
}
