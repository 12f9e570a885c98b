// What is said in calls that take more than one request: each text is of one call.
// In: the arguments of a call, which say how long. Out: texts.

import { writeStream } from './keystream.ts'

/** How a call is answered. `gone`: its session is forgotten first. `refused`: so
 * is the token of the gateway. `tells`: on another stream too. */
export const WAYS = [
  ...['plain', 'gone', 'refused', 'stale', 'busy', 'broken', 'slow'],
  ...['asks', 'samples', 'logs', 'tells', 'failed', 'structured'],
] as const
export type Way = (typeof WAYS)[number]

export interface Given {
  readonly nonce: string
  readonly way: Way
  /** Lengths of the question, of the reply to it, of the answer. */
  readonly asked: string
  readonly replied: string
  readonly wanted: string
  readonly size: string
  readonly fill: string
}

export const SECRET = 'k3y-that-nobody-may-see'

export const writeFill = ({ nonce, size }: Pick<Given, 'nonce' | 'size'>) =>
  writeStream(`${nonce} call`, Number(size))
export const writeText = ({ nonce, wanted }: Pick<Given, 'nonce' | 'wanted'>) =>
  writeStream(`${nonce} answer`, Number(wanted))
/** A question says whose it is, and how long a reply it wants. */
export const writeQuestion = (
  nonce: string,
  replied: string | number,
  asked: string | number,
) =>
  `${nonce}|${replied}|${asked}|${writeStream(`${nonce} question`, Number(asked))}`
export const writeReply = (nonce: string, replied: string | number) =>
  writeStream(`${nonce} reply`, Number(replied))
