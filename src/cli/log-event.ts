// An event of the log, as plain data.
// In: what a part of the gateway has to tell. Out: an object of JSON.
// INVARIANT: never throws; an error is told with its stack and all of its causes.

import { placeStack } from './stack.ts'

type Event = Readonly<Record<string, unknown>>

/** `detail`: the message, if it is a text; else what the message is about. */
export function makeEvent(
  level: string,
  detail: unknown,
  message: string | undefined,
): Event {
  const head = { level, time: new Date().toISOString() }
  const event =
    typeof detail === 'string'
      ? { ...head, msg: detail }
      : { ...head, ...readDetail(detail), ...(message && { msg: message }) }
  try {
    return JSON.parse(JSON.stringify(event, describeErrors)) as Event
  } catch {
    return { ...head, msg: message ?? 'an event that JSON cannot hold' }
  }
}

function readDetail(detail: unknown): object {
  if (!(detail instanceof Error)) return Object(detail) as object
  return { err: detail, msg: detail.message }
}

function describeErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value
  const { cause: _, ...own } = { ...value }
  const all = listCauses(value)
  return {
    ...own,
    type: value.constructor.name,
    message: all.map(({ message }) => message).join(': '),
    stack: placeStack(all.map(({ stack }) => stack).join('\ncaused by: ')),
  }
}

/** A circle of causes ends where it began. */
function listCauses(error: Error): readonly Error[] {
  const all: Error[] = []
  let next: unknown = error
  while (next instanceof Error && !all.includes(next)) {
    all.push(next)
    next = next.cause
  }
  return all
}
