// What a client declares that it can do, as far as it is kept.
// In: the node of its capabilities. Out: known members, in a few KiB.
// INVARIANT: what is kept of a client does not grow with what it sends.

import { parseNode } from './message.ts'
import type { Node } from './scan.ts'

export type Capabilities = Readonly<Record<string, unknown>>

/** Bytes. */
const MAX = 4_096

/** What a server may ask comes before what only is shown to it. */
const KNOWN = [
  'elicitation',
  'sampling',
  'roots',
  'tasks',
  'extensions',
  'experimental',
]

/** Of more than that, known members as long as there is room. */
export function readCapabilities(bytes: Buffer, node: Node): Capabilities {
  const declared = parseNode(bytes, node) as Capabilities
  if (node.end - node.start <= MAX) return declared
  let left = MAX
  const kept = KNOWN.filter((name) => {
    if (!Object.hasOwn(declared, name)) return false
    const size = Buffer.byteLength(JSON.stringify(declared[name]))
    if (size > left) return false
    left -= size
    return true
  })
  return Object.fromEntries(kept.map((name) => [name, declared[name]]))
}
