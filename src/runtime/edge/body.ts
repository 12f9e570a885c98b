// Reads a request body, up to a cap.
// In: a request. Out: its bytes, or that it is too long.
// INVARIANT: nothing beyond the cap is kept; a body that never ends is ended
// by the server's requestTimeout.

import type { IncomingMessage } from 'node:http'

/** Calls back once: the body, or null when it outgrew `cap`. A client that
 * goes away first is not told of. */
export function readBody(
  request: IncomingMessage,
  cap: number,
  done: (body: Buffer | null) => void,
): void {
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= cap) {
      chunks.push(chunk)
      return
    }
    request.removeAllListeners('data').removeAllListeners('end')
    request.resume()
    done(null)
  })
  request.on('end', () => {
    done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
  })
  request.on('error', () => {
    // The response's own close event tells of it.
  })
}
