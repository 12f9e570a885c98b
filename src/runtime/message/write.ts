// The messages that the gateway writes itself.
// In: the client's id as it wrote it, texts. Out: JSON-RPC answers as bytes.
// INVARIANT: every text is escaped; an id is the bytes that its sender wrote.

import { type Message, sliceNode } from './message.ts'
import type { Era } from './methods.ts'

/** The id of a message as its sender wrote it; `null` where it has none. */
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

/** `body` is the inside of the result object, without `resultType`. */
export function writeResult(id: string, era: Era, body: string): Buffer {
  return Buffer.from(openResult(id, era, body) + CLOSE)
}

/** A list, around its ready-made items; modern lists say that they are this
 * client's alone and already stale (server/utilities/caching). */
export function writeList(
  id: string,
  era: Era,
  member: string,
  items: Buffer,
): Buffer {
  const cache = era === 'modern' ? UNCACHED : ''
  return Buffer.concat([
    Buffer.from(openResult(id, era, `${cache}"${member}":[`)),
    items,
    Buffer.from(`]${CLOSE}`),
  ])
}

/** Members of every modern result that is whole. */
export const COMPLETE = { resultType: '"complete"' } as const

/** What a modern client may do with a filtered answer: nothing but use it. */
export const PRIVATE = { ttlMs: '0', cacheScope: '"private"' } as const

function writeMembers(members: Readonly<Record<string, string>>): string {
  return Object.entries(members)
    .map(([key, value]) => `"${key}":${value},`)
    .join('')
}

const WHOLE = writeMembers(COMPLETE)

/** The same as text, each member with its comma. */
export const UNCACHED = writeMembers(PRIVATE)

/** A tool result that an agent reads as a failure of its call. */
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
