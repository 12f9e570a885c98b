// Reads a request body, up to a cap.
// INVARIANT: memory is at most twice the received bytes; the server's
// requestTimeout ends a body that never ends.

import type { IncomingMessage } from 'node:http'
import { ChunkBuffer } from '../base/chunk-buffer.ts'
import type { HttpRequest } from './request-response.ts'

/** Calls `done` once: with the body, or with null if it exceeds `cap`; not at
 * all if the client goes away first. */
export function readBody(
  given: HttpRequest,
  cap: number,
  done: (body: Buffer | null) => void,
): void {
  if (given.readBody) return given.readBody((body) => done(withoutMark(body)))
  const request = given as IncomingMessage
  const body = new ChunkBuffer()
  const expected = Math.min(Number(request.headers['content-length'] ?? 0), cap)
  request.on('data', (chunk: Buffer) => {
    if (body.length + chunk.length > cap) {
      request.removeAllListeners('data').removeAllListeners('end')
      request.resume()
      return done(null)
    }
    body.add(chunk, expected)
  })
  request.on('end', () => done(withoutMark(body.take())))
}

/** The body, where it came with its head; `readBody` gives it too. */
export function findBody({ whole }: HttpRequest): Buffer | undefined {
  return whole && withoutMark(whole)
}

/** Some clients write a byte order mark. */
function withoutMark(bytes: Buffer): Buffer {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return marked ? bytes.subarray(3) : bytes
}
