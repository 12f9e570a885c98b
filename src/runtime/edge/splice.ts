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
  const parts: Buffer[] = []
  let from = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    parts.push(bytes.subarray(from, edit.start))
    parts.push(
      typeof edit.text === 'string' ? Buffer.from(edit.text) : edit.text,
    )
    from = edit.end
  }
  parts.push(bytes.subarray(from))
  return Buffer.concat(parts)
}
