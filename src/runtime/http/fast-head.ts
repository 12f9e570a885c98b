// The head of an HTTP/1.1 request, where it is one of the plainest form.
// In: bytes that begin with it. Out: a FastHead; undefined for anything else.
// INVARIANT: what is taken here, Node's parser takes too, with the same method,
// path, headers and length of body (test/serve/fast.ts); no name stands twice.

import type { IncomingHttpHeaders } from 'node:http'
import { FRAMING_HEADERS } from '../../contract/headers.ts'
import { isLatin1 } from '../base/latin1.ts'
import { type HeadForm, type HeadMemo, VARYING } from './request-response.ts'

export interface FastHead {
  readonly headers: IncomingHttpHeaders
  /** Bytes of the head, its empty line included. */
  readonly size: number
  /** Bytes of the body behind it. */
  readonly length: number
  /** Of its request line, among those that are taken. */
  readonly start: number
  readonly memo: HeadMemo
}

/** As Node is told to take (http-server.ts). */
const MAX_HEAD = 16 * 1024 - 1

const END = Buffer.from('\r\n\r\n')
const [TAB, CR, SPACE, ZERO] = [0x09, 0x0d, 0x20, 0x30]
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
const TAB_BEHIND = /\t *$/
/** Up to the first sign of its value. */
const VARYING_LINE = new RegExp(`\\r\\n(${VARYING.join('|')}):[\\t ]*`, 'gi')
const DIGITS = /^(0|[1-9]\d{0,8})$/

/** A head that was taken. */
interface Pattern {
  /** Of the request before, and those that were found while one is read. */
  readonly values: string[]
  readonly found: string[]
  readonly start: number
  /** One request at a time: each replaces the values of the one before. */
  readonly headers: Record<string, string>
  readonly memo: HeadMemo
}

/** Reads the heads of one connection: most are like one of the last two, but for
 * the values of VARYING. */
export class FastHeads {
  /** The request lines that are taken, without their ends. */
  readonly #starts: readonly string[]
  #last: Pattern | undefined
  #other: Pattern | undefined

  constructor(starts: readonly string[]) {
    this.#starts = starts
  }

  read(bytes: Buffer): FastHead | undefined {
    const [last, other] = [this.#last, this.#other]
    const known = last && recall(last, bytes)
    if (known) return known
    const second = other && recall(other, bytes)
    if (second) {
      this.#last = other
      this.#other = last
      return second
    }
    return this.#parse(bytes)
  }

  /** More bytes may make it a head of the plainest form. */
  mayGrow(bytes: Buffer): boolean {
    if (bytes.length > MAX_HEAD || bytes.includes(END)) return false
    return this.#starts.some((start) =>
      start.startsWith(bytes.toString('latin1', 0, start.length)),
    )
  }

  #parse(bytes: Buffer): FastHead | undefined {
    const end = bytes.indexOf(END)
    if (end === -1 || end > MAX_HEAD) return undefined
    const text = bytes.toString('latin1', 0, end)
    // Behind it, a line must break: none is the beginning of another.
    const start = this.#starts.findIndex((one) => text.startsWith(one))
    if (start === -1) return undefined
    const headers = readHeaders(text, (this.#starts[start] as string).length)
    const digits = headers?.[LENGTH] ?? ''
    if (!headers || !DIGITS.test(digits)) return undefined
    const size = end + END.length
    this.#other = this.#last
    const form = cutHead(bytes, text, size)
    const memo: HeadMemo = { form, stages: {} }
    const values = form.names.map((name) => headers[name] ?? '')
    const found = [...values]
    // Each member by name: a spread has a shape of its own for each connection,
    // and what reads many shapes is slow.
    this.#last = { values, found, start, headers, memo }
    return { headers, size, length: Number(digits), start, memo }
  }
}

/** The head at the beginning of the bytes, where it has the pattern. */
function recall(pattern: Pattern, bytes: Buffer): FastHead | undefined {
  const { values, found, start, headers, memo } = pattern
  const { parts, names } = memo.form
  let at = 0
  let length = -1
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as Buffer
    const end = at + part.length
    if (!isAt(part, bytes, at)) return undefined
    at = end
    if (i === names.length) break
    while (isVisible(bytes[at])) at++
    if (names[i] === LENGTH) {
      length = readLength(bytes, end, at)
      // Node remembers the texts of numbers.
      found[i] = String(length)
    } else found[i] = readValue(bytes, end, at, values[i])
  }
  if (at - END.length > MAX_HEAD || length === -1) return undefined
  for (let i = 0; i < names.length; i++) {
    const value = found[i] as string
    // A write under a name that varies costs far more than a comparison.
    if (values[i] === value) continue
    values[i] = value
    headers[names[i] as string] = value
  }
  return { headers, size: at, length, start, memo }
}

/** A call of Node's compares many bytes faster, and few slower. */
const MANY = 48

function isAt(part: Buffer, bytes: Buffer, at: number): boolean {
  const { length } = part
  if (at + length > bytes.length) return false
  if (length > MANY)
    return bytes.compare(part, 0, length, at, at + length) === 0
  for (let i = 0; i < length; i++) {
    if (bytes[at + i] !== part[i]) return false
  }
  return true
}

/** The number that DIGITS would take; -1: it would not. */
function readLength(bytes: Buffer, from: number, end: number): number {
  const digits = end - from
  const isZeroFirst = bytes[from] === ZERO && digits > 1
  if (digits < 1 || digits > 9 || isZeroFirst) return -1
  let length = 0
  for (let at = from; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO
    if (digit < 0 || digit > 9) return -1
    length = 10 * length + digit
  }
  return length
}

/** Most names and traces are those of the request before. */
function readValue(
  bytes: Buffer,
  from: number,
  end: number,
  known: string | undefined,
): string {
  return known !== undefined && isLatin1(bytes, from, end, known)
    ? known
    : bytes.toString('latin1', from, end)
}

/** Copies: what was read with them is not kept. */
function cutHead(bytes: Buffer, text: string, size: number): HeadForm {
  const parts: Buffer[] = []
  const names: string[] = []
  let from = 0
  for (const found of text.matchAll(VARYING_LINE)) {
    const [line, name = ''] = found
    const at = found.index + line.length
    let end = at
    while (isVisible(bytes[end])) end++
    // The rest of another value would be taken for what stands behind it.
    if (!endsLine(bytes, end)) continue
    parts.push(Buffer.from(bytes.subarray(from, at)))
    names.push(VARYING.find((one) => one === name.toLowerCase()) as string)
    from = end
  }
  parts.push(Buffer.from(bytes.subarray(from, size)))
  return { parts, names }
}

/** Undefined where one of them is not for us. */
function readHeaders(
  text: string,
  from: number,
): Record<string, string> | undefined {
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
    const written = text.slice(colon + 1, end)
    const value = cutBlanks(written)
    if (!NAME.test(given) || !VALUE.test(value)) return undefined
    const name = given.toLowerCase()
    if (DECLINED.has(name) || Object.hasOwn(headers, name)) return undefined
    // Node's parser refuses such a length.
    if (name === LENGTH && TAB_BEHIND.test(written)) return undefined
    if (name === CONNECTION && value.toLowerCase() !== 'keep-alive') {
      return undefined
    }
    headers[name] = value
    at = end
  }
  return headers
}

/** A pattern for those at the end would read each run of blanks within once
 * from each of its blanks. */
function cutBlanks(text: string): string {
  let from = 0
  let end = text.length
  while (from < end && isBlank(text.charCodeAt(from))) from++
  while (end > from && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(from, end)
}

/** Only blanks, which are cut from a value, stand before the break. */
function endsLine(bytes: Buffer, from: number): boolean {
  let at = from
  while (isBlank(bytes[at])) at++
  return bytes[at] === CR
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB
}

/** ASCII without blanks: nothing that ends a value, or is cut from one. */
function isVisible(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte < 0x7f
}
