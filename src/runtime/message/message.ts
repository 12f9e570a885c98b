// Reads one JSON-RPC message as offsets into its bytes.
// INVARIANT: the members that the gateway reads are named exactly so, and no
// other notation of their names is in the same object.

import { foldKey, isPlainKey } from '../../table/fold.ts'
import { BELOW, Forms } from './forms.ts'
import { type Meta, readMeta } from './meta.ts'
import { invalid, type Refusal } from './refusal.ts'
import {
  decodeString,
  type Member,
  type Node,
  Scanner,
  type ScanOptions,
} from './scan.ts'

export interface Message {
  readonly bytes: Buffer
  readonly kind: 'request' | 'notification' | 'response'
  /** Of a request or a response; an error response may have none. */
  readonly id: Node | undefined
  /** '' for a response. */
  readonly method: string
  readonly params: Node | undefined
  /** Of the params. */
  readonly meta: Meta | undefined
  readonly result: Node | undefined
  readonly error: Node | undefined
}

const READ_ENVELOPE = ['jsonrpc', 'id', 'method', 'params', 'result', 'error']
const READ_PARAMS = ['name', 'uri', 'cursor', '_meta', 'arguments']

/** Levels kept: of the message, of its params or result, of `_meta`. */
const KEEP = 3

/** Most values whose offsets are kept. `arguments` is parsed as a whole, or not
 * at all. */
const MOST_KEPT = 20_000
const OPAQUE = 'arguments'

const NONE: readonly Member[] = []
const NO_OPTIONS: ScanOptions = { depth: 0, keep: 0 }

/** Reads messages, one after the other, with one scanner. */
export class MessageReader {
  readonly #scanner = new Scanner()
  #forms = new Forms()
  /** With which the forms were accepted. */
  #options: ScanOptions = NO_OPTIONS

  /** `keep`: levels of nodes to keep, if more than KEEP. */
  read(
    bytes: Buffer,
    depth: number,
    keep?: number,
    values?: number,
  ): Message | Refusal {
    const options = this.#renewOptions(depth, keep, values)
    const form = this.#scanner.find(bytes, options, this.#forms)
    if (form) return readEnvelope(bytes, form.root, form.method)
    const root = this.#scanner.scan(bytes, options)
    if ('fault' in root) return { refusal: root.fault }
    if (root.type === 'array') return invalid('a batch is not accepted')
    if (root.type !== 'object') return invalid('the body is not a message')
    const message = readEnvelope(bytes, root)
    if ('kind' in message && this.#forms.learns(bytes)) {
      this.#learn(message, root, options)
    }
    return message
  }

  #learn({ bytes, method }: Message, root: Node, options: ScanOptions): void {
    const keep = options.keep + BELOW
    const deep = this.#scanner.scan(bytes, { ...options, keep })
    if ('fault' in deep) return
    const fixed = [findNode(root, 'jsonrpc'), findNode(root, 'method')]
    this.#forms.learn({ bytes, root, deep, method, fixed })
  }

  #renewOptions(
    depth: number,
    keep: number | undefined,
    values: number | undefined,
  ): ScanOptions {
    const isPlain = keep === undefined
    const last = this.#options
    const isSame =
      last.depth === depth &&
      last.keep === (keep ?? KEEP) &&
      last.values === values &&
      (last.opaque === OPAQUE) === isPlain
    if (isSame) return last
    this.#forms = new Forms()
    this.#options = {
      depth,
      keep: keep ?? KEEP,
      values,
      most: isPlain ? MOST_KEPT : undefined,
      opaque: isPlain ? OPAQUE : undefined,
    }
    return this.#options
  }
}

/** As a reader that is used once. */
export function readMessage(
  bytes: Buffer,
  depth: number,
  keep?: number,
  values?: number,
): Message | Refusal {
  return new MessageReader().read(bytes, depth, keep, values)
}

/** `known`: the method of a message that was accepted, and has the same keys and
 * the same `jsonrpc`. */
function readEnvelope(
  bytes: Buffer,
  root: Node,
  known?: string,
): Message | Refusal {
  const isNew = known === undefined
  const ambiguous = isNew && findAmbiguity(root.members ?? NONE, READ_ENVELOPE)
  if (ambiguous) return invalid(ambiguous)
  if (isNew && readString(bytes, findNode(root, 'jsonrpc')) !== '2.0') {
    return invalid('`jsonrpc` is not "2.0"')
  }
  const id = findNode(root, 'id')
  const method = findNode(root, 'method')
  const given = findNode(root, 'params')
  const params = isNull(bytes, given) ? undefined : given
  if (!method) return readResponse(bytes, root, id)
  if (method.type !== 'string') return invalid('`method` is not a string')
  if (id && !isValidId(bytes, id)) {
    return invalid('`id` is not a string or a safe integer')
  }
  if (params && params.type !== 'object') {
    return invalid('`params` is not an object')
  }
  const inner =
    isNew && findAmbiguity(params?.members ?? NONE, READ_PARAMS, 'params.')
  if (inner) return invalid(inner)
  const meta = findNode(params, '_meta')
  if (meta && meta.type !== 'object' && !isNull(bytes, meta)) {
    return invalid('`params._meta` is not an object')
  }
  return {
    bytes,
    kind: id ? 'request' : 'notification',
    id,
    method: known ?? (readString(bytes, method) as string),
    params,
    meta: meta && readMeta(meta),
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
  const none = undefined
  return {
    bytes,
    kind,
    id,
    method: '',
    params: none,
    meta: none,
    result,
    error,
  }
}

/** A string of at most 256 bytes, or an integer that every peer can hold. */
function isValidId(bytes: Buffer, id: Node): boolean {
  if (id.type === 'string') return id.end - id.start <= 258
  if (id.type !== 'number') return false
  if (isShortInteger(bytes, id)) return true
  const text = bytes.toString('latin1', id.start, id.end)
  return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))
}

/** Most digits that are a safe integer, whichever they are. */
const SHORT_DIGITS = 15

/** Most ids are such, and need no text. */
function isShortInteger(bytes: Buffer, { start, end }: Node): boolean {
  if (end - start > SHORT_DIGITS) return false
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte < 0x30 || byte > 0x39) return false
  }
  return true
}

function readDigits(bytes: Buffer, { start, end }: Node): number {
  let value = 0
  for (let at = start; at < end; at++) {
    value = value * 10 + (bytes[at] as number) - 0x30
  }
  return value
}

export function findNode(
  node: Node | undefined,
  key: string,
): Node | undefined {
  const members = node?.members
  if (!members) return undefined
  for (let i = 0; i < members.length; i++) {
    const member = members[i] as Member
    if (member.key === key) return member.node
  }
  return undefined
}

/** Some clients write null instead of leaving a member out. */
export function isNull(bytes: Buffer, node: Node | undefined): boolean {
  return node?.type === 'literal' && bytes[node.start] === 0x6e
}

export function isTrue(bytes: Buffer, node: Node | undefined): boolean {
  return node?.type === 'literal' && bytes[node.start] === 0x74
}

/** The text of a string node; undefined for any other. `guess`: what it probably
 * is, which makes no new text then. */
export function readString(
  bytes: Buffer,
  node: Node | undefined,
  guess?: string,
): string | undefined {
  if (node?.type !== 'string') return undefined
  const { start, end } = node
  return guess !== undefined && isPlainText(bytes, start + 1, end - 1, guess)
    ? guess
    : decodeString(bytes, start, end)
}

/** Whether a string is this text, and is written without escapes, in ASCII. */
function isPlainText(
  bytes: Buffer,
  from: number,
  end: number,
  text: string,
): boolean {
  if (text.length !== end - from) return false
  for (let at = 0; at < text.length; at++) {
    const byte = bytes[from + at] as number
    if (byte !== text.charCodeAt(at)) return false
    if (byte === BACKSLASH || byte > 0x7f) return false
  }
  return true
}

const BACKSLASH = 0x5c

/** The value of a number node; NaN for any other. */
export function readNumber(bytes: Buffer, node: Node): number {
  if (node.type !== 'number') return Number.NaN
  if (isShortInteger(bytes, node)) return readDigits(bytes, node)
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

/** Whether every parser reads this number as the same integer. */
export function isWhole(text: string): boolean {
  return text.length <= 32 && Number.isSafeInteger(Number(text))
}

export function sliceNode(bytes: Buffer, node: Node): Buffer {
  return bytes.subarray(node.start, node.end)
}

/** Parses the value of a node. */
export function parseNode(bytes: Buffer, node: Node): unknown {
  return JSON.parse(bytes.toString('utf8', node.start, node.end))
}

/** Most keys of one object that are folded: keys of the protocol need none. */
const MAX_FOLDED = 1_000

/** A key that equals one of `read` except for case or similar letters: another
 * parser might read it instead. */
function findAmbiguity(
  members: readonly Member[],
  read: readonly string[],
  path = '',
): string | undefined {
  let left = MAX_FOLDED
  for (const { key } of members) {
    if (read.includes(key) || isPlainKey(key)) continue
    if (left-- === 0) return 'there are too many keys that are not plain ASCII'
    const folded = foldKey(key)
    if (folded === undefined) return 'a key that is not plain ASCII is too long'
    if (!read.includes(folded)) continue
    if (members.some((other) => other.key === folded)) {
      return `\`${path}${folded}\` is written in two ways`
    }
  }
  return undefined
}
