// Writes the gateway's own messages.
// INVARIANT: every text is escaped; an id is the bytes that its sender wrote.

import { type Bytes, LONG } from '../base/pieces.ts'
import { type Message, sliceNode } from './message.ts'
import type { Era } from './methods.ts'

/** The id of a message as its sender wrote it; `null` if it has none. */
export function writeId(
  message: Pick<Message, 'bytes' | 'id'> | undefined,
): string {
  if (!message?.id) return 'null'
  return sliceNode(message.bytes, message.id).toString()
}

export function writeError(
  id: string,
  code: number,
  message: string,
  data?: unknown,
): Buffer {
  const extra = data === undefined ? '' : `,"data":${JSON.stringify(data)}`
  return Buffer.from(
    `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":${JSON.stringify(message)}${extra}}}`,
  )
}

/** `body`: the members of the result, without `resultType`. */
export function writeResult(id: string, era: Era, body: string): Buffer {
  return Buffer.from(openResult(id, era, body) + CLOSE)
}

/** A list of rendered items. Modern lists are private and already stale
 * (server/utilities/caching). */
export function writeList(
  id: string,
  era: Era,
  member: string,
  items: Buffer,
): Bytes {
  const cache = era === 'modern' ? UNCACHED : ''
  const pieces = [
    Buffer.from(openResult(id, era, `${cache}"${member}":[`)),
    items,
    Buffer.from(`]${CLOSE}`),
  ]
  return items.length < LONG ? Buffer.concat(pieces) : pieces
}

/** Members of every complete modern result. */
export const COMPLETE = { resultType: '"complete"' } as const

/** Caching members of a filtered answer: no cache may keep it. */
export const PRIVATE = { ttlMs: '0', cacheScope: '"private"' } as const

function writeMembers(members: Readonly<Record<string, string>>): string {
  return Object.entries(members)
    .map(([key, value]) => `"${key}":${value},`)
    .join('')
}

const WHOLE = writeMembers(COMPLETE)

/** The same as text, with a comma after each member. */
export const UNCACHED = writeMembers(PRIVATE)

/** A tool result with `isError`, which an agent reads as a failed call. */
export function writeToolError(
  id: string,
  era: Era,
  text: string,
  meta?: Readonly<Record<string, unknown>>,
): Buffer {
  const tail = meta ? `,"_meta":${JSON.stringify(meta)}` : ''
  const content = `"content":[{"type":"text","text":${JSON.stringify(text)}}]`
  return writeResult(id, era, `${content},"isError":true${tail}`)
}

function openResult(id: string, era: Era, body: string): string {
  const type = era === 'modern' ? WHOLE : ''
  return `{"jsonrpc":"2.0","id":${id},"result":{${type}${body}`
}

const CLOSE = '}}'
