// The Expect header: what a client awaits before it sends a body (RFC 9110
// §10.1.1).
// INVARIANT: nothing is written before the head was checked; HTTP/1.0 requests
// expect nothing.

import type { HttpRequest, HttpResponse } from './request-response.ts'

const CONTINUE = '100-continue'

/** Whether the request expects something other than 100-continue. */
export function isUnmet(request: HttpRequest): boolean {
  const expected = readExpected(request)
  return expected !== '' && expected !== CONTINUE
}

/** Sends 100 Continue if the client waits for it. */
export function sendContinue(
  request: HttpRequest,
  response: HttpResponse,
): void {
  if (readExpected(request) === CONTINUE) response.writeContinue()
}

function readExpected({ headers, httpVersion }: HttpRequest): string {
  if (httpVersion === '1.0') return ''
  return (headers.expect ?? '').trim().toLowerCase()
}
