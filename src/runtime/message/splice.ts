// Replaces stretches of a message and leaves every other byte as it was.
// In: bytes and edits. Out: new bytes.
// INVARIANT: edits do not overlap; what no edit names is copied verbatim.

import { findNode } from './message.ts'
import type { Node } from './scan.ts'

export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string | Buffer
}

/** Takes members out of an object, with the commas that belong to them. */
export function dropMembers(
  node: Node,
  keys: readonly string[],
): readonly Edit[] {
  const members = node.members ?? []
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

/** Puts members, as JSON, before all others of an object. */
export function putMembers(
  node: Node,
  members: Readonly<Record<string, string>>,
): readonly Edit[] {
  const own = Object.entries(members).map(
    ([key, value]) => `${JSON.stringify(key)}:${value}`,
  )
  if (own.length === 0) return []
  const more = (node.members?.length ?? 0) > 0 ? ',' : ''
  const at = node.start + 1
  return [{ start: at, end: at, text: own.join(',') + more }]
}

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

/** Another text in the place of a value. */
export function replace(
  { start, end }: Pick<Node, 'start' | 'end'>,
  text: string | Buffer,
): Edit {
  return { start, end, text }
}

export function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return bytes
  const inOrder =
    edits.length === 1 ? edits : [...edits].sort((a, b) => a.start - b.start)
  let length = bytes.length
  for (const { start, end, text } of inOrder) {
    length += Buffer.byteLength(text) - (end - start)
  }
  const spliced = Buffer.allocUnsafe(length)
  let from = 0
  let at = 0
  for (const { start, end, text } of inOrder) {
    at += bytes.copy(spliced, at, from, start)
    at +=
      typeof text === 'string'
        ? spliced.write(text, at)
        : text.copy(spliced, at)
    from = end
  }
  bytes.copy(spliced, at, from)
  return spliced
}
