// Translates task ids in messages between server and client.
// INVARIANT: a server's own task id reaches no client.

import type { Use } from '../catalog/view.ts'
import {
  findNode,
  type Message,
  readMessage,
  readString,
} from '../message/message.ts'
import { TASKS_EXTENSION } from '../message/methods.ts'
import { LONGEST_NAME } from '../message/named.ts'
import type { Refusal } from '../message/refusal.ts'
import type { Node } from '../message/scan.ts'
import { dropMembers, type Edit, replace, splice } from '../message/splice.ts'
import type { Exchange, Task } from '../request.ts'
import { declaredBy } from '../upstream/caller.ts'
import type { Source } from '../upstream/source.ts'
import type { RelayContext } from './context.ts'
import { judgeInputs } from './input.ts'
import { openTask, sealTask } from './tasks.ts'

/** The key in `_meta` of messages that belong to a task (2025-11-25). */
const RELATED = 'io.modelcontextprotocol/related-task'

export const STATUS = 'notifications/tasks/status'

/** Message, result or params, `_meta`, the related task; or a question, its
 * params. */
const KEEP = 5

const NONE: readonly Edit[] = []

/** The task that a request names, if it belongs to the sender; or the refusal
 * of a client that did not declare tasks. */
export function readTask(
  { seal }: RelayContext,
  exchange: Exchange,
): { readonly task: Task | undefined } | Refusal {
  const { message, era, principal } = exchange
  if (era === 'modern' && !takesTasks(exchange)) return UNDECLARED
  const node = findNode(message.params, 'taskId')
  const sealed = readString(message.bytes, node)
  const isShort = sealed !== undefined && sealed.length <= LONGEST_NAME
  return {
    task: isShort ? openTask(seal, principal.lineage, sealed) : undefined,
  }
}

/** Whether a modern client declares tasks with this request. */
export function takesTasks(exchange: Exchange): boolean {
  const { extensions } = declaredBy(exchange)
  return Object.hasOwn(Object(extensions), TASKS_EXTENSION)
}

export const UNDECLARED: Refusal = Object.freeze({
  refusal: 'capability',
  data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
})

/** The edits of an answer. `creates`: the answer creates a task. Undefined
 * where the answer must not reach the client. */
export function rewriteAnswerTaskIds(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  answer: Message,
  source: Source,
  creates: boolean,
): readonly Edit[] | undefined {
  const whole = readWhole(runtime, answer.bytes)
  if (!whole?.result) return NONE
  const { session, principal } = exchange
  const { lineage } = principal
  const edits: Edit[] = []
  for (const node of findIds(whole.result)) {
    const id = readString(whole.bytes, node)
    if (id === undefined) continue
    const task: Task = { server: use.server, tool: use.name, id }
    const sealed = sealTask(runtime.seal, lineage, task)
    if (sealed === undefined) return undefined
    if (creates) {
      runtime.tasks.add(task, { lineage, session: session?.id ?? null })
    }
    edits.push(replace(node, JSON.stringify(sealed)))
  }
  const inputs = judgeInputs(source, declaredBy(exchange), whole)
  return inputs && [...edits, ...inputs]
}

/** The id of a legacy server's new task, as the server wrote it. */
export function readTaskId(
  runtime: RelayContext,
  { bytes }: Message,
): string | undefined {
  const task = findNode(readWhole(runtime, bytes)?.result, 'task')
  return readString(bytes, findNode(task, 'taskId'))
}

function findIds(holder: Node): readonly Node[] {
  const own = findNode(holder, 'taskId')
  const created = findNode(findNode(holder, 'task'), 'taskId')
  const related = findNode(findNode(holder, '_meta'), RELATED)
  return [own, created, findNode(related, 'taskId')].filter((one) => !!one)
}

/** A notification or request of a server with the client's task ids. Undefined
 * for the status of a task that has no owner. */
export function rewriteTaskIds(
  runtime: RelayContext,
  server: string,
  message: Message,
): Message | undefined {
  const isStatus = message.method === STATUS
  if (!isStatus && !message.bytes.includes(RELATED)) return message
  const whole = readWhole(runtime, message.bytes)
  if (!whole?.params) return message
  const { params, bytes } = whole
  const edits: Edit[] = []
  const own = isStatus ? findNode(params, 'taskId') : undefined
  if (own) {
    const sealed = sealOwned(runtime, server, bytes, own)
    if (sealed === undefined) return undefined
    edits.push(replace(own, sealed))
  }
  const meta = findNode(params, '_meta')
  const related = findNode(findNode(meta, RELATED), 'taskId')
  if (meta && related) {
    // The client has no id for a task that only the gateway waits for.
    const sealed = sealOwned(runtime, server, bytes, related)
    if (sealed === undefined) edits.push(...dropMembers(meta, [RELATED]))
    else edits.push(replace(related, sealed))
  }
  return readWhole(runtime, splice(bytes, edits))
}

/** The sealed id as JSON; undefined where the task has no owner. */
function sealOwned(
  { seal, tasks }: RelayContext,
  server: string,
  bytes: Buffer,
  node: Node,
): string | undefined {
  const id = readString(bytes, node) ?? ''
  const owner = tasks.find(server, id)
  if (!owner) return undefined
  const task = { server, tool: owner.tool, id }
  const sealed = sealTask(seal, owner.lineage, task)
  return sealed && JSON.stringify(sealed)
}

/** A client's answer to a request of a task, with the server's task id. */
export function restoreTaskIds(
  runtime: RelayContext,
  lineage: string,
  message: Message,
): Message {
  if (!message.bytes.includes(RELATED)) return message
  const whole = readWhole(runtime, message.bytes)
  const related = findNode(findNode(whole?.result, '_meta'), RELATED)
  const node = findNode(related, 'taskId')
  if (!whole || !node) return message
  const sealed = readString(whole.bytes, node) ?? ''
  const task = openTask(runtime.seal, lineage, sealed)
  if (!task) return message
  const bytes = splice(whole.bytes, [replace(node, JSON.stringify(task.id))])
  return readWhole(runtime, bytes) ?? message
}

function readWhole(
  { routing }: RelayContext,
  bytes: Buffer,
): Message | undefined {
  const message = readMessage(bytes, routing.table.caps.depth, KEEP)
  return 'refusal' in message ? undefined : message
}
