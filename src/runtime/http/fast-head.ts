// The head of an HTTP/1.1 request, where it is one of the plainest form.
// In: bytes that begin with it. Out: a FastHead; undefined for anything else.
// INVARIANT: what is taken here, Node's parser takes too, with the same method,
// path, headers and length of body (test/serve/fast.ts); no name stands twice.

import type { IncomingHttpHeaders } from 'node:http'
import { FRAMING_HEADERS } from '../../contract/headers.ts'
import { isLatin1 } from '../base/latin1.ts'
import { type HeadForm, type HeadMemo, VARYING } from './request-response.ts'

/** Valid until the next head is read. */
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

/** A head that was taken, and the values of it that vary. */
interface Pattern extends FastHead {
  size: number
  length: number
  /** Of the request before, and those that were found while one is read. */
  readonly values: string[]
  readonly found: string[]
  /** One request at a time: each replaces the values of the one before. */
  readonly headers: Record<string, string>
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
    const last = this.#last
    if (last && recall(last, bytes)) return last
    const other = this.#other
    if (!other || !recall(other, bytes)) return this.#parse(bytes)
    this.#last = other
    this.#other = last
    return other
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
    const length = Number(digits)
    // Each member by name: a spread has a shape of its own for each connection,
    // and what reads many shapes is slow.
    this.#last = {
      headers,
      size,
      length,
      start,
      memo,
      values,
      found,
    }
    return this.#last
  }
}

/** Whether the head at the beginning of the bytes has the pattern, which takes its
 * values then. */
function recall(pattern: Pattern, bytes: Buffer): boolean {
  const { values, found, memo } = pattern
  const { parts, names } = memo.form
  const last = names.length
  let at = 0
  let length = -1
  let isSame = true
  for (let i = 0; i < last; i++) {
    const from = skipPart(parts[i] as Buffer, bytes, at)
    if (from === -1) return false
    const known = values[i] as string
    let value = known
    if (names[i] === LENGTH) {
      at = skipVisible(bytes, from)
      length = readLength(bytes, from, at)
      // Node remembers the texts of numbers.
      value = String(length)
    } else {
      value = readValue(bytes, from, known)
      at = from + value.length
    }
    found[i] = value
    if (value !== known) isSame = false
  }
  at = skipPart(parts[last] as Buffer, bytes, at)
  if (at === -1 || at - END.length > MAX_HEAD || length === -1) return false
  pattern.size = at
  pattern.length = length
  if (!isSame) takeValues(pattern)
  return true
}

function takeValues({ memo, values, found, headers }: Pattern): void {
  const { names } = memo.form
  for (let i = 0; i < names.length; i++) {
    const value = found[i] as string
    // A write under a name that varies costs far more than a comparison.
    if (values[i] === value) continue
    values[i] = value
    headers[names[i] as string] = value
  }
}

/** A call of Node's compares more bytes faster, and fewer slower. */
const MANY = 96

/** Where the bytes go on behind a part; -1: they have another one. */
function skipPart(part: Buffer, bytes: Buffer, at: number): number {
  const { length } = part
  const end = at + length
  if (end > bytes.length) return -1
  if (length > MANY) {
    return bytes.compare(part, 0, length, at, end) === 0 ? end : -1
  }
  for (let i = 0; i < length; i++) {
    if (bytes[at + i] !== part[i]) return -1
  }
  return end
}

function skipVisible(bytes: Buffer, from: number): number {
  let end = from
  while (isVisible(bytes[end])) end++
  return end
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
function readValue(bytes: Buffer, from: number, known: string): string {
  const end = from + known.length
  const isKnown = isLatin1(bytes, from, end, known) && !isVisible(bytes[end])
  return isKnown
    ? known
    : bytes.toString('latin1', from, skipVisible(bytes, from))
}

/** Copies: what was read with them is not kept. */
function cutHead(bytes: Buffer, text: string, size: number): HeadForm {
  const parts: Buffer[] = []
  const names: string[] = []
  let from = 0
  for (const found of text.matchAll(VARYING_LINE)) {
    const [line, name = ''] = found
    const at = found.index + line.length
    const end = skipVisible(bytes, at)
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
