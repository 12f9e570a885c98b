// Bytes that are written one after another; long ones are not joined.
// INVARIANT: no piece is changed after it was handed on.

/** One message: whole, or in pieces. */
export type Bytes = Buffer | readonly Buffer[]

/** From this size on, a message stays in pieces. */
export const LONG = 64 * 1024

export function lengthOf(bytes: Bytes): number {
  if (Buffer.isBuffer(bytes)) return bytes.length
  let length = 0
  for (const piece of bytes) length += piece.length
  return length
}

export function join(bytes: Bytes): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.concat(bytes)
}
