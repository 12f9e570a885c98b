// Reads a request body, up to a cap.
// In: a request. Out: its bytes, or that it is too long.
// INVARIANT: memory is at most twice the bytes that came, however they were
// cut; a body that never ends is ended by the server's requestTimeout.

import type { IncomingMessage } from 'node:http'
import { ChunkBuffer } from '../base/chunk-buffer.ts'

/** Calls back once: the body, or null when it outgrew `cap`. A client that
 * goes away first is not told of. */
export function readBody(
  request: IncomingMessage,
  cap: number,
  done: (body: Buffer | null) => void,
): void {
  const body = new ChunkBuffer()
  request.on('data', (chunk: Buffer) => {
    if (body.length + chunk.length > cap) {
      request.removeAllListeners('data').removeAllListeners('end')
      request.resume()
      return done(null)
    }
    body.add(chunk)
  })
  request.on('end', () => done(withoutMark(body.take())))
}

/** A byte order mark says nothing of UTF-8. */
function withoutMark(bytes: Buffer): Buffer {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return marked ? bytes.subarray(3) : bytes
}
