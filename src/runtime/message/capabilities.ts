// Reads the capabilities of a client, as far as they are kept.
// INVARIANT: what is kept of a client is at most MAX bytes.

import { parseNode } from './message.ts'
import type { Node } from './scan.ts'

export type Capabilities = Readonly<Record<string, unknown>>

/** Bytes. */
const MAX = 4_096

/** In order of importance: what servers may request comes first. */
const KNOWN = [
  'elicitation',
  'sampling',
  'roots',
  'tasks',
  'extensions',
  'experimental',
]

/** Longer capabilities keep their known members, as many as fit. */
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
