// Our own HTTP/1.1 towards servers: what it understands, it reads like Node;
// what it does not, it breaks on. Real sockets.

import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/runtime/base/clock.ts'
import type { Transfer } from '../../src/runtime/upstream/http1/connection.ts'
import { Connections } from '../../src/runtime/upstream/http1/connections.ts'
import {
  findUnsendable,
  writeHead,
  writeRequest,
} from '../../src/runtime/upstream/http1/request.ts'
import { ResponseParser } from '../../src/runtime/upstream/http1/response.ts'
import { watchClientSockets } from '../harness/client-sockets.ts'
import { until } from '../harness/until.ts'

/** Feeds a response in pieces; what came of it, as one text. */
function parse(bytes: Buffer, cuts: readonly number[], closes = false) {
  const parser = new ResponseParser()
  let seen = ''
  parser.reset({
    begin: ({ status }) => {
      seen += `${status}:`
    },
    take: (piece, from, end) => {
      seen += piece.toString('latin1', from, end)
    },
  })
  const edges = [
    ...new Set([0, ...cuts.map((c) => c % bytes.length), bytes.length]),
  ]
  edges.sort((a, b) => a - b)
  let progress = 'more'
  for (const [i, from] of edges.slice(0, -1).entries()) {
    const piece = Buffer.from(bytes.subarray(from, edges[i + 1]))
    progress = parser.feed(piece, piece.length)
    if (progress === 'broken') return `broken: ${parser.problem}`
  }
  if (closes) progress = parser.finish()
  return `${progress} ${seen}`
}

const OK = 'HTTP/1.1 200 OK\r\n'

t.test('responses, cut anywhere, read the same', async (t) => {
  const good: readonly [string, string, boolean?][] = [
    [`${OK}Content-Length: 5\r\n\r\nhello`, 'whole 200:hello'],
    [`${OK}content-length:0\r\n\r\n`, 'whole 200:'],
    ['HTTP/1.1 204 No\r\n\r\n', 'whole 204:'],
    [
      `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
      'whole 200:ok',
    ],
    [
      `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\n`,
      'whole 200:abc0123456789',
    ],
    [
      `${OK}Transfer-Encoding: chunked \r\n\r\n1;a\r\na\r\n1;a="b \\";";c=d\r\nb\r\n0;x\r\nT:\r\n\r\n`,
      'whole 200:ab',
    ],
    [
      `HTTP/1.0 100 Go on\r\nConnection: keep-alive\r\n\r\n${OK}Content-Length: 2 \r\n\r\nok`,
      'whole 200:ok',
    ],
    [
      `${OK}Content-Type: text/plain\r\n\r\nuntil the end`,
      'whole 200:until the end',
      true,
    ],
  ]
  for (const [text, expected, closes] of good) {
    const bytes = Buffer.from(text)
    t.equal(parse(bytes, [], closes), expected)
    for (let cut = 1; cut < bytes.length; cut++) {
      if (parse(bytes, [cut], closes) !== expected) t.fail(`cut at ${cut}`)
    }
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 9 }), (cuts) => {
        return parse(bytes, cuts, closes) === expected
      }),
      { numRuns: 200, seed: 5 },
    )
  }
})

t.test('a response that is not fully understood is broken', async (t) => {
  const bad: Record<string, string> = {
    'two lengths': `${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`,
    'length and chunks': `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'an odd coding': `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    'a length that is none': `${OK}Content-Length: +5\r\n\r\nhello`,
    'a chunk size that is none': `${OK}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    'a chunk that outgrows its size': `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`,
    'an empty chunk extension': `${OK}Transfer-Encoding: chunked\r\n\r\n1;\r\na\r\n0\r\n\r\n`,
    'a blank before a chunk extension': `${OK}Transfer-Encoding: chunked\r\n\r\n1 ;a\r\na\r\n0\r\n\r\n`,
    'an open quote in a chunk extension': `${OK}Transfer-Encoding: chunked\r\n\r\n1;a="\r\na\r\n0\r\n\r\n`,
    'a length in trailers': `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 0\r\n\r\n`,
    'a coding in trailers': `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\ntransfer-encoding: chunked\r\n\r\n`,
    'a tab behind a length': `${OK}Content-Length: 1 \t\r\n\r\na`,
    'a tab behind a coding': `${OK}Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n`,
    'an interim head that closes': `HTTP/1.1 100 Go on\r\nConnection: close\r\n\r\n${OK}Content-Length: 0\r\n\r\n`,
    'an old interim head': `HTTP/1.0 100 Go on\r\n\r\n${OK}Content-Length: 0\r\n\r\n`,
    'bytes behind the body': `${OK}Content-Length: 1\r\n\r\nab`,
    'a field without a colon': `${OK}Broken\r\n\r\n`,
    'a blank before the colon': `${OK}Content-Length : 1\r\n\r\na`,
    'a folded field': `${OK}A: b\r\n c\r\n\r\n`,
    'a line feed alone': 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n',
    'a NUL': `${OK}A: \0\r\n\r\n`,
    'no status': 'HTTP/1.1 OK\r\n\r\n',
    'status 99': 'HTTP/1.1 99 No\r\n\r\n',
    'another protocol': 'SPDY/1 200 OK\r\n\r\n',
    'a giant head': `${OK}A: ${'x'.repeat(20_000)}\r\n\r\n`,
    'too many fields': `${OK}${'A: b\r\n'.repeat(200)}\r\n`,
  }
  for (const [name, text] of Object.entries(bad)) {
    const bytes = Buffer.from(text, 'latin1')
    t.match(parse(bytes, []), /^broken: ./, name)
    t.match(parse(bytes, [7, 20, 33]), /^broken: ./, `${name}, in pieces`)
  }
  const early = Buffer.from(`${OK}Content-Length: 5\r\n\r\nhel`)
  t.match(parse(early, [], true), /^more/, 'an early end is no answer')
})

/** Sends one request; resolves with its body, or with how it was lost. */
function ask(connections: Connections, body = '{}'): Promise<string> {
  const headers = { host: 'localhost', 'content-type': 'application/json' }
  const head = writeHead('POST', '/mcp', headers)
  return new Promise((resolve) => {
    let text = ''
    const exchange: Transfer = {
      connection: undefined,
      begin: () => {},
      take: (bytes, from, end) => {
        text += bytes.toString('utf8', from, end)
      },
      end: () => resolve(text),
      lost: ({ kind }) => resolve(`lost: ${kind}`),
    }
    connections.send(writeRequest(head, Buffer.from(body)), exchange)
  })
}

function open(t: Test, port: number): Connections {
  const origin = { host: '127.0.0.1', port, secureContext: undefined }
  const connections = new Connections(() => origin, systemClock)
  t.teardown(() => connections.close())
  return connections
}

async function startEcho(t: Test, keepAliveTimeout: number) {
  const server = createServer(
    { keepAliveTimeout },
    async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      response.end(Buffer.concat(chunks))
    },
  )
  let sockets = 0
  server.on('connection', () => sockets++)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, server, sockets: () => sockets }
}

t.test('connections are reused only while they are sound', async (t) => {
  const { port, server, sockets } = await startEcho(t, 5_000)
  const { open: clients } = watchClientSockets(t)
  const connections = open(t, port)
  for (let i = 0; i < 20; i++) {
    t.equal(await ask(connections, `{"n":${i}}`), `{"n":${i}}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.equal(sockets(), 1, 'one connection for calls in a row')
  const many = Array.from({ length: 100 }, (_, i) => `{"m":${i}}`)
  t.same(await Promise.all(many.map((one) => ask(connections, one))), many)
  const big = JSON.stringify({ x: 'é'.repeat(500_000) })
  t.equal(await ask(connections, big), big, 'a megabyte, there and back')
  for (let i = 0; i < 30; i++) {
    // A call that crosses its farewell may have run: none does here.
    server.closeIdleConnections()
    await until(() => clients.size === 0, 'the farewell has come')
    const answer = await ask(connections)
    if (answer !== '{}') t.equal(answer, '{}', `after close ${i}`)
  }
})

t.test('a lost connection is reported with its kind', async (t) => {
  t.equal(await ask(open(t, 9)), 'lost: unreachable')
  const answers: Record<string, string> = {
    '': 'lost: ended',
    [`${OK}Content-Length: 9\r\n\r\nhalf`]: 'lost: ended',
    'nonsense\r\n\r\n': 'lost: garbage',
  }
  for (const [text, expected] of Object.entries(answers)) {
    const server = createTcp((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(text))
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    t.equal(await ask(open(t, port)), expected)
  }
})

t.test('no header value can end a head', async (t) => {
  const bad = { 'a b': 'x', c: 'd\r\ne', 'content-length': '5', é: 'f' }
  t.same(findUnsendable({ ...bad, good: 'y' }), Object.keys(bad))
})
