// Replaces stretches of a message and leaves every other byte as it was.
// In: bytes and edits. Out: new bytes.
// INVARIANT: edits do not overlap; what no edit names is copied verbatim.

import type { Node } from './node.ts'

export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string | Buffer
}

/** Takes a member out of an object, with the comma that belongs to it. */
export function dropMember(node: Node, key: string): readonly Edit[] {
  const members = node.members ?? []
  const at = members.findIndex((member) => member.key === key)
  const member = members[at]
  if (!member) return []
  const next = members[at + 1]
  const before = members[at - 1]
  const start = next || !before ? member.start : before.node.end
  const end = next ? next.start : member.node.end
  return [{ start, end, text: '' }]
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
