// One JSON-RPC message, as offsets into its bytes.
// In: bytes of a body, a line or an event. Out: a Message, or why it is none.
// INVARIANT: members that we read are spelt exactly so, and no other spelling
// of them stands beside them.

import { foldKey, isPlainKey } from '../../table/fold.ts'
import { invalid, type Refusal } from './refusal.ts'
import { decodeString, type Member, type Node, scanJson } from './scan.ts'

export interface Message {
  readonly bytes: Buffer
  readonly kind: 'request' | 'notification' | 'response'
  /** Of a request or response; a response to nobody has none. */
  readonly id: Node | undefined
  /** '' for a response. */
  readonly method: string
  readonly params: Node | undefined
  readonly result: Node | undefined
  readonly error: Node | undefined
}

const READ_ENVELOPE = ['jsonrpc', 'id', 'method', 'params', 'result', 'error']
const READ_PARAMS = ['name', 'uri', 'cursor', '_meta', 'arguments']

/** Levels kept: of the message, of its params or result, of `_meta`. */
const KEEP = 3

/** Values whose places are kept of a message that is read so far alone. What is
 * in `arguments` is read as a whole or not at all. */
const OPTIONS = { keep: KEEP, most: 20_000, opaque: 'arguments' } as const

const NONE: readonly Member[] = []

/** `keep`: levels, where they are more. */
export function readMessage(
  bytes: Buffer,
  depth: number,
  keep?: number,
  values?: number,
): Message | Refusal {
  const root = scanJson(bytes, {
    depth,
    ...(keep === undefined ? OPTIONS : { keep }),
    ...(values && { values }),
  })
  if ('fault' in root) return { refusal: root.fault }
  if (root.type === 'array') return invalid('a batch is not accepted')
  if (root.type !== 'object') return invalid('the body is not a message')
  const envelope = root.members ?? []
  const clash = findClash(envelope, READ_ENVELOPE)
  if (clash) return invalid(clash)

  const version = findNode(root, 'jsonrpc')
  if (!version || readString(bytes, version) !== '2.0') {
    return invalid('`jsonrpc` is not "2.0"')
  }
  const id = findNode(root, 'id')
  const method = findNode(root, 'method')
  const given = findNode(root, 'params')
  const params = isNull(bytes, given) ? undefined : given
  if (!method) return readResponse(bytes, root, id)
  if (method.type !== 'string') return invalid('`method` is not a string')
  if (id && !isId(bytes, id)) {
    return invalid('`id` is not a string or a safe integer')
  }
  if (params && params.type !== 'object') {
    return invalid('`params` is not an object')
  }
  const inner = findClash(params?.members ?? NONE, READ_PARAMS, 'params.')
  if (inner) return invalid(inner)
  const meta = findNode(params, '_meta')
  if (meta && meta.type !== 'object' && !isNull(bytes, meta)) {
    return invalid('`params._meta` is not an object')
  }
  return {
    bytes,
    kind: id ? 'request' : 'notification',
    id,
    method: readString(bytes, method) as string,
    params,
    result: undefined,
    error: undefined,
  }
}

function readResponse(
  bytes: Buffer,
  root: Node,
  id: Node | undefined,
): Message | Refusal {
  const result = findNode(root, 'result')
  const error = findNode(root, 'error')
  if ((result === undefined) === (error === undefined)) {
    return invalid('there is no `method`, and not one of `result` and `error`')
  }
  const kind = 'response'
  return { bytes, kind, id, method: '', params: undefined, result, error }
}

/** A string of at most 256 bytes, or an integer that every peer can hold. */
function isId(bytes: Buffer, id: Node): boolean {
  if (id.type === 'string') return id.end - id.start <= 258
  if (id.type !== 'number') return false
  const text = bytes.toString('latin1', id.start, id.end)
  return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))
}

export function findNode(
  node: Node | undefined,
  key: string,
): Node | undefined {
  for (const member of node?.members ?? NONE) {
    if (member.key === key) return member.node
  }
  return undefined
}

/** Some clients write null for what they leave out. */
export function isNull(bytes: Buffer, node: Node | undefined): boolean {
  return node?.type === 'literal' && bytes[node.start] === 0x6e
}

/** The text of a string node; undefined for any other. */
export function readString(
  bytes: Buffer,
  node: Node | undefined,
): string | undefined {
  if (node?.type !== 'string') return undefined
  return decodeString(bytes, node.start, node.end)
}

/** The value of a number node; NaN for any other. */
export function readNumber(bytes: Buffer, node: Node): number {
  if (node.type !== 'number') return Number.NaN
  return Number(bytes.toString('latin1', node.start, node.end))
}

/** A result is an object; an error has a code, which is a whole number, and a
 * message (JSON-RPC 2.0). */
export function isAnswer({ bytes, result, error }: Message): boolean {
  if (result) return result.type === 'object'
  const code = findNode(error, 'code')
  return (
    code?.type === 'number' &&
    findNode(error, 'message')?.type === 'string' &&
    isWhole(bytes.toString('latin1', code.start, code.end))
  )
}

/** Whether every parser reads this number as one and the same integer. */
export function isWhole(text: string): boolean {
  return text.length <= 32 && Number.isSafeInteger(Number(text))
}

export function sliceNode(bytes: Buffer, node: Node): Buffer {
  return bytes.subarray(node.start, node.end)
}

/** The parsed value of a node: for what policy or audit must understand. */
export function parseNode(bytes: Buffer, node: Node): unknown {
  return JSON.parse(bytes.toString('utf8', node.start, node.end))
}

/** Keys of one object that are folded: of the protocol's own, few need it. */
const MAX_FOLDED = 1_000

/** A key that equals one we read but for case: another parser might read it
 * instead (`Name` over `name`). All that we read are plain. */
function findClash(
  members: readonly Member[],
  read: readonly string[],
  path = '',
): string | undefined {
  let left = MAX_FOLDED
  for (const { key } of members) {
    if (isPlainKey(key)) continue
    if (left-- === 0) return 'there are too many keys that cannot be told apart'
    const folded = foldKey(key)
    if (folded === undefined) return 'a key is too long to be told from others'
    if (!read.includes(folded)) continue
    if (members.some((other) => other.key === folded)) {
      return `\`${path}${folded}\` is spelt in two ways`
    }
  }
  return undefined
}
