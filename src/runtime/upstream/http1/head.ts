// Reads the head of a response: its status, body framing and connection.
// INVARIANT: only CR LF ends a line; control characters are not allowed.

const CR = 0x0d
const LF = 0x0a
const TAB = 0x09

export const UNFINISHED = -1
export const BROKEN = -2

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]$/

/** 1 for the octets of a field's name. */
const NAME_OCTETS = Uint8Array.from({ length: 256 }, (_, octet) =>
  TOKEN.test(String.fromCharCode(octet)) ? 1 : 0,
)

/** 1 for the octets of a line: text, tabs and ISO-8859-1. */
const LINE_OCTETS = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet === TAB || (octet >= 0x20 && octet !== 0x7f) ? 1 : 0,
)

/** Offset of the CR that ends the line; UNFINISHED or BROKEN. */
export function findLineEnd(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const octet = bytes[at] as number
    if (LINE_OCTETS[octet] === 1) continue
    if (octet !== CR) return BROKEN
    if (at + 1 === end) return UNFINISHED
    return bytes[at + 1] === LF ? at : BROKEN
  }
  return UNFINISHED
}

/** Reads a number; BROKEN if it is not one or longer than `digits`. */
export function readDigits(
  bytes: Buffer,
  from: number,
  end: number,
  base: 10 | 16,
  digits: number,
): number {
  if (from === end || end - from > digits) return BROKEN
  let value = 0
  for (let at = from; at < end; at++) {
    const digit = readDigit(bytes[at] as number)
    if (digit >= base) return BROKEN
    value = value * base + digit
  }
  return value
}

function readDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30
  const letter = octet | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 16
}

function isBlank(octet: number | undefined): boolean {
  return octet === 0x20 || octet === TAB
}

const VERSION = Buffer.from('HTTP/1.')
const SPACE = 0x20
const COLON = 0x3a

/** More digits would not be exact. */
const LENGTH_DIGITS = 15

/** Lengths of the names of fields that are read. */
const LENGTHS = new Uint8Array(64)
for (const name of [
  'connection',
  'proxy-connection',
  'keep-alive',
  'content-type',
  'content-length',
  'mcp-session-id',
  'location',
  'retry-after',
  'content-encoding',
  'transfer-encoding',
  'www-authenticate',
]) {
  LENGTHS[name.length] = 1
}

/** One per connection; its methods return a problem, or ''. */
export class ResponseHead {
  status = 0
  /** The media type in lower case, without its parameters. */
  type = ''
  /** The `content-encoding`, in lower case; '' if there is none. */
  coding = ''
  /** The `location` and `retry-after` fields. */
  location = ''
  retryAfter = ''
  /** All `www-authenticate` fields. */
  challenge = ''
  session: string | undefined
  /** Bytes of the body; -1 if unknown. */
  length = -1
  /** Offsets of the digits of the length, in the bytes that were read. */
  lengthFrom = -1
  lengthEnd = -1
  chunked = false
  /** Milliseconds that the server keeps the connection; -1 if unknown. */
  keepAliveMs = -1
  #minor = 1
  #keeps = false
  #closes = false

  /** Whether the connection may serve another request. */
  get lasting(): boolean {
    return !this.#closes && (this.#minor === 1 || this.#keeps)
  }

  /** Takes all but the place of the length. */
  copy(other: ResponseHead): void {
    this.status = other.status
    this.type = other.type
    this.coding = other.coding
    this.location = other.location
    this.retryAfter = other.retryAfter
    this.challenge = other.challenge
    this.session = other.session
    this.length = other.length
    this.chunked = other.chunked
    this.keepAliveMs = other.keepAliveMs
    this.#minor = other.#minor
    this.#keeps = other.#keeps
    this.#closes = other.#closes
  }

  readStatus(bytes: Buffer, from: number, end: number): string {
    const minor = (bytes[from + 7] as number) - 0x30
    const status = readDigits(bytes, from + 9, from + 12, 10, 3)
    if (
      end - from < 12 ||
      VERSION.compare(bytes, from, from + 7) !== 0 ||
      (minor !== 0 && minor !== 1) ||
      bytes[from + 8] !== SPACE ||
      status < 100 ||
      status > 599 ||
      (end - from > 12 && bytes[from + 12] !== SPACE)
    ) {
      return 'an invalid status line'
    }
    this.status = status
    this.#minor = minor
    this.type = ''
    this.coding = ''
    this.location = ''
    this.retryAfter = ''
    this.challenge = ''
    this.session = undefined
    this.length = -1
    this.lengthFrom = -1
    this.chunked = false
    this.keepAliveMs = -1
    this.#keeps = false
    this.#closes = false
    return ''
  }

  readField(bytes: Buffer, from: number, end: number): string {
    const colon = findColon(bytes, from, end)
    if (colon === BROKEN) return NAMELESS
    if (LENGTHS[colon - from] !== 1) return ''
    let start = colon + 1
    let stop = end
    while (start < stop && isBlank(bytes[start])) start++
    while (stop > start && isBlank(bytes[stop - 1])) stop--
    return this.#takeField(readText(bytes, from, colon), bytes, start, stop)
  }

  /** Checks the head after its last field. */
  judge(): string {
    const framed = this.chunked || this.length > 0
    if (this.chunked && (this.length !== -1 || this.#minor === 0)) {
      return 'both a length and chunks'
    }
    // 101 was not requested; interim heads and 204 have no body.
    if (this.status === 101) return 'HTTP 101'
    if (framed && (this.status < 200 || this.status === 204)) {
      return 'a body that this status cannot have'
    }
    // What follows would be on a connection that is closed.
    if (this.status < 200 && !this.lasting) {
      return 'an interim head that ends the connection'
    }
    return ''
  }

  #takeField(name: string, bytes: Buffer, from: number, end: number): string {
    switch (name) {
      case 'content-length':
        if (this.length !== -1) return 'two lengths'
        this.lengthFrom = from
        this.lengthEnd = end
        if (hasTabBehind(bytes, end)) return 'an invalid length'
        return this.readLength(bytes, from, end)
      case 'transfer-encoding':
        if (
          this.chunked ||
          readText(bytes, from, end) !== 'chunked' ||
          hasTabBehind(bytes, end)
        ) {
          return 'a transfer-encoding other than chunked'
        }
        this.chunked = true
        return ''
      case 'content-type':
        // The first one counts: the body decides anyway (media.ts).
        this.type ||= readType(readText(bytes, from, end))
        return ''
      case 'content-encoding':
        this.coding += `${this.coding && ','}${readText(bytes, from, end)}`
        return ''
      case 'location':
        this.location ||= bytes.toString('latin1', from, end)
        return ''
      case 'retry-after':
        this.retryAfter ||= bytes.toString('latin1', from, end)
        return ''
      case 'www-authenticate':
        this.challenge += `${this.challenge && ', '}${bytes.toString('latin1', from, end)}`
        return ''
      case 'mcp-session-id':
        return this.#takeSession(bytes.toString('latin1', from, end))
      case 'connection':
      // No standard, but whoever says `close` there closes.
      case 'proxy-connection':
        this.#takeConnection(readText(bytes, from, end))
        return ''
      case 'keep-alive':
        this.keepAliveMs = readKeepAlive(readText(bytes, from, end))
        return ''
      default:
        return ''
    }
  }

  readLength(bytes: Buffer, from: number, end: number): string {
    this.length = readDigits(bytes, from, end, 10, LENGTH_DIGITS)
    return this.length === BROKEN ? 'an invalid length' : ''
  }

  #takeSession(id: string): string {
    if (this.session !== undefined && this.session !== id) {
      return 'two session ids'
    }
    this.session = id
    return ''
  }

  #takeConnection(value: string): void {
    for (const option of value.split(',')) {
      if (option.trim() === 'close') this.#closes = true
      if (option.trim() === 'keep-alive') this.#keeps = true
    }
  }
}

/** Trailers are not used, but must be valid fields, which do not say again where
 * the body ends (RFC 9110 §6.5.1). */
export function judgeTrailer(bytes: Buffer, from: number, end: number): string {
  const colon = findColon(bytes, from, end)
  if (colon === BROKEN) return NAMELESS
  const isFraming = FRAMING.includes(readText(bytes, from, colon))
  return isFraming ? 'a trailer that frames a body' : ''
}

const FRAMING: readonly string[] = ['content-length', 'transfer-encoding']

/** Of a chunk, from the first semicolon on: no blanks outside of quotes, and no
 * empty one at the end (RFC 9112 §7.1.1, without its bad whitespace). */
export function judgeExtensions(
  bytes: Buffer,
  from: number,
  end: number,
): string {
  const isValid = EXTENSIONS.test(bytes.toString('latin1', from, end))
  return isValid ? '' : 'an invalid chunk extension'
}

const EXTENSIONS =
  /^(?:;(?!$)[!#$%&'*+.^_`|~\w-]*(?:=[!#$%&'*+.^_`|~\w-]*(?:"(?:[^"\\]|\\.)*")?)?)*$/

const NAMELESS = 'a field without a name'

function findColon(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && NAME_OCTETS[bytes[at] as number] === 1) at++
  return at > from && at < end && bytes[at] === COLON ? at : BROKEN
}

/** Behind a value that frames the body: Node's reader takes no such length, and
 * does not read such chunks as chunks. */
function hasTabBehind(bytes: Buffer, end: number): boolean {
  let at = end
  while (bytes[at] === SPACE) at++
  return bytes[at] === TAB
}

function readText(bytes: Buffer, from: number, end: number): string {
  return bytes.toString('latin1', from, end).toLowerCase()
}

function readType(value: string): string {
  return value.split(/[;,]/, 1)[0]?.trim() ?? ''
}

const MAX_WAIT_MS = 86_400_000

/** Milliseconds of a Retry-After, which is seconds or a date; undefined if
 * invalid. */
export function readRetryAfter(text: string, now: number): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1_000, MAX_WAIT_MS)
  const at = text === '' ? Number.NaN : Date.parse(text)
  if (Number.isNaN(at)) return undefined
  return Math.min(Math.max(at - now, 0), MAX_WAIT_MS)
}

/** Reads `timeout=5, max=1000`. */
function readKeepAlive(value: string): number {
  const seconds = /(?:^|[,;\s])timeout=(\d{1,6})(?:$|[,;\s])/.exec(value)?.[1]
  return seconds === undefined ? -1 : Number(seconds) * 1_000
}
