// The head of an HTTP/1.1 request, where it is one of the plainest form.
// In: bytes that begin with it. Out: a FastHead; undefined for anything else.
// INVARIANT: what is taken here, Node's parser takes too, with the same method,
// path, headers and length of body (test/serve/fast.ts); no name stands twice.

import type { IncomingHttpHeaders } from 'node:http'
import { FRAMING_HEADERS } from '../../contract/headers.ts'

export interface FastHead {
  readonly headers: IncomingHttpHeaders
  /** Bytes of the head, its empty line included. */
  readonly size: number
  /** Bytes of the body behind it. */
  readonly length: number
}

/** As Node is told to take (http-server.ts). */
const MAX_HEAD = 16 * 1024 - 1

const END = Buffer.from('\r\n\r\n')
const CONNECTION = 'connection'
const LENGTH = 'content-length'

/** Two of the framing headers are read here; Node reads the others. */
const DECLINED: ReadonlySet<string> = new Set([
  '__proto__',
  ...FRAMING_HEADERS.filter((name) => name !== CONNECTION && name !== LENGTH),
])

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Tabs, and what Latin-1 has beside controls. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const BLANKS = /^[\t ]+|[\t ]+$/g
const DIGITS = /^(0|[1-9]\d{0,8})$/

/** Reads the heads of one connection: most are those before but for a length. */
export class FastHeads {
  /** The request line, without its end. */
  readonly #start: string
  #known: FastHead | undefined
  /** Of the head before: what stands around the digits of its length. */
  #before = Buffer.alloc(0)
  #after = Buffer.alloc(0)

  constructor(start: string) {
    this.#start = start
  }

  read(bytes: Buffer): FastHead | undefined {
    return this.#recall(bytes) ?? this.#parse(bytes)
  }

  /** More bytes may make it a head of the plainest form. */
  mayGrow(bytes: Buffer): boolean {
    if (bytes.length > MAX_HEAD || bytes.includes(END)) return false
    const text = bytes.toString('latin1', 0, this.#start.length)
    return this.#start.startsWith(text)
  }

  #recall(bytes: Buffer): FastHead | undefined {
    const known = this.#known
    const [before, after] = [this.#before, this.#after]
    const from = before.length
    if (!known || !bytes.subarray(0, from).equals(before)) return undefined
    let end = from
    while (isDigit(bytes[end])) end++
    const size = end + after.length
    if (!bytes.subarray(end, size).equals(after)) return undefined
    const digits = bytes.toString('latin1', from, end)
    if (!DIGITS.test(digits)) return undefined
    // One request at a time: the one before has been answered.
    known.headers[LENGTH] = digits
    return { headers: known.headers, size, length: Number(digits) }
  }

  #parse(bytes: Buffer): FastHead | undefined {
    const end = bytes.indexOf(END)
    if (end === -1 || end > MAX_HEAD) return undefined
    const text = bytes.toString('latin1', 0, end)
    const start = this.#start
    if (!text.startsWith(start)) return undefined
    const headers = readHeaders(text, start.length)
    const digits = headers?.[LENGTH] ?? ''
    if (!headers || !DIGITS.test(digits)) return undefined
    const size = end + END.length
    const found = /\r\ncontent-length:[\t ]*/i.exec(text)
    const at = (found?.index ?? 0) + (found?.[0].length ?? 0)
    this.#known = { headers, size, length: Number(digits) }
    // Copies: what was read with them is not kept.
    this.#before = Buffer.from(bytes.subarray(0, at))
    this.#after = Buffer.from(bytes.subarray(at + digits.length, size))
    return this.#known
  }
}

/** Undefined where one of them is not for us. */
function readHeaders(
  text: string,
  from: number,
): IncomingHttpHeaders | undefined {
  const headers: Record<string, string> = {}
  let at = from
  while (at < text.length) {
    // Each line begins behind a break.
    if (!text.startsWith('\r\n', at)) return undefined
    const colon = text.indexOf(':', at)
    const next = text.indexOf('\r\n', at + 2)
    const end = next === -1 ? text.length : next
    if (colon === -1 || colon > end) return undefined
    const given = text.slice(at + 2, colon)
    const value = text.slice(colon + 1, end).replace(BLANKS, '')
    if (!NAME.test(given) || !VALUE.test(value)) return undefined
    const name = given.toLowerCase()
    if (DECLINED.has(name) || Object.hasOwn(headers, name)) return undefined
    if (name === CONNECTION && value.toLowerCase() !== 'keep-alive') {
      return undefined
    }
    headers[name] = value
    at = end
  }
  return headers
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}
