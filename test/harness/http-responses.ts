// Responses of one connection, sound and broken, cut anywhere.
// In: a seed's chance. Out: arbitraries of fast-check.
// INVARIANT: many heads differ from the one before them in one or two lines
// alone, so that they are recalled (response.ts).

import fc from 'fast-check'

export interface Reply {
  /** As Latin-1. */
  readonly pieces: readonly string[]
  /** The connection ends after them. */
  readonly closes: boolean
}

const STATUSES: readonly string[] = [
  ...Array<string>(60).fill('HTTP/1.1 200 OK'),
  ...Array<string>(6).fill('HTTP/1.1 202 Accepted'),
  ...Array<string>(6).fill('HTTP/1.1 204 No Content'),
  ...Array<string>(6).fill('HTTP/1.1 304 Not Modified'),
  'HTTP/1.1 205 Reset Content',
  'HTTP/1.1 404 ',
  'HTTP/1.1 503',
  'HTTP/1.1 599 caf\xe9\t\x80',
  'HTTP/1.1 600 High',
  'HTTP/1.1 099 Low',
  'HTTP/1.1 20 Short',
  'HTTP/1.1 2000 Long',
  'HTTP/1.1 101 Switching Protocols',
  'HTTP/1.1 100 Continue',
  'HTTP/1.0 200 OK',
  'HTTP/1.2 200 OK',
  'HTTP/2.0 200 OK',
  'http/1.1 200 OK',
  'HTTP/1.1  200 OK',
  'HTTP/1.1 200\tOK',
  'HTTP/1.1 200 O\rK',
  ' HTTP/1.1 200 OK',
  '\r\nHTTP/1.1 200 OK',
]

const INTERIM: readonly string[] = [
  ...Array<string>(9).fill('HTTP/1.1 100 Continue\r\n\r\n'),
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
  'HTTP/1.1 102 Processing\r\nDate: x\r\n\r\n',
  'HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n',
  'HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n',
  'HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n',
  'HTTP/1.0 100 Continue\r\n\r\n',
]

const PLAIN: readonly string[] = [
  'Date: Mon, 30 Nov 2026 08:00:00 GMT\r\n',
  'Date: Mon, 30 Nov 2026 08:00:01 GMT\r\n',
  'Content-Type: application/json\r\n',
  'content-type: text/event-stream; charset=utf-8\r\n',
  'Mcp-Session-Id: one\r\n',
  'mcp-session-id: two\r\n',
  'Connection: keep-alive\r\n',
  'Connection: close\r\n',
  'Keep-Alive: timeout=5\r\n',
  'Retry-After: 3\r\n',
  'Location: /there\r\n',
  'Content-Encoding: identity\r\n',
]

const ODD: readonly string[] = [
  'Connection: Close\r\n',
  'Connection: x, close\r\n',
  'Connection: x,close,\r\n',
  'Connection: closed\r\n',
  'Connection:\r\n',
  'Connection: upgrade\r\nUpgrade: h2c\r\n',
  'Proxy-Connection: close\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding: chunked \t\r\n',
  'Transfer-Encoding: chunked,\r\n',
  'Transfer-Encoding:\r\n',
  'Transfer-Encoding: x\r\n',
  'Content-Length: #\r\n',
  'Content-Length:\r\n',
  'Content-Length: 0#\r\n',
  'Content-Length: # \r\n',
  'Content-Length: #\t\r\n',
  'Content-Length: +#\r\n',
  'Content-Length: #, #\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 0x#\r\n',
  'Content-Length: # #\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Content-Length : #\r\n',
  'Trailer: Content-Length\r\n',
  'X-Empty:\r\n',
  'X-Blank: \t \r\n',
  'X-High: caf\xe9\xff\r\n',
  'X-Null: a\0b\r\n',
  'X-Bell: a\x07b\r\n',
  'X-Delete: a\x7fb\r\n',
  'X-Folded: a\r\n b\r\n',
  'X-Bare: a\nX: b\r\n',
  'X-Return: a\rb\r\n',
  'X Space: a\r\n',
  'X-Late : a\r\n',
  'X-Caf\xe9: a\r\n',
  ': empty\r\n',
  'NoColon\r\n',
  ' leading: x\r\n',
  '__proto__: x\r\n',
  `X-Long: ${'a'.repeat(9_000)}\r\n`,
]

/** Around the longest name that is known, and names that begin alike. */
const TRAILERS: readonly string[] = [
  'X-Sum: 1\r\n',
  'X-Empty:\r\n',
  'Content-Length: 5\r\n',
  'content-length:0\r\n',
  'Content-Lengthy: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'transfer-encoding: x\r\n',
  'Connection: close\r\n',
  'X Space: a\r\n',
  'X-Folded: a\r\n b\r\n',
  'X-Null: a\0b\r\n',
  'NoColon\r\n',
  ': empty\r\n',
]

const EXTENSION_PARTS: readonly string[] = [
  ...[';', ';', ';', '=', '"', '\\', ' ', '\t', 'a', 'bc', '\xe9', ',', '/'],
  ...['x=y', '"q"', '"\\""', '\x01', '\r', '(', '%'],
]

const SLIPS: readonly string[] = [
  ...['', ' ', '\t', '\r', '\n', '\r\n', ':', ',', ';', '0', '1', 'a', '\0'],
  ...['\x7f', '\x80', '\xff', '"', '\\', '='],
]

const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 6) =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd })

const extension = fc.oneof(
  fc.constant(';a=b'),
  fc
    .array(fc.constantFrom(...EXTENSION_PARTS), { maxLength: 6 })
    .map((all) => all.join('')),
)

const content = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    'x',
    '0\r\n\r\n',
    '\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
  ),
  fc.integer({ min: 0, max: 300 }).map((size) => 'y'.repeat(size)),
)

const writeSize: Readonly<Record<string, (size: number) => string>> = {
  plain: (size) => size.toString(16),
  upper: (size) => size.toString(16).toUpperCase(),
  padded: (size) => `000${size.toString(16)}`,
  blank: (size) => `${size.toString(16)} `,
  signed: (size) => `+${size.toString(16)}`,
  prefixed: (size) => `0x${size.toString(16)}`,
  long: (size) => `000000000000000${size.toString(16)}`,
  more: (size) => (size + 1).toString(16),
  less: (size) => Math.max(1, size - 1).toString(16),
}

const chunk = fc
  .record({
    size: mostly(
      fc.constant('plain'),
      fc.constantFrom(...Object.keys(writeSize)),
    ),
    extension: mostly(fc.constant(''), extension, 3),
    content,
    end: mostly(fc.constant('\r\n'), fc.constantFrom('', '\n', '\r\n\r\n'), 20),
  })
  .map(({ size, extension, content, end }) => {
    const text = content || 'z'
    return `${writeSize[size]?.(text.length)}${extension}\r\n${text}${end}`
  })

const chunks = fc
  .record({
    all: fc.array(chunk, { maxLength: 3 }),
    last: mostly(
      fc.constant('0'),
      fc.constantFrom('00', '0 ', '', '0;', '0;a'),
    ),
    trailers: mostly(
      fc.constant<string[]>([]),
      fc.array(fc.constantFrom(...TRAILERS), { minLength: 1, maxLength: 2 }),
      3,
    ),
  })
  .map(({ all, last, trailers }) =>
    [...all, last, '\r\n', ...trailers, '\r\n'].join(''),
  )

interface Parts {
  readonly status: string
  readonly lines: readonly string[]
  readonly isOdd: boolean
  readonly odd: string
  readonly framing: 'sized' | 'chunked' | 'none'
  readonly body: string
  readonly chunked: string
}

const parts: fc.Arbitrary<Parts> = fc.record({
  status: fc.constantFrom(...STATUSES),
  lines: fc.array(fc.constantFrom(...PLAIN), { maxLength: 4 }),
  isOdd: fc.constantFrom(...Array<boolean>(7).fill(false), true),
  odd: fc.constantFrom(...ODD),
  framing: fc.constantFrom(
    ...Array<'sized'>(9).fill('sized'),
    ...Array<'chunked'>(6).fill('chunked'),
    'none' as const,
  ),
  body: content,
  chunked: chunks,
})

/** How a response differs from the one before it; the rest is the same. */
const change = fc.record({
  isNew: fc.constantFrom(false, false, false, true),
  parts,
  takes: fc.subarray([
    'status',
    'lines',
    'isOdd',
    'framing',
    'body',
    'chunked',
  ] as const),
  interim: mostly(
    fc.constant(''),
    fc
      .array(fc.constantFrom(...INTERIM), { minLength: 1, maxLength: 2 })
      .map((all) => all.join('')),
  ),
  size: mostly(fc.constant(0), fc.constantFrom(-1, 1), 20),
  length: mostly(
    fc.constant('#'),
    fc.constantFrom('', '0#', '00000000000000000#', '#x', '#.', '# 1', '-#'),
    9,
  ),
  share: fc.constantFrom(...Array<number>(30).fill(1), 0.5, 0.9),
  slip: mostly(
    fc.constant(undefined),
    fc.record({
      share: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      removed: fc.constantFrom(0, 1, 2),
      octets: fc.constantFrom(...SLIPS),
    }),
    9,
  ),
  more: mostly(fc.constant(''), fc.constantFrom('x', '\r\n', '0'), 20),
  closes: fc.constantFrom(...Array<boolean>(9).fill(false), true),
  splits: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
    maxLength: 4,
  }),
})

/** The responses of one connection. */
export const replies = fc
  .array(change, { minLength: 1, maxLength: 6 })
  .map((changes) => {
    let before: Parts | undefined
    return changes.map((one): Reply => {
      const now = before && !one.isNew ? vary(before, one) : one.parts
      before = now
      const text = slip(one.interim + write(now, one), one.slip)
      const cut = text.slice(0, Math.ceil(text.length * one.share)) + one.more
      return { pieces: split(cut, one.splits), closes: one.closes }
    })
  })

interface Slip {
  readonly share: number
  readonly removed: number
  readonly octets: string
}

/** Spoils one place. */
function slip(text: string, one: Slip | undefined): string {
  if (!one) return text
  const at = Math.floor(text.length * one.share)
  return text.slice(0, at) + one.octets + text.slice(at + one.removed)
}

function vary(
  before: Parts,
  { parts, takes }: { parts: Parts; takes: readonly (keyof Parts)[] },
): Parts {
  // At most two: a recalled head differs in little.
  const fresh = takes.slice(0, 2).map((key) => [key, parts[key]])
  return { ...before, body: parts.body, ...Object.fromEntries(fresh) }
}

function write(
  parts: Parts,
  { size, length: form }: { size: number; length: string },
): string {
  const { status, lines, isOdd, odd, framing, body, chunked } = parts
  const digits = `${Math.max(0, body.length + size)}`
  const length = form.replaceAll('#', digits)
  const own = isOdd ? odd.replaceAll('#', digits) : ''
  const head = `${status}\r\n${lines.join('')}${own}`
  if (framing === 'none') return `${head}\r\n${body}`
  if (framing === 'sized') {
    return `${head}Content-Length: ${length}\r\nDate: x\r\n\r\n${body}`
  }
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunked}`
}

function split(text: string, splits: readonly number[]): readonly string[] {
  const places = splits
    .map((share) => Math.floor(text.length * share))
    .sort((a, b) => a - b)
  return [0, ...places]
    .map((from, i) => text.slice(from, places[i] ?? text.length))
    .filter((piece) => piece !== '')
}
