// What the body of a response holds: a message, a stream of events, or neither.
// In: its media type and how it begins. Out: one of them.
// INVARIANT: the bytes decide where they cannot be both; a page for people is
// never a message.

import { beginsMessage, skipMark } from './frames.ts'

export type Media = 'message' | 'events' | 'other'

const FIELDS = ['data:', 'event:', 'id:', 'retry:', 'data ', ':']

/** Some servers name the wrong type, or none; official clients read what the
 * type says, and so is a body that begins as no other could. */
export function readMedia(
  type: string,
  bytes: Buffer,
  from: number,
  end: number,
): Media {
  if (beginsMessage(bytes, from, end)) return 'message'
  if (type === 'text/event-stream' || beginsEvents(bytes, from, end)) {
    return 'events'
  }
  return type === 'application/json' ? 'message' : 'other'
}

/** As far as the bytes go. */
function beginsEvents(bytes: Buffer, from: number, end: number): boolean {
  const start = skipMark(bytes, from)
  const begin = bytes.toString('latin1', start, Math.min(end, start + 6))
  return FIELDS.some((field) => begin.startsWith(field))
}
