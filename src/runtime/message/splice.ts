// Replaces ranges of a message and leaves every other byte unchanged.
// INVARIANT: edits do not overlap; bytes outside of them are copied verbatim.

import { type Bytes, LONG } from '../base/pieces.ts'
import { findNode } from './message.ts'
import type { Node } from './scan.ts'

export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string | Buffer
}

export const NO_EDITS: readonly Edit[] = []

/** Removes members of an object, with their commas. */
export function dropMembers(
  node: Node,
  keys: readonly string[],
): readonly Edit[] {
  const members = node.members ?? []
  if (!members.some(({ key }) => keys.includes(key))) return NO_EDITS
  const drops = members.map(({ key }) => keys.includes(key))
  const last = drops.lastIndexOf(false)
  const edits: Edit[] = members.flatMap(({ start }, i) => {
    const next = members[i + 1]
    return drops[i] && next && i < last
      ? [{ start, end: next.start, text: '' }]
      : []
  })
  const [first, end] = [members[last + 1], members.at(-1)]
  if (!first || !end) return edits
  const start = members[last]?.node.end ?? first.start
  return [...edits, { start, end: end.node.end, text: '' }]
}

/** Inserts members before all others; values are JSON. */
export function putMembers(
  node: Node,
  members: Readonly<Record<string, string>>,
): readonly Edit[] {
  const text = writeMembers(members)
  return text === '' ? NO_EDITS : [insertMembers(node, text)]
}

export function writeMembers(
  members: Readonly<Record<string, string>>,
): string {
  return Object.entries(members)
    .map(([key, value]) => `${JSON.stringify(key)}:${value}`)
    .join(',')
}

/** As `putMembers`, for members that were written before. */
export function insertMembers(node: Node, text: string): Edit {
  const more = (node.members?.length ?? 0) > 0 ? ',' : ''
  const at = node.start + 1
  return { start: at, end: at, text: text + more }
}

/** Sets members, whether they exist or not; values are JSON. */
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

/** Replaces a value. */
export function replace(
  { start, end }: Pick<Node, 'start' | 'end'>,
  text: string | Buffer,
): Edit {
  return { start, end, text }
}

function isInOrder(edits: readonly Edit[]): boolean {
  for (let i = 1; i < edits.length; i++) {
    if ((edits[i] as Edit).start < (edits[i - 1] as Edit).start) return false
  }
  return true
}

function sort(edits: readonly Edit[]): readonly Edit[] {
  return isInOrder(edits) ? edits : [...edits].sort((a, b) => a.start - b.start)
}

/** As `splice`, without a copy of a long message. */
export function splicePieces(bytes: Buffer, edits: readonly Edit[]): Bytes {
  if (edits.length === 0 || bytes.length < LONG) return splice(bytes, edits)
  const pieces: Buffer[] = []
  let from = 0
  for (const { start, end, text } of sort(edits)) {
    pieces.push(bytes.subarray(from, start))
    pieces.push(typeof text === 'string' ? Buffer.from(text) : text)
    from = end
  }
  return [...pieces, bytes.subarray(from)].filter(({ length }) => length > 0)
}

export function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return bytes
  const spliced = Buffer.allocUnsafe(measureSplice(bytes, edits))
  spliceInto(spliced, 0, bytes, edits)
  return spliced
}

/** Bytes of the edited message. */
export function measureSplice(bytes: Buffer, edits: readonly Edit[]): number {
  let { length } = bytes
  for (let i = 0; i < edits.length; i++) {
    const { start, end, text } = edits[i] as Edit
    const size = isShortAscii(text) ? text.length : Buffer.byteLength(text)
    length += size - (end - start)
  }
  return length
}

/** Writes the edited message into `target`, from `start` on. */
export function spliceInto(
  target: Buffer,
  start: number,
  bytes: Buffer,
  edits: readonly Edit[],
): void {
  let from = 0
  let at = start
  const sorted = sort(edits)
  for (let i = 0; i < sorted.length; i++) {
    const { text, start, end } = sorted[i] as Edit
    at += copy(bytes, target, at, from, start)
    if (isShortAscii(text)) at += writeAscii(text, target, at)
    else if (typeof text === 'string') at += target.write(text, at)
    else at += text.copy(target, at)
    from = end
  }
  copy(bytes, target, at, from, bytes.length)
}

/** Up to here, one by one costs less than a call of Node's. */
const SHORT = 48

function copy(
  bytes: Buffer,
  target: Buffer,
  at: number,
  from: number,
  end: number,
): number {
  if (end - from > SHORT) return bytes.copy(target, at, from, end)
  for (let i = from; i < end; i++) target[at + i - from] = bytes[i] as number
  return end - from
}

/** Most ids and names. */
function isShortAscii(text: string | Buffer): text is string {
  if (typeof text !== 'string' || text.length > SHORT) return false
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return false
  }
  return true
}

function writeAscii(text: string, target: Buffer, at: number): number {
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i)
  return text.length
}
