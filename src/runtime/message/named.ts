// Reads the tool, prompt, resource or task that a request names.
// INVARIANT: the name comes from the body, never from a header.

import type { Kind } from '../../contract/table.ts'
import { findNode, type Message, readString } from './message.ts'
import type { UseMethod } from './methods.ts'
import type { Node } from './scan.ts'

/** Longest URI, name or sealed task id, in characters: no usable one is longer. */
export const LONGEST_NAME = 4_096

export interface Named {
  readonly kind: Kind | 'task'
  /** Undefined where the request has no name. */
  readonly name: string | undefined
  readonly node: Node | undefined
  /** The name may be a resource template. */
  readonly template: boolean
}

/** `guess`: the name that a header says, which is used only where the body has
 * the same. */
export function readNamed(
  { bytes, params }: Message,
  { kind, field }: UseMethod,
  guess?: string,
): Named {
  const node = findNode(params, field)
  if (kind !== null) {
    return { kind, name: readString(bytes, node, guess), node, template: false }
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
