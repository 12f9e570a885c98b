// What a subscriptions/listen asks to be told (2026-07-28, subscriptions).
// In: an exchange of that method. Out: the part of it that can be had.
// INVARIANT: nothing that the caller itself may not read or run.

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
import type { Place, Wanted, Watched } from './subscriptions.ts'

export const FLAGS: Readonly<Record<Changeable, string>> = Object.freeze({
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
})

const LISTS = Object.keys(FLAGS) as readonly Changeable[]

/** Of each kind. */
const MAX = 1_000

/** Of the request, which is kept as long as its stream. */
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
    places: readTexts(uris).flatMap((uri) =>
      findPlaces(runtime, exchange, uri),
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

/** Where its servers tell of changes. */
function findPlaces(
  runtime: NotificationContext,
  exchange: Exchange,
  uri: string,
): readonly Place[] {
  return findResources(exchange, uri).flatMap(({ target: { server } }) => {
    const { resources } = capabilitiesOf(exchange, server)
    // A program's catalog is read in the older era. What it declares in the
    // newer one, its own session answers.
    const isOther = runtime.upstreams.get(server)?.mayDeclareMore ?? false
    if (!isOther && Object(resources).subscribe !== true) return []
    return makePlace(runtime, exchange, server, uri)
  })
}

/** Where its server serves tasks in this era. */
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
  const places = makePlace(runtime, exchange, server, id)
  return places.map((place) => ({ place, tool, sealed }))
}

function makePlace(
  { upstreams }: NotificationContext,
  exchange: Exchange,
  server: string,
  about: string,
): readonly Place[] {
  const settings = upstreams.get(server)?.server
  if (!settings) return []
  return [{ server, key: nameCaller(exchange, settings).key, about }]
}

function capabilitiesOf({ routing }: Exchange, server: string) {
  return routing.catalogues.get(server)?.handshake.capabilities ?? {}
}
