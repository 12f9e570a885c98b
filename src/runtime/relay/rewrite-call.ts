// Rewrites a client's call for its server and session.
// INVARIANT: only the fields that the gateway owns change; every other byte
// stays as it came.

import type { Server } from '../../contract/table.ts'
import type { Use } from '../catalog/view.ts'
import type { Capabilities } from '../message/capabilities.ts'
import {
  findNode,
  isNull,
  type Message,
  parseNode,
} from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import { ENVELOPE, META, TASKS_EXTENSION } from '../message/methods.ts'
import { mirrorParams } from '../message/params.ts'
import type { Node } from '../message/scan.ts'
import {
  dropMembers,
  type Edit,
  insertMembers,
  NO_EDITS,
  putMembers,
  replace,
} from '../message/splice.ts'
import type { Exchange } from '../request.ts'
import { nameCaller } from '../upstream/caller.ts'
import type { Definition } from '../upstream/definition.ts'
import { type Outgoing, writeEnvelope } from '../upstream/encoding.ts'
import type { Headers } from '../upstream/http1/request.ts'
import type { Round } from './input.ts'
import { readReply } from './sign-in.ts'

/** How to send a call. */
interface SendOptions {
  /** Request id and progress token in the session with the server. */
  readonly id: number
  /** The era of the server. */
  readonly era: Era
  readonly server: Server
  /** The `traceparent` of the gateway's span, if the call is traced. */
  readonly parent: string | undefined
  /** Members of the params that a next try adds. */
  readonly round: Round
  /** The current definition of the tool. */
  readonly definition: Definition | undefined
}

/** The client's bytes with the upstream name, the id and the progress token of
 * the session; an envelope is rewritten for this hop. */
export function writeCall(
  exchange: Exchange,
  use: Use,
  options: SendOptions,
): Outgoing {
  const { message, method, granted } = exchange
  const { id, era, parent, definition } = options
  const written = String(id)
  const plain = join(
    message.id && replace(message.id, written),
    writeName(exchange, use, definition),
  )
  const meta = writeMeta(exchange, written, options)
  const state = writeState(exchange, era, definition)
  const isPlain = meta.length === 0 && state.length === 0
  const edits = isPlain ? plain : [...plain, ...meta, ...state]
  const { bytes } = message
  if (era === 'legacy') return { bytes, edits, parent }
  const params = writeParams(message, definition)
  const mirrored = { method, name: granted?.task?.id ?? use.name, params }
  return { bytes, edits, parent, mirrored }
}

/** Each case as it is: to grow an array costs more than these edits. */
function join(id: Edit | undefined, name: Edit | undefined): readonly Edit[] {
  if (id && name) return [id, name]
  const only = id ?? name
  return only ? [only] : NO_EDITS
}

/** The name that the server knows, or its id of a task. */
function writeName(
  { message, method, granted }: Exchange,
  { kind, name, exposed }: Use,
  definition: Definition | undefined,
): Edit | undefined {
  const task = granted?.task
  if (task) {
    const node = findNode(message.params, 'taskId')
    return node && replace(node, JSON.stringify(task.id))
  }
  if (kind === 'resource' || name === exposed) return undefined
  const isReference = method === 'completion/complete'
  const at = isReference ? findNode(message.params, 'ref') : message.params
  const node = findNode(at, 'name')
  const text = definition?.quotedName() ?? JSON.stringify(name)
  return node && replace(node, text)
}

/** Requests the result of a legacy server's task. */
export function writeTaskResult(id: number, taskId: string): Outgoing {
  const params = { taskId }
  const request = { jsonrpc: '2.0', id, method: 'tasks/result', params }
  return { bytes: Buffer.from(JSON.stringify(request)) }
}

/** Edits `_meta`: the progress token, and the envelope of the hop. */
function writeMeta(
  exchange: Exchange,
  token: string,
  { era, server, parent, round }: SendOptions,
): Edit[] {
  const { message, era: own } = exchange
  const { bytes, params, meta: read } = message
  const meta = read?.node
  const isNothing = isNull(bytes, meta)
  const node = read?.progressToken
  const edits = node ? [replace(node, token)] : []
  const trace = parent === undefined ? undefined : read?.traceparent
  if (trace) edits.push(replace(trace, `"${parent}"`))
  if (own === 'modern' && meta) {
    return era === 'legacy'
      ? [replace(meta, withoutEnvelope(bytes, meta, edits))]
      : withNarrowCapabilities(edits, bytes, read?.capabilities, server)
  }
  if (era === 'legacy' && isNothing && meta) return [replace(meta, '{}')]
  if (era === 'legacy' || !params) return edits
  const envelope = recallEnvelope(exchange, server)
  if (!meta)
    return [...putMembers(params, { _meta: `{${envelope}}`, ...round })]
  const edit = isNothing
    ? replace(meta, `{${envelope}}`)
    : insertMembers(meta, envelope)
  return [...edits, edit, ...putMembers(params, round)]
}

/** The members of an envelope; equal for all calls of a session to one server. */
function recallEnvelope(exchange: Exchange, server: Server): string {
  const { client, session, memo } = exchange
  const caller = nameCaller(exchange, server)
  const level = session?.level
  const known = memo?.envelope
  const isSame =
    known?.caller === caller && known.client === client && known.level === level
  if (isSame) return known.text
  const capabilities = withoutTasks(caller.capabilities)
  const clientInfo = { name: client.name, version: client.version }
  const envelope = {
    ...writeEnvelope({ capabilities, clientInfo }),
    ...(level !== undefined && { [META.level]: level }),
  }
  const text = JSON.stringify(envelope).slice(1, -1)
  if (memo) memo.envelope = { caller, client, level, text }
  return text
}

/** A legacy client does not support modern tasks. */
function withoutTasks(capabilities: Capabilities): Capabilities {
  const { extensions, ...rest } = capabilities
  if (!Object.hasOwn(Object(extensions), TASKS_EXTENSION)) return capabilities
  const { [TASKS_EXTENSION]: _, ...others } = extensions as Capabilities
  return { ...rest, extensions: others }
}

/** Keeps only the capabilities that the config lets the server use. */
function withNarrowCapabilities(
  edits: Edit[],
  bytes: Buffer,
  node: Node | undefined,
  { requests, isolation }: Server,
): Edit[] {
  // A fast path: most clients declare nothing.
  if (!node || node.end - node.start === '{}'.length) return edits
  const declared = Object.entries(Object(parseNode(bytes, node)))
  const may = (key: string) =>
    !ASKABLE.includes(key) ||
    (isolation !== 'shared' && (requests as readonly string[]).includes(key))
  const kept = declared.filter(([key]) => may(key))
  if (kept.length === declared.length) return edits
  return [...edits, replace(node, JSON.stringify(Object.fromEntries(kept)))]
}

const ASKABLE: readonly string[] = ['elicitation', 'sampling', 'roots']

/** Puts the server's own state in the place of the sealed one, and removes
 * members that only one era has. */
function writeState(
  { message, granted, era: own }: Exchange,
  era: Era,
  definition: Definition | undefined,
): readonly Edit[] {
  const { params } = message
  if (!params || own === 'legacy') return NO_EDITS
  if (era === 'legacy') {
    const put = definition?.needsTask() ? { task: '{}' } : {}
    return [...dropMembers(params, MODERN_ONLY), ...putMembers(params, put)]
  }
  const node = findNode(params, 'requestState')
  const state = granted?.state
  if (!node || !state) return NO_EDITS
  if (readReply(message)) {
    return dropMembers(params, ['requestState', 'inputResponses'])
  }
  return state.inner === null
    ? dropMembers(params, ['requestState'])
    : [replace(node, JSON.stringify(state.inner))]
}

/** Members of params that a legacy server must not get; `task` is not for
 * modern clients. */
const MODERN_ONLY = ['requestState', 'inputResponses', 'task']

function writeParams(
  { params, bytes }: Message,
  definition: Definition | undefined,
): Headers | undefined {
  const mirrored = definition?.params() ?? []
  const node = findNode(params, 'arguments')
  if (mirrored.length === 0 || !node) return undefined
  return mirrorParams(mirrored, parseNode(bytes, node))
}

function withoutEnvelope(
  bytes: Buffer,
  meta: Node,
  edits: readonly Edit[],
): string {
  const own = (meta.members ?? []).filter(
    ({ key }) => !key.startsWith(ENVELOPE),
  )
  if (own.length === 0) return '{}'
  const kept = own.map(({ start, node }) => {
    const edit = edits.find((one) => one.start === node.start)
    return edit
      ? bytes.toString('utf8', start, node.start) + edit.text
      : bytes.toString('utf8', start, node.end)
  })
  return `{${kept.join(',')}}`
}
