// A tool's definition as clients of each era take it.
// In: a definition, what its server said of itself. Out: edits to its bytes.
// INVARIANT: all that is taken away is what that era has no use for.

import { findNode, readString } from '../edge/message.ts'
import type { Node } from '../edge/node.ts'
import { scanJson } from '../edge/scan.ts'
import { dropMembers, type Edit } from '../edge/splice.ts'
import type { Era } from '../exchange.ts'
import type { Definition } from '../upstream/definition.ts'
import type { Greeting } from '../upstream/greeting.ts'
import { servesTasks } from './introduce.ts'

const NONE: readonly Edit[] = []

/** Definition, its schema or `execution`. */
const KEEP = 2

/** It was read within `caps.depth`. */
const DEPTH = 10_000

export function fitDefinition(
  { bytes }: Definition,
  greeting: Greeting | undefined,
  era: Era,
): readonly Edit[] {
  // Most have neither, and a list has many.
  const timed = bytes.includes('"taskSupport"')
  const typed = greeting?.era === 'modern' && bytes.includes('"outputSchema"')
  if (!timed && !typed) return NONE
  const root = scanJson(bytes, { depth: DEPTH, keep: KEEP })
  if ('fault' in root) return NONE
  const keys: string[] = []
  const edits: Edit[] = []
  const asTask = era === 'legacy' && (!greeting || servesTasks(greeting))
  const execution = findNode(root, 'execution')
  if (execution && !asTask) {
    const alone = execution.members?.length === 1
    if (alone) keys.push('execution')
    else edits.push(...dropMembers(execution, ['taskSupport']))
  }
  // Older clients refuse a list in which one schema is no object's.
  if (era === 'legacy' && typed && !isObjects(bytes, root)) {
    keys.push('outputSchema')
  }
  return [...edits, ...dropMembers(root, keys)]
}

function isObjects(bytes: Buffer, root: Node): boolean {
  const schema = findNode(root, 'outputSchema')
  if (!schema) return true
  return readString(bytes, findNode(schema, 'type')) === 'object'
}
