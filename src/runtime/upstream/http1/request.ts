// What is sent to a server: heads written once, bodies put behind them.
// In: path, host, headers; then a body each. Out: the bytes of a request.
// INVARIANT: no header can hold what would end it; those that frame a message
// are written here alone.

import { FRAMING_HEADERS } from '../../../contract/headers.ts'

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i
const VALUE = /^[\t\x20-\x7e]*$/

/** The whole of it, without blanks: an id of a session. */
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

/** Up to the digits of the length, when a body follows. */
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

export function writeRequest(head: Buffer, body: Buffer): Buffer {
  const length = `${body.length}\r\n\r\n`
  const bodyAt = head.length + length.length
  const request = Buffer.allocUnsafe(bodyAt + body.length)
  request.set(head, 0)
  request.write(length, head.length, 'latin1')
  request.set(body, bodyAt)
  return request
}
