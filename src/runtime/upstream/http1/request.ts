// Writes requests: heads once, bodies after them.
// INVARIANT: no header holds a line break; headers that frame a message are
// written only here.

import { FRAMING_HEADERS } from '../../../contract/headers.ts'
import { type Bytes, lengthOf } from '../../base/pieces.ts'

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

/** `head`: up to the value of content-length. */
export function writeRequest(head: Buffer, body: Bytes): Bytes {
  if (!Buffer.isBuffer(body)) {
    const length = Buffer.from(`${lengthOf(body)}\r\n\r\n`)
    return [head, length, ...body]
  }
  const length = `${body.length}\r\n\r\n`
  const bodyAt = head.length + length.length
  const request = Buffer.allocUnsafe(bodyAt + body.length)
  request.set(head, 0)
  request.write(length, head.length, 'latin1')
  request.set(body, bodyAt)
  return request
}
