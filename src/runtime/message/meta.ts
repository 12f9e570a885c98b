// The members of a request's `_meta` that the gateway reads.
// In: its node. Out: their nodes. INVARIANT: each is looked for once a message.

import { META } from './methods.ts'
import type { Node } from './scan.ts'

export interface Meta {
  /** An object, or null. */
  readonly node: Node
  readonly version: Node | undefined
  readonly client: Node | undefined
  readonly capabilities: Node | undefined
  readonly level: Node | undefined
  readonly progressToken: Node | undefined
  readonly traceparent: Node | undefined
}

const NONE: NonNullable<Node['members']> = []

export function readMeta(node: Node): Meta {
  const members = node.members ?? NONE
  let version: Node | undefined
  let client: Node | undefined
  let capabilities: Node | undefined
  let level: Node | undefined
  let progressToken: Node | undefined
  let traceparent: Node | undefined
  for (let i = 0; i < members.length; i++) {
    const { key, node: own } = members[i] as (typeof members)[number]
    if (key === META.version) version = own
    else if (key === META.client) client = own
    else if (key === META.capabilities) capabilities = own
    else if (key === META.level) level = own
    else if (key === 'progressToken') progressToken = own
    else if (key === 'traceparent') traceparent = own
  }
  return {
    node,
    version,
    client,
    capabilities,
    level,
    progressToken,
    traceparent,
  }
}
