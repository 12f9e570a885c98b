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

const LAST = `GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`

/** The parts that a stream is written in. */
export const streams = fc
  .record({
    requests: fc.array(request, { minLength: 1, maxLength: 4 }),
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
