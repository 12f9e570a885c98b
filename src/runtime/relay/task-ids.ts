// Ids of tasks in messages, put into the words of the other side.
// In: a message of a server or of a client. Out: the same with those ids.
// INVARIANT: a server's own id of a task reaches no client.

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

/** In `_meta` of whatever belongs to a task (2025-11-25). */
const RELATED = 'io.modelcontextprotocol/related-task'

export const STATUS = 'notifications/tasks/status'

/** Message, result or params, `_meta`, the related task; or a question, its
 * params. */
const KEEP = 5

const NONE: readonly Edit[] = []

/** The task that a request names, where it is its sender's; or what is wrong
 * with a sender that did not declare tasks. */
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

/** Of a modern client: whether it said so with this request. */
export function takesTasks(exchange: Exchange): boolean {
  const { extensions } = declaredBy(exchange)
  return Object.hasOwn(Object(extensions), TASKS_EXTENSION)
}

export const UNDECLARED: Refusal = Object.freeze({
  refusal: 'capability',
  data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
})

/** What to put in an answer's place, which may be that of a task: `creates`.
 * Undefined where it may not be passed on. */
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
  const asked = judgeInputs(source, declaredBy(exchange), whole)
  return asked && [...edits, ...asked]
}

/** The id of the task that a legacy server made, as it wrote it. */
export function readTaskId(
  runtime: RelayContext,
  { bytes }: Message,
): string | undefined {
  const task = findNode(readWhole(runtime, bytes)?.result, 'task')
  return readString(bytes, findNode(task, 'taskId'))
}

function findIds(holder: Node): readonly Node[] {
  const own = findNode(holder, 'taskId')
  const made = findNode(findNode(holder, 'task'), 'taskId')
  const related = findNode(findNode(holder, '_meta'), RELATED)
  return [own, made, findNode(related, 'taskId')].filter((one) => !!one)
}

/** What a server says unasked, with the ids that its client knows; undefined
 * where it is how a task is that is nobody's. */
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
    // Of a task that is waited for here, its client knows nothing.
    const sealed = sealOwned(runtime, server, bytes, related)
    if (sealed === undefined) edits.push(...dropMembers(meta, [RELATED]))
    else edits.push(replace(related, sealed))
  }
  return readWhole(runtime, splice(bytes, edits))
}

/** As JSON; undefined where the task is nobody's. */
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

/** A client's answer to a question of a task, as its server knows the task. */
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
