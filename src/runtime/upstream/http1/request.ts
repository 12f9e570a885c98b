// Writes requests: heads once, bodies after them.
// INVARIANT: no header holds a line break; headers that frame a message are
// written only here.

import { FRAMING_HEADERS } from '../../../contract/headers.ts'
import { type Bytes, LONG } from '../../base/pieces.ts'
import {
  type Edit,
  measureSplice,
  NO_EDITS,
  spliceInto,
  splicePieces,
} from '../../message/splice.ts'
import type { RequestMemory } from './request-memory.ts'

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i
const VALUE = /^[\t\x20-\x7e]*$/

/** A session id: visible ASCII. */
const VISIBLE = /^[\x21-\x7e]{1,1024}$/

export type Headers = Readonly<Record<string, string>>

export type Method = 'POST' | 'GET' | 'DELETE'

/** Names of headers that cannot be sent. */
export function findUnsendable(headers: Headers): readonly string[] {
  return Object.entries(headers)
    .filter(
      ([name, value]) =>
        !NAME.test(name) ||
        FRAMING_HEADERS.includes(name.toLowerCase()) ||
        !VALUE.test(value),
    )
    .map(([name]) => name)
}

export function isSessionId(text: string): boolean {
  return VISIBLE.test(text)
}

/** Writes a head; for POST, up to the value of content-length. */
export function writeHead(
  method: Method,
  path: string,
  headers: Headers,
): Buffer {
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const end = method === 'POST' ? 'content-length: ' : '\r\n'
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\n${lines.join('')}${end}`,
    'latin1',
  )
}

/** `head`: up to the value of content-length; `edits`: of the body. Without
 * `memory`, the request has memory of its own. */
export function writeRequest(
  head: Buffer,
  body: Buffer,
  edits: readonly Edit[] = NO_EDITS,
  memory?: RequestMemory,
): Bytes {
  const size = measureSplice(body, edits)
  const length = `${size}\r\n\r\n`
  if (size >= LONG) {
    const pieces = splicePieces(body, edits)
    const all = Buffer.isBuffer(pieces) ? [pieces] : pieces
    return [head, Buffer.from(length), ...all]
  }
  const bodyAt = head.length + length.length
  const whole = bodyAt + size
  const request = memory?.take(whole) ?? Buffer.allocUnsafe(whole)
  head.copy(request)
  for (let at = 0; at < length.length; at++) {
    request[head.length + at] = length.charCodeAt(at)
  }
  spliceInto(request, bodyAt, body, edits)
  return request
}
