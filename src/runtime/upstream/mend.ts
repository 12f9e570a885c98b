// Messages of servers that are not quite JSON-RPC, made so where they mean one
// thing. In: bytes that the strict reader refused. Out: messages that it takes.
// INVARIANT: what is mended is read by the strict reader again; a key stands
// once; the server's own words are kept.

import { isUtf8 } from 'node:buffer'
import {
  findNode,
  isAnswer,
  isWhole,
  type Message,
  MessageReader,
  readNumber,
  readString,
} from '../message/message.ts'
import { invalid, type Refusal, type RefusalKind } from '../message/refusal.ts'
import {
  type Fault,
  type Node,
  type ScanOptions,
  type Stretch,
  scanJson,
} from '../message/scan.ts'
import {
  dropMembers,
  type Edit,
  putMembers,
  replace,
  splice,
} from '../message/splice.ts'
import { skipMark } from './http1/frames.ts'

/** The levels that sessions read. */
const KEEP = 2
/** Message, error, its code. */
const KEEP_ODD = 3

/** More answers in one array are no batch of ours. */
const MAX_IN_BATCH = 64

/** Keys and values of all messages in one array: each is scanned more than once,
 * in one turn of the event loop. */
const MAX_BATCH_VALUES = 200_000

/** What a response to us is written with where the server gave no code that is
 * one. */
const NO_CODE = '-32603'

/** Values are bounded by the bytes of a message, which are. */
const ANY = Number.POSITIVE_INFINITY

interface Reading {
  readonly depth: number
  /** Of the session's server; another one for what is read again. */
  readonly reader?: MessageReader
}

/** The message of a server, strictly; most are right. */
export function readServerMessage(
  bytes: Buffer,
  { depth, reader = new MessageReader() }: Reading,
): Message | Refusal {
  return reader.read(bytes, depth, KEEP, ANY)
}

/** Nothing is mended of what is no JSON, or exceeds a bound. */
const HOPELESS: readonly RefusalKind[] = ['syntax', 'depth', 'size']

const DOUBLE: Fault = Object.freeze({ fault: 'duplicate' })

/** `bad`: what the strict reader said. What is no JSON is not read twice. */
export function mendMessages(
  bytes: Buffer,
  depth: number,
  bad?: Refusal,
): readonly Message[] | Refusal {
  const plain = dropMark(bytes)
  const isText = isUtf8(bytes)
  const isHopeless = bad !== undefined && HOPELESS.includes(bad.refusal)
  if (isHopeless && plain === bytes) return bad
  const text = isText ? plain : Buffer.from(plain.toString())
  const values = isArray(text) ? MAX_BATCH_VALUES : ANY
  const options = { depth: depth + 1, keep: 1, values }
  const isKnown = bad?.refusal === 'duplicate' && text === bytes
  const strict = isKnown ? DOUBLE : scanJson(text, options)
  const isDouble = 'fault' in strict && strict.fault === 'duplicate'
  const single = isDouble ? dropDoubles(text, options) : text
  if ('refusal' in single) return single
  const root = isDouble ? scanJson(single, options) : strict
  if ('fault' in root) return { refusal: root.fault }
  if (root.type !== 'array') return mendAll([single], depth)
  const { items = [] } = root
  if (items.length > MAX_IN_BATCH) return invalid('too large a batch')
  return mendAll(
    items.map(({ start, end }) => single.subarray(start, end)),
    depth,
  )
}

function mendAll(
  parts: readonly Buffer[],
  depth: number,
): readonly Message[] | Refusal {
  const messages: Message[] = []
  let bad: Refusal = invalid('an empty batch')
  for (const part of parts) {
    const message = mendOne(part, depth)
    if ('refusal' in message) bad = message
    else messages.push(message)
  }
  return messages.length > 0 ? messages : bad
}

function mendOne(bytes: Buffer, depth: number): Message | Refusal {
  const strict = readServerMessage(bytes, { depth })
  if (!('refusal' in strict) && isComplete(strict)) return strict
  const root = scanJson(bytes, { depth, keep: KEEP_ODD, values: ANY })
  if ('fault' in root) return { refusal: root.fault }
  if (root.type !== 'object') return invalid('not a message')
  const mended = splice(bytes, listEdits(bytes, root))
  const message = readServerMessage(mended, { depth })
  if ('refusal' in message || isComplete(message)) return message
  return invalid('neither result nor error')
}

function isComplete(message: Message): boolean {
  return message.kind !== 'response' || isAnswer(message)
}

function isArray(bytes: Buffer): boolean {
  let at = 0
  while (SPACES.includes(bytes[at] ?? 0)) at++
  return bytes[at] === 0x5b
}

const SPACES: readonly number[] = [0x20, 0x09, 0x0a, 0x0d]

function listEdits(bytes: Buffer, root: Node): readonly Edit[] {
  const isNull = (node: Node | undefined) =>
    node?.type === 'literal' && bytes[node.start] === 0x6e
  const version = findNode(root, 'jsonrpc')
  const drops: string[] = []
  const fresh: Record<string, string> = {}
  const edits: Edit[] = []
  if (!version) fresh.jsonrpc = '"2.0"'
  else if (readString(bytes, version) !== '2.0' && isTwo(bytes, version)) {
    edits.push(replace(version, '"2.0"'))
  }
  if (findNode(root, 'method')) {
    for (const key of ['params', 'id']) {
      if (isNull(findNode(root, key))) drops.push(key)
    }
  } else {
    if (!findNode(root, 'id')) fresh.id = 'null'
    const result = findNode(root, 'result')
    const error = findNode(root, 'error')
    if (error && isNull(error) && result) drops.push('error')
    else if (error) {
      if (result && isNull(result)) drops.push('result')
      edits.push(...mendError(bytes, error))
    }
  }
  return [...edits, ...dropMembers(root, drops), ...putMembers(root, fresh)]
}

/** `2.0` as a number. */
function isTwo(bytes: Buffer, node: Node): boolean {
  return /^2(\.0)?$/.test(bytes.toString('latin1', node.start, node.end))
}

/** An error has a whole number for a code, and a text. What it said instead is
 * put into the text. */
function mendError(bytes: Buffer, error: Node): readonly Edit[] {
  if (error.type === 'string') {
    const message = bytes.toString('utf8', error.start, error.end)
    return [replace(error, `{"code":${NO_CODE},"message":${message}}`)]
  }
  if (error.type !== 'object') return []
  const code = findNode(error, 'code')
  const message = findNode(error, 'message')
  const said = readString(bytes, message)
  const written = code ? readWord(bytes, code) : ''
  const number =
    written !== '' && isWhole(written) ? Number(written) : undefined
  const more = number === undefined && written !== '' ? ` (${written})` : ''
  const text = `${said ?? 'The server gave an error without a message'}${more}`
  const edits: Edit[] = []
  const fresh: Record<string, string> = {}
  if (!code) fresh.code = NO_CODE
  else if (code.type !== 'number' || number === undefined) {
    edits.push(replace(code, String(number ?? NO_CODE)))
  }
  if (!message) fresh.message = JSON.stringify(text)
  else if (said === undefined || more !== '') {
    edits.push(replace(message, JSON.stringify(text)))
  }
  return [...edits, ...putMembers(error, fresh)]
}

/** Whole: what is cut may hold the beginning of a secret. */
function readWord(bytes: Buffer, node: Node): string {
  const text =
    readString(bytes, node) ?? bytes.toString('utf8', node.start, node.end)
  return text === 'null' ? '' : text
}

/** The last of equal keys is what a parser keeps. Refused where they are many, or
 * among many keys. */
function dropDoubles(bytes: Buffer, options: ScanOptions): Buffer | Refusal {
  const doubles: Stretch[] = []
  const root = scanJson(bytes, { ...options, doubles })
  if ('fault' in root) return { refusal: root.fault }
  let end = 0
  const edits = [...doubles]
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .filter((stretch) => {
      // One inside another goes with it.
      if (stretch.start < end) return false
      end = stretch.end
      return true
    })
    .map((stretch) => ({ ...stretch, text: '' }))
  return splice(bytes, edits)
}

function dropMark(bytes: Buffer): Buffer {
  const from = skipMark(bytes, 0)
  return from === 0 ? bytes : bytes.subarray(from)
}

/** The id of a call in what cannot be mended: its first or last bytes may hold
 * one still. */
export function findSpoiledId(bytes: Buffer): number | undefined {
  const ends = [bytes.subarray(0, LOOK), bytes.subarray(-LOOK)]
  for (const end of ends) {
    const [, id] =
      /"id"\s*:\s*"?(\d{1,15})\b/.exec(end.toString('latin1')) ?? []
    if (id !== undefined) return Number(id)
  }
  return undefined
}

const LOOK = 256

/** An id of ours, however it is written: `3`, `3.0`, `"3"`; NaN when it is
 * none. */
export function readOwnId(bytes: Buffer, id: Node | undefined): number {
  if (!id) return Number.NaN
  if (id.type === 'number') return readNumber(bytes, id)
  const text = readString(bytes, id) ?? ''
  return /^\d{1,15}(\.0+)?$/.test(text) ? Number(text) : Number.NaN
}
