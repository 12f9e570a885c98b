// Reads several JSON-RPC messages in one array (only 2025-03-26 has batches).
// INVARIANT: each message is checked as if it had come alone.

import { type Message, readMessage } from './message.ts'
import { invalid, type Refusal } from './refusal.ts'
import { scanJson } from './scan.ts'

/** Messages in one batch. */
const MAX = 20

/** Undefined when the bytes are not an array. */
export function readBatch(
  bytes: Buffer,
  depth: number,
): readonly Message[] | Refusal | undefined {
  if (!/^[ \t\r\n]*\[/.test(bytes.toString('latin1', 0, 1_024))) {
    return undefined
  }
  const root = scanJson(bytes, { depth: depth + 1, keep: 1 })
  if ('fault' in root) return { refusal: root.fault }
  const items = root.items ?? []
  if (items.length === 0) return invalid('a batch is empty')
  if (items.length > MAX) {
    return invalid(`a batch holds at most ${MAX} messages`)
  }
  const messages: Message[] = []
  for (const { start, end } of items) {
    const message = readMessage(bytes.subarray(start, end), depth)
    if ('refusal' in message) return message
    messages.push(message)
  }
  return messages
}
