// Decides whether the body of a response is a message, a stream of events or
// neither.
// INVARIANT: the first bytes decide where they are unambiguous; HTML is never a
// message.

import { beginsMessage, skipMark } from './frames.ts'

type Media = 'message' | 'events' | 'other'

const FIELDS = ['data:', 'event:', 'id:', 'retry:', 'data ', ':']

/** Some servers send a wrong type or none. Official clients trust the type;
 * here the first bytes come first. */
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

/** Compares as many bytes as there are. */
function beginsEvents(bytes: Buffer, from: number, end: number): boolean {
  const start = skipMark(bytes, from)
  const begin = bytes.toString('latin1', start, Math.min(end, start + 6))
  return FIELDS.some((field) => begin.startsWith(field))
}
