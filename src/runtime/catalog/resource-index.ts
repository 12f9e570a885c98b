// Resources that no server lists, by the server whose answers linked to them.
// INVARIANT: it says where a resource is, never whether it may be read.

import { createCache } from '../base/cache.ts'
import { findNode, readMessage, readString } from '../message/message.ts'
import type { Node } from '../message/scan.ts'

const MAX = 10_000

/** Most servers of one URI. */
const MAX_CLAIMS = 4

export class ResourceIndex {
  readonly #servers = createCache<string, readonly string[]>(MAX)

  /** `lineage`: the tokens that got the link. */
  add(lineage: string, server: string, uri: string): void {
    const key = joinKey(lineage, uri)
    const known = this.#servers.get(key) ?? []
    if (known.includes(server) || known.length >= MAX_CLAIMS) return
    this.#servers.set(key, [...known, server])
  }

  /** The servers whose answers linked to it. */
  find(lineage: string, uri: string): readonly string[] {
    return this.#servers.get(joinKey(lineage, uri)) ?? []
  }
}

function joinKey(lineage: string, uri: string): string {
  return `${lineage} ${uri}`
}

/** Message, result, messages, one, its content, an item of it, a resource. */
const KEEP = 7

/** Most links of one answer. */
const MAX_LINKS = 100

/** Longest URI that is kept: a longer one would not fit in a header. */
const LONGEST = 4_096

/** The URIs that an answer to tools/call or prompts/get links to or embeds. */
export function readLinks(bytes: Buffer, depth: number): readonly string[] {
  if (!bytes.includes('"resource')) return []
  const message = readMessage(bytes, depth, KEEP)
  if ('refusal' in message) return []
  const { result } = message
  const own = findNode(result, 'content')?.items ?? []
  const messages = findNode(result, 'messages')?.items ?? []
  const nested = messages.flatMap((one) => {
    const content = findNode(one, 'content')
    return content?.items ?? (content ? [content] : [])
  })
  return [...own, ...nested].slice(0, MAX_LINKS).flatMap((node) => {
    const uri = readString(bytes, findUri(bytes, node))
    return uri === undefined || uri.length > LONGEST ? [] : [uri]
  })
}

function findUri(bytes: Buffer, node: Node): Node | undefined {
  const type = readString(bytes, findNode(node, 'type'))
  if (type === 'resource_link') return findNode(node, 'uri')
  if (type !== 'resource') return undefined
  return findNode(findNode(node, 'resource'), 'uri')
}
