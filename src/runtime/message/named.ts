// What a request names: a tool, a prompt, a resource.
// In: a message of a method that uses something. Out: its kind, and its name
// with its place in the bytes.
// INVARIANT: read from the body alone, never from a header.

import type { Kind } from '../../contract/table.ts'
import { findNode, type Message, readString } from './message.ts'
import type { UseMethod } from './methods.ts'
import type { Node } from './scan.ts'

/** Signs of a URI, a name, or a sealed id of a task: nothing that can be used
 * has a longer one. */
export const LONGEST_NAME = 4_096

export interface Named {
  readonly kind: Kind | 'task'
  /** Undefined where nothing is named. */
  readonly name: string | undefined
  readonly node: Node | undefined
  /** A resource may be named by its template. */
  readonly template: boolean
}

export function readNamed(
  { bytes, params }: Message,
  { kind, field }: UseMethod,
): Named {
  const node = findNode(params, field)
  if (kind !== null) {
    return { kind, name: readString(bytes, node), node, template: false }
  }
  // CompleteRequest (server/utilities/completion): a prompt, or a template.
  const type = readString(bytes, findNode(node, 'type'))
  const isPrompt = type === 'ref/prompt'
  const own = findNode(node, isPrompt ? 'name' : 'uri')
  const known = isPrompt || type === 'ref/resource'
  return {
    kind: isPrompt ? 'prompt' : 'resource',
    name: known ? readString(bytes, own) : undefined,
    node: own,
    template: true,
  }
}
