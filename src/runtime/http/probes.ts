// The probes of a listener: whether the gateway lives, and whether it is ready.
// In: a request. Out: one word, without authentication.
// INVARIANT: needs no router, so that a probe is answered while one is loaded.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isUnmet } from './expect.ts'

export interface Probes {
  /** Only `ready` takes traffic. */
  readiness(): 'starting' | 'ready' | 'draining'
}

/** Returns false, and does nothing, if the request is for something else. */
export function answerProbe(
  { readiness }: Probes,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (!isRead || isUnmet(request)) return false
  if (path === '/livez') sendWord(response, 200, 'ok')
  else if (path !== '/readyz') return false
  else {
    const word = readiness()
    sendWord(response, word === 'ready' ? 200 : 503, word)
  }
  return true
}

function sendWord(response: ServerResponse, status: number, word: string) {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': word.length,
  })
  response.end(word)
}
