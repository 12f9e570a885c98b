// Reads a request body, up to a cap.
// In: a request. Out: its bytes, or that it is too long.
// INVARIANT: memory is at most twice the bytes that came, however they were
// cut; a body that never ends is ended by the server's requestTimeout.

import type { IncomingMessage } from 'node:http'

const FIRST_BYTES = 16 * 1024

/** Calls back once: the body, or null when it outgrew `cap`. A client that
 * goes away first is not told of. */
export function readBody(
  request: IncomingMessage,
  cap: number,
  done: (body: Buffer | null) => void,
): void {
  let body: Buffer | undefined
  let length = 0
  request.on('data', (chunk: Buffer) => {
    const end = length + chunk.length
    if (end > cap) {
      request.removeAllListeners('data').removeAllListeners('end')
      request.resume()
      return done(null)
    }
    // Most bodies are one chunk, and stay where they are.
    if (length === 0) body = chunk
    else body = append(body as Buffer, length, chunk, end)
    length = end
  })
  request.on('end', () => done(body?.subarray(0, length) ?? Buffer.alloc(0)))
}

/** Doubles what no longer fits, so that tiny chunks cost no object each. */
function append(
  body: Buffer,
  length: number,
  chunk: Buffer,
  end: number,
): Buffer {
  const fits = body.length >= end && length < body.length
  const target = fits
    ? body
    : Buffer.allocUnsafe(Math.max(2 * end, FIRST_BYTES))
  if (!fits) body.copy(target, 0, 0, length)
  chunk.copy(target, length)
  return target
}
