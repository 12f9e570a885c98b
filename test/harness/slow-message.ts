// A slow and obvious reader of JSON-RPC messages.
// In: bytes. Out: the members that the gateway reads, with their offsets; or the
// kind of the refusal.
// INVARIANT: shares with src/runtime/message only the folding of keys.

import { foldKey } from '../../src/table/fold.ts'
import { readSlowly, type SlowNode } from './slow-json.ts'

interface SlowMessage {
  readonly refusal?: string
  readonly message?: Readonly<Record<string, unknown>>
}

const INVALID: SlowMessage = { refusal: 'message' }

const OPTIONS = { keep: 3, most: 20_000, opaque: 'arguments' }

const ENVELOPE = ['jsonrpc', 'id', 'method', 'params', 'result', 'error']
const PARAMS = ['name', 'uri', 'cursor', '_meta', 'arguments']

export function readMessageSlowly(bytes: Buffer, depth: number): SlowMessage {
  const { fault, root } = readSlowly(bytes, { depth, ...OPTIONS })
  if (!root) return { refusal: String(fault) }
  const read = (node: SlowNode | undefined) =>
    node && JSON.parse(bytes.toString('utf8', node.start, node.end))
  const write = (node: SlowNode) =>
    bytes.toString('latin1', node.start, node.end)
  if (root.type !== 'object' || isDoubtful(root, ENVELOPE)) return INVALID
  const find = (key: string) =>
    root.members?.find((member) => member.key === key)?.node
  if (read(find('jsonrpc')) !== '2.0') return INVALID
  const [id, method, result, error] = ['id', 'method', 'result', 'error'].map(
    find,
  )
  const given = find('params')
  const isAnswer = !method
  if (isAnswer) {
    if (!result === !error) return INVALID
    const none = { method: '', params: undefined, meta: undefined }
    return { message: { kind: 'response', id, ...none, result, error } }
  }
  if (typeof read(method) !== 'string') return INVALID
  if (id && !isId(write(id))) return INVALID
  const params = read(given) === null ? undefined : given
  if (params && params.type !== 'object') return INVALID
  if (params && isDoubtful(params, PARAMS)) return INVALID
  const meta = params?.members?.find(({ key }) => key === '_meta')?.node
  if (meta && meta.type !== 'object' && read(meta) !== null) return INVALID
  const kind = id ? 'request' : 'notification'
  const none = { result: undefined, error: undefined }
  const own = { method: read(method), params, meta: meta && readMeta(meta) }
  return { message: { kind, id, ...own, ...none } }
}

const MODERN = 'io.modelcontextprotocol/'

function readMeta(node: SlowNode): Readonly<Record<string, unknown>> {
  const find = (name: string) =>
    node.members?.find(({ key }) => key === name)?.node
  return {
    node,
    version: find(`${MODERN}protocolVersion`),
    client: find(`${MODERN}clientInfo`),
    capabilities: find(`${MODERN}clientCapabilities`),
    level: find(`${MODERN}logLevel`),
    progressToken: find('progressToken'),
    traceparent: find('traceparent'),
  }
}

function isId(text: string): boolean {
  if (text.startsWith('"')) return text.length <= 258
  return /^-?\d+$/.test(text) && Number.isSafeInteger(JSON.parse(text))
}

/** A key that is read stands there twice, as lax readers see it. */
function isDoubtful({ members = [] }: SlowNode, read: readonly string[]) {
  const keys = members.map(({ key }) => key)
  return keys.some((key) => {
    const folded = foldKey(key)
    if (folded === undefined) return true
    return folded !== key && read.includes(folded) && keys.includes(folded)
  })
}
