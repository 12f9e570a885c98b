// Messages between a client and a server, with the fields that we own spliced.
// In: an exchange, what the other side says. Out: the bytes to pass on.
// INVARIANT: every byte that no rule of design §6 names stays as it came.

import type { Server } from '../contract/table.ts'
import { nameCaller } from './caller.ts'
import {
  findNode,
  type Message,
  parseNode,
  readNumber,
  sliceNode,
} from './edge/message.ts'
import { CODE, ENVELOPE } from './edge/methods.ts'
import type { Node } from './edge/node.ts'
import { mirrorParams } from './edge/params.ts'
import { COMPLETE, PRIVATE } from './edge/reply.ts'
import { dropMember, type Edit, putMembers, splice } from './edge/splice.ts'
import type { Era, Exchange, Use } from './exchange.ts'
import type { Round } from './rounds.ts'
import { mirror, type Outgoing, writeEnvelope } from './upstream/dialect.ts'
import type { Headers } from './upstream/request.ts'

/** One sending of a call. */
export interface Leg {
  /** In the session with the server. */
  readonly id: number
  readonly era: Era
  readonly server: Server
  /** The `traceparent` of the gateway's own span, where there is one. */
  readonly parent: string | undefined
}

const PARENT = 'traceparent'

/** The client's bytes with the upstream name, and an id and a progress token
 * of the upstream session; an envelope stays on its own hop. */
export function writeCall(
  exchange: Exchange,
  use: Use,
  leg: Leg,
  round: Round = {},
): Outgoing {
  const { message, method } = exchange
  const { id, era, parent } = leg
  const { kind, name, exposed } = use
  const text = String(id)
  const edits: Edit[] = []
  if (message.id) edits.push(replace(message.id, text))
  if (kind !== 'resource' && name !== exposed) {
    const isReference = method === 'completion/complete'
    const at = isReference ? findNode(message.params, 'ref') : message.params
    const node = findNode(at, 'name')
    if (node) edits.push(replace(node, JSON.stringify(name)))
  }
  edits.push(...writeMeta(exchange, text, leg, round))
  edits.push(...writeState(exchange))
  const bytes = splice(message.bytes, edits)
  if (era === 'legacy') return { bytes, parent }
  const headers = { ...mirror(method, name), ...writeParams(exchange, use) }
  return { bytes, parent, headers }
}

/** `_meta`: its progress token, and the envelope of the hop. */
function writeMeta(
  exchange: Exchange,
  token: string,
  { era, server, parent }: Leg,
  round: Round,
): readonly Edit[] {
  const { message, era: own } = exchange
  const { bytes, params } = message
  const meta = findNode(params, '_meta')
  const node = findNode(meta, 'progressToken')
  const edits = node ? [replace(node, token)] : []
  const trace = parent === undefined ? undefined : findNode(meta, PARENT)
  if (trace) edits.push(replace(trace, `"${parent}"`))
  if (own === 'modern' && meta) {
    return era === 'legacy'
      ? [replace(meta, withoutEnvelope(bytes, meta, edits))]
      : [...edits, ...narrowCapabilities(bytes, meta, server)]
  }
  if (era === 'legacy' || !params) return edits
  const { client, session } = exchange
  const { capabilities } = nameCaller(exchange, server)
  const clientInfo = { name: client.name, version: client.version }
  const level = session?.level
  const envelope = {
    ...writeEnvelope({ capabilities, clientInfo }),
    ...(level !== undefined && { [`${ENVELOPE}logLevel`]: level }),
  }
  const members = Object.fromEntries(
    Object.entries(envelope).map(([key, one]) => [key, JSON.stringify(one)]),
  )
  return meta
    ? [...edits, ...putMembers(meta, members), ...putMembers(params, round)]
    : putMembers(params, { _meta: JSON.stringify(envelope), ...round })
}

/** Only what the config lets the server ask. */
function narrowCapabilities(
  bytes: Buffer,
  meta: Node,
  { requests, isolation }: Server,
): readonly Edit[] {
  const node = findNode(meta, `${ENVELOPE}clientCapabilities`)
  if (!node) return []
  const declared = Object.entries(Object(parseNode(bytes, node)))
  const may = (key: string) =>
    !ASKABLE.includes(key) ||
    (isolation !== 'shared' && (requests as readonly string[]).includes(key))
  const kept = declared.filter(([key]) => may(key))
  if (kept.length === declared.length) return []
  return [replace(node, JSON.stringify(Object.fromEntries(kept)))]
}

const ASKABLE: readonly string[] = ['elicitation', 'sampling', 'roots']

/** The server's own state, out of the seal that it was given in. */
function writeState({ message, state }: Exchange): readonly Edit[] {
  const { params } = message
  const node = findNode(params, 'requestState')
  if (!params || !node || !state) return []
  return state.inner === null
    ? dropMember(params, 'requestState')
    : [replace(node, JSON.stringify(state.inner))]
}

function writeParams({ message, routing }: Exchange, use: Use): Headers {
  if (use.kind !== 'tool') return {}
  const params = routing.tools.get(use.exposed)?.definition.params() ?? []
  const node = findNode(message.params, 'arguments')
  if (params.length === 0 || !node) return {}
  return mirrorParams(params, parseNode(message.bytes, node))
}

/** Undefined where the client gave no token. */
export function writeProgress(
  { bytes, params }: Message,
  progress: Message,
): Buffer | undefined {
  const token = findNode(findNode(params, '_meta'), 'progressToken')
  const node = findNode(progress.params, 'progressToken')
  if (!token || !node) return undefined
  return splice(progress.bytes, [replace(node, sliceNode(bytes, token))])
}

function withoutEnvelope(
  bytes: Buffer,
  meta: Node,
  edits: readonly Edit[],
): string {
  const kept = (meta.members ?? [])
    .filter(({ key }) => !key.startsWith(ENVELOPE))
    .map(({ start, node }) => {
      const own = edits.find((edit) => edit.start === node.start)
      return own
        ? bytes.toString('utf8', start, node.start) + own.text
        : bytes.toString('utf8', start, node.end)
    })
  return `{${kept.join(',')}}`
}

/** The answer with the client's own id, in the words of its era. */
export function writeAnswer(
  { message, era: own, method }: Exchange,
  { bytes, id, result }: Message,
  era: Era,
): Buffer {
  const edits: Edit[] = []
  if (id && message.id) {
    edits.push(replace(id, sliceNode(message.bytes, message.id)))
  }
  if (result?.type !== 'object') return splice(bytes, edits)
  if (own === 'legacy') {
    if (era === 'modern') edits.push(...dropMember(result, 'resultType'))
    return splice(bytes, edits)
  }
  // A legacy server's own say is replaced, so that it can neither ask nor be
  // cached; a modern one is believed but for whom its answer may be shown to.
  const cached = method === 'resources/read'
  const whole = era === 'legacy' ? COMPLETE : {}
  const missing = findNode(result, 'resultType') ? {} : COMPLETE
  const limits = cached ? (era === 'legacy' ? PRIVATE : SCOPE) : {}
  edits.push(...setMembers(result, { ...missing, ...whole, ...limits }))
  return splice(bytes, edits)
}

const SCOPE = { cacheScope: PRIVATE.cacheScope }

/** Members with these values, whether they are there or not. */
export function setMembers(
  node: Node,
  members: Readonly<Record<string, string>>,
): readonly Edit[] {
  const fresh: Record<string, string> = {}
  const edits: Edit[] = []
  for (const [key, value] of Object.entries(members)) {
    const there = findNode(node, key)
    if (there) edits.push(replace(there, value))
    else fresh[key] = value
  }
  return [...edits, ...putMembers(node, fresh)]
}

/** The HTTP status of an answer (2026-07-28, basic/transports). */
export function judgeStatus(
  { era }: Exchange,
  { bytes, error }: Message,
): number {
  const node = era === 'modern' ? findNode(error, 'code') : undefined
  if (!node) return 200
  const code = readNumber(bytes, node)
  if (code === CODE.unknownMethod) return 404
  return code === CODE.missingCapability ? 400 : 200
}

export function judgeAnswer(
  { method }: Exchange,
  { bytes, result, error }: Message,
) {
  if (error) return 'protocol_error'
  const node = method === 'tools/call' ? findNode(result, 'isError') : undefined
  const failed = node && sliceNode(bytes, node).toString() === 'true'
  return failed ? 'tool_error' : 'ok'
}

function replace(
  { start, end }: { readonly start: number; readonly end: number },
  text: string | Buffer,
): Edit {
  return { start, end, text }
}
