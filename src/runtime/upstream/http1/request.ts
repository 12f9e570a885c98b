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
import { type RequestMemory, writeAlone } from './request-memory.ts'

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
  return endHead(method, startHead(method, path, headers))
}

/** The lines of a head, but for the last. */
export function startHead(
  method: Method,
  path: string,
  headers: Headers,
): string {
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}`
}

/** Ends at the value of content-length for POST, else behind the head. */
export function endHead(method: Method, start: string): Buffer {
  const end = method === 'POST' ? 'content-length: ' : '\r\n'
  return Buffer.from(start + end, 'latin1')
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
  if (size >= LONG) {
    const pieces = splicePieces(body, edits)
    const all = Buffer.isBuffer(pieces) ? [pieces] : pieces
    return [head, Buffer.from(`${size}\r\n\r\n`), ...all]
  }
  const lengthEnd = head.length + countDigits(size)
  const whole = lengthEnd + 4 + size
  const request = memory?.take(head, whole) ?? writeAlone(head, whole)
  let left = size
  for (let at = lengthEnd - 1; at >= head.length; at--) {
    request[at] = 0x30 + (left % 10)
    left = Math.floor(left / 10)
  }
  request[lengthEnd] = CR
  request[lengthEnd + 1] = LF
  request[lengthEnd + 2] = CR
  request[lengthEnd + 3] = LF
  spliceInto(request, lengthEnd + 4, body, edits)
  return request
}

const CR = 0x0d
const LF = 0x0a

function countDigits(size: number): number {
  let digits = 1
  for (let least = 10; size >= least; least *= 10) digits++
  return digits
}
