// What a client waits for before it sends a body (RFC 9110 §10.1.1).
// In: a request. Out: whether it can be met; 100 Continue, where it is due.
// INVARIANT: nothing is written before the request's head was judged; a request
// of HTTP/1.0 waits for nothing.

import type { IncomingMessage, ServerResponse } from 'node:http'

const CONTINUE = '100-continue'

/** It expects what nobody here does. */
export function isUnmet(request: IncomingMessage): boolean {
  const expected = readExpected(request)
  return expected !== '' && expected !== CONTINUE
}

/** Asks for the body of a request that was let in. */
export function sendContinue(
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (readExpected(request) === CONTINUE) response.writeContinue()
}

function readExpected({ headers, httpVersion }: IncomingMessage): string {
  if (httpVersion === '1.0') return ''
  return (headers.expect ?? '').trim().toLowerCase()
}
