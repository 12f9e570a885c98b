// Streams of HTTP requests, sound and broken, cut anywhere.
// In: a seed's chance. Out: arbitraries of fast-check.
// INVARIANT: each stream ends by itself: with a request that closes, or with bytes
// that a server's own bounds end.

import fc from 'fast-check'

export const PATH = '/mcp'

const STARTS: readonly string[] = [
  ...Array<string>(12).fill('POST /mcp HTTP/1.1'),
  'POST /mcp HTTP/1.0',
  'POST /mcp HTTP/2.0',
  'POST /mcp  HTTP/1.1',
  'post /mcp HTTP/1.1',
  'POST /mcp? HTTP/1.1',
  'POST /mcp/ HTTP/1.1',
  'POST http://localhost/mcp HTTP/1.1',
  'GET /mcp HTTP/1.1',
  'DELETE /mcp HTTP/1.1',
  'POST /mcp',
  ' POST /mcp HTTP/1.1',
]

const HOST = 'Host: localhost'
const BEARER = 'Authorization: Bearer x'

/** Lines of a head, each with its break; `#` becomes the length of the body. */
const LINES: readonly string[] = [
  'Content-Type: application/json\r\n',
  'content-type:application/json\r\n',
  'Accept: */*\r\n',
  'X-Empty:\r\n',
  'X-Blank: \t \r\n',
  'X-High: caf\xe9\r\n',
  'X-Nbsp: \xa0x\xa0\r\n',
  'X-Tab: a\tb\r\n',
  'X-Null: a\0b\r\n',
  'X-Bell: a\x07b\r\n',
  'X-Delete: a\x7fb\r\n',
  'X-Folded: a\r\n b\r\n',
  'X-Bare: a\nX-Smuggled: b\r\n',
  'X-Return: a\rb\r\n',
  'X Space: a\r\n',
  'X-Late : a\r\n',
  ': empty\r\n',
  'NoColon\r\n',
  '__proto__: x\r\n',
  'constructor: x\r\n',
  'Mcp-Name: one\r\n',
  'mcp-name: two\r\n',
  'Connection: keep-alive\r\n',
  'Connection: Keep-Alive\r\n',
  'Connection: close\r\n',
  'Connection: x\r\n',
  'Keep-Alive: timeout=5\r\n',
  'Proxy-Connection: close\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\n',
  'TE: trailers\r\n',
  'Trailer: x\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Content-Length: #\r\n',
  'Content-Length:#\r\n',
  'Content-Length: +#\r\n',
  'Content-Length: 0#\r\n',
  'Content-Length: #, #\r\n',
  'Content-Length: #x\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Content-Length: -1\r\n',
  'content-length: # \r\n',
  `${HOST}\r\n`,
  `${BEARER}\r\n`,
  `X-Long: ${'a'.repeat(9_000)}\r\n`,
]

const PLAIN = `${HOST}\r\n${BEARER}\r\n`
const BODIES = ['', '{}', 'x', '\r\n\r\n', 'POST /mcp HTTP/1.1\r\n\r\n']

const body = fc.oneof(
  fc.constantFrom(...BODIES),
  fc.integer({ min: 0, max: 3_000 }).map((size) => 'y'.repeat(size)),
)

/** Most are taken: one line too many is what makes the others. */
const request = fc
  .record({
    start: fc.constantFrom(...STARTS),
    lines: fc.array(fc.constantFrom(...LINES), { maxLength: 2 }),
    isPlain: fc.constantFrom(true, true, false),
    size: fc.constantFrom(...Array<number>(9).fill(0), -1, 1),
    body,
  })
  .map(({ start, lines, isPlain, size, body }) => {
    const length = Math.max(0, body.length + size)
    const own = isPlain ? '' : lines.join('').replaceAll('#', `${length}`)
    const framed = `Content-Length: ${length}\r\n`
    return `${start}\r\n${PLAIN}${own}${framed}\r\n${body}`
  })

/** A line of a head, written with a name and a value. */
interface Line {
  readonly name: string
  readonly gap: string
  readonly value: string
}

/** What clients write. */
const PLAIN_VALUES: Readonly<Record<string, readonly string[]>> = {
  'Content-Length': ['#'],
  'Mcp-Name': [
    'one',
    'two',
    'server__tool',
    '=?base64?eA==?=',
    'x'.repeat(300),
  ],
  traceparent: ['00-aa-bb-01', '00-cc-dd-00'],
}

/** What a recalled head must not take, or must read as another one does. */
const ODD_VALUES: Readonly<Record<string, readonly string[]>> = {
  'Content-Length': [
    ...['', '0#', '+#', '-#', '#.0', '#, #', '# #', '#x', '0x#', '#\x80'],
    ...['# ', '#\t', '# \t ', '999999999999#', '#\r', '\xa0#', '#\0'],
  ],
  'Mcp-Name': [
    ...['', ' ', '\t', 'a b', 'a\tb', 'a ', ' a', 'a \t', 'caf\xe9', 'one two'],
    ...[
      '\xa0a\xa0',
      '\x85',
      'a\x7fb',
      'a\0b',
      'a\rb',
      'a\x1f',
      '\x80',
      'one\xe9',
    ],
    ...['a\nX-Smuggled: b', 'a\r\n b', 'a\r\nMcp-Name: b', 'a\r\nX-More: b'],
    ...[':', 'a,b', 'y'.repeat(16_000), 'y'.repeat(16_300)],
  ],
  traceparent: ['', ' ', 'a b', 'caf\xe9', 'x\x0b', '00\t', '00-aa-bb-01 x'],
}

const FIXED: readonly Line[] = [
  { name: 'Host', gap: ' ', value: 'localhost' },
  { name: 'Authorization', gap: ' ', value: 'Bearer x' },
  { name: 'Mcp-Method', gap: ' ', value: 'tools/call' },
]

const VARIED: readonly Line[] = Object.keys(PLAIN_VALUES).map((name) => ({
  name,
  gap: ' ',
  value: PLAIN_VALUES[name]?.[0] ?? '',
}))

/** What one request changes in the lines of those before it. */
const change = fc.record({
  what: fc.constantFrom(
    ...Array<'plain'>(30).fill('plain'),
    ...Array<'odd'>(6).fill('odd'),
    ...(['gap', 'name', 'order', 'left out', 'doubled', 'other'] as const),
  ),
  name: fc.constantFrom(...Object.keys(PLAIN_VALUES)),
  at: fc.nat(99),
  stays: fc.constantFrom(false, false, true),
})

function alter(
  lines: readonly Line[],
  { what, name, at }: { what: string; name: string; at: number },
): readonly Line[] {
  const all = what === 'other' ? 'Authorization' : name
  const edit = (by: (line: Line) => readonly Line[]) =>
    lines.flatMap((line) => (line.name === all ? by(line) : [line]))
  const pick = (from: readonly string[]) => from[at % from.length] ?? ''
  switch (what) {
    case 'gap':
      return edit((line) => [
        { ...line, gap: pick(['', '\t', '  ', ' \r\n ']) },
      ])
    case 'name':
      return edit((line) => [
        { ...line, name: pick([line.name.toUpperCase(), `${line.name} `]) },
      ])
    case 'order':
      return [...lines.slice(at % 5), ...lines.slice(0, at % 5)]
    case 'left out':
      return edit(() => [])
    case 'doubled':
      return edit((line) => [line, line])
    case 'other':
      return edit((line) => [{ ...line, value: `Bearer ${at % 3}` }])
    default: {
      const values = what === 'odd' ? ODD_VALUES : PLAIN_VALUES
      return edit((line) => [{ ...line, value: pick(values[all] ?? []) }])
    }
  }
}

/** Requests of one client: most differ in the values of some headers alone. */
const repeated = fc
  .record({
    order: fc.shuffledSubarray([...FIXED, ...VARIED], { minLength: 4 }),
    changes: fc.array(fc.tuple(change, body), {
      minLength: 2,
      maxLength: 8,
      size: 'max',
    }),
  })
  .map(({ order, changes }) => {
    let lines = order.some(({ name }) => name === 'Content-Length')
      ? order
      : [...order, ...VARIED.slice(0, 1)]
    return changes.map(([one, body]) => {
      const own = alter(lines, one)
      if (one.stays) lines = [...own]
      const text = own
        .map(({ name, gap, value }) => `${name}:${gap}${value}\r\n`)
        .join('')
        .replaceAll('#', `${body.length}`)
      return `POST /mcp HTTP/1.1\r\n${text}\r\n${body}`
    })
  })

const head = (value: string, length = '0') =>
  `POST /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-Name: ${value}\r\nContent-Length: ${length}\r\n\r\n`

/** Streams that were read otherwise once. */
export const KNOWN: readonly (readonly string[])[] = [
  [head('a b'), head('a b'), head('a b')],
  [head('caf\xe9') + head('caf\xe9')],
  [head('a', '0\t'), head('a', '0\t')],
  [head('a '), head('a '), head('b ')],
]

const LAST = `GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`

/** The parts that a stream is written in. */
export const streams = fc
  .record({
    requests: fc.oneof(
      fc.array(request, { minLength: 1, maxLength: 4 }),
      repeated,
    ),
    isWhole: fc.boolean(),
    cut: fc.double({ min: 0, max: 1, noNaN: true }),
    splits: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      maxLength: 4,
    }),
  })
  .map(({ requests, isWhole, cut, splits }) => {
    const all = requests.join('')
    const text = isWhole
      ? all + LAST
      : all.slice(0, Math.floor(all.length * cut))
    const places = splits
      .map((share) => Math.floor(text.length * share))
      .sort((a, b) => a - b)
    const parts = [0, ...places].map((from, i) =>
      text.slice(from, places[i] ?? text.length),
    )
    return parts.filter((part) => part !== '')
  })
