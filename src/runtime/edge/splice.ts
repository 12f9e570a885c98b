// Replaces stretches of a message and leaves every other byte as it was.
// In: bytes and edits. Out: new bytes.
// INVARIANT: edits do not overlap; what no edit names is copied verbatim.

export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string | Buffer
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
