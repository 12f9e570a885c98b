// Takes secret values out of what a server says.
// In: a message's bytes, the values. Out: the message without them.
// INVARIANT: only the inside of JSON strings changes, however they were
// escaped; what holds no secret is returned as it is.

import { decodeString, type Node } from '../edge/node.ts'
import { scanJson } from '../edge/scan.ts'
import { type Edit, splice } from '../edge/splice.ts'

const DEPTH = 64

export function redactSecrets(
  bytes: Buffer,
  values: ReadonlySet<string>,
): Buffer {
  if (values.size === 0) return bytes
  const root = scanJson(bytes, { depth: DEPTH, keep: DEPTH })
  if ('fault' in root) return bytes
  const edits: Edit[] = []
  visit(root, (node) => {
    const said = decodeString(bytes, node.start, node.end)
    const safe = redactText(said, values)
    if (safe === said) return
    const { start, end } = node
    edits.push({ start, end, text: JSON.stringify(safe) })
  })
  return splice(bytes, edits)
}

/** What a server says outside of its messages. */
export function redactText(said: string, values: ReadonlySet<string>): string {
  let safe = said
  for (const value of values) safe = safe.replaceAll(value, '[redacted]')
  return safe
}

/** Every string value; keys are the protocol's own. */
function visit(node: Node, see: (text: Node) => void): void {
  if (node.type === 'string') see(node)
  for (const { node: inner } of node.members ?? []) visit(inner, see)
  for (const item of node.items ?? []) visit(item, see)
}
