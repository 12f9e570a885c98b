// That our reader of requests and Node's parser read the same in the same bytes.
// Covers runtime/http.

import { strict as assert } from 'node:assert'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { readBody } from '../../src/runtime/http/body.ts'
import { FastRequest } from '../../src/runtime/http/fast-connection.ts'
import { FastHeads } from '../../src/runtime/http/fast-head.ts'
import { createHttpServer } from '../../src/runtime/http/http-server.ts'
import {
  type HttpRequest,
  type HttpResponse,
  VARYING,
} from '../../src/runtime/http/request-response.ts'
import { STILL } from '../harness/bounds/edge.ts'
import { findOutcomes, serveHeld, writeCall } from '../harness/held-server.ts'
import { KNOWN, PATH, streams } from '../harness/http-streams.ts'
import { type ReadRequest, readWithNode } from '../harness/node-parser.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders } from '../harness/wire.ts'

/** Longer than any body of the streams. */
const CAP = 10_000

/** Short, so that what is cut off ends soon. */
const SHORT = { head: 400, request: 400, check: 50 }

/** Longer than a busy machine needs. */
const LONG = { head: 60_000, request: 60_000, check: 50 }

const { GUARANTEES_SEED = '20261130', GUARANTEES_TIMES = '1' } = process.env
const RUNS = 600 * Number(GUARANTEES_TIMES)
const AT_ONCE = 50

interface Reader {
  readonly port: number
  /** Requests whose head was recalled. */
  recalled: number
  /** By the port of a client: what was read, by us and by Node's server. */
  readonly ours: Map<number, ReadRequest[]>
  readonly nodes: Map<number, ReadRequest[]>
}

async function start(t: Test, times: typeof SHORT): Promise<Reader> {
  const reader = {
    port: 0,
    recalled: 0,
    ours: new Map<number, ReadRequest[]>(),
    nodes: new Map<number, ReadRequest[]>(),
  }
  const serve = (request: HttpRequest, response: HttpResponse) =>
    readBody(request, CAP, (body) => {
      const { remotePort = 0 } = request.socket as Socket
      const own = request instanceof FastRequest ? reader.ours : reader.nodes
      const list = own.get(remotePort) ?? []
      list.push(describe(request, body))
      if (isRecalled(request)) reader.recalled++
      own.set(remotePort, list)
      response.writeHead(200, { 'content-length': 2 })
      response.end('ok', 'latin1')
    })
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    serve(request, response)
  const fast = { endpoints: [{ path: PATH, serve }], cap: CAP }
  const server: Server = createHttpServer(listener, () => {}, times, fast)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  reader.port = (server.address() as AddressInfo).port
  return reader
}

/** What is kept of a head is of one that differs in VARYING alone. */
function isRecalled({ memo, headers }: HttpRequest): boolean {
  if (!memo) return false
  const stages = memo.stages as { fixed?: string }
  const fixed = Object.entries(headers).filter(([name]) => !VARIES.has(name))
  const text = JSON.stringify(fixed)
  const before = stages.fixed
  stages.fixed = text
  assert.equal(text, before ?? text, 'what is kept is of another head')
  return before !== undefined
}

const VARIES: ReadonlySet<string> = new Set(VARYING)

function describe(
  { method = '', url = '', headers }: HttpRequest,
  body: Buffer | null,
): ReadRequest {
  const pairs = Object.entries(headers).map(
    ([name, value]) => [name, String(value)] as const,
  )
  return {
    method,
    url,
    headers: pairs.sort(([a], [b]) => (a < b ? -1 : 1)),
    body: body?.toString('latin1') ?? '',
  }
}

/** Longer than the short bounds of a server: what is still open then waits for
 * its next request. */
const IDLE_MS = 1_000

/** Resolves to the client's port, once the connection has ended. */
function talk(
  { port, ours, nodes }: Reader,
  parts: readonly string[],
  idleMs: number,
): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let own = 0
    const write = ([part, ...rest]: readonly string[]) => {
      if (part === undefined || socket.destroyed) return
      socket.write(part, 'latin1')
      setImmediate(write, rest)
    }
    socket.on('connect', () => {
      own = socket.localPort ?? 0
      // What an earlier client of this port sent may have been read late.
      for (const read of [ours, nodes]) read.delete(own)
      write(parts)
    })
    socket.setTimeout(idleMs, () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => resolve(own)).resume()
  })
}

/** Held against Node's parser: all that is ours comes first, and is the same;
 * where nothing is wrong with the stream, nothing is lost. */
async function hold(
  readers: Readonly<Record<'short' | 'long', Reader>>,
  parts: readonly string[],
): Promise<number> {
  const { requests, fails } = readWithNode(
    Buffer.from(parts.join(''), 'latin1'),
  )
  const [before = ''] = parts.join('').split('GET /last')
  const isLast = !fails && requests.at(-1)?.url === '/last'
  const isWhole = isLast && !ENDS.test(before)
  // The server ends what is whole, after the last request.
  const reader = isWhole ? readers.long : readers.short
  const idleMs = isWhole ? LONG.request : IDLE_MS
  const client = await talk(reader, parts, idleMs)
  const ours = reader.ours.get(client) ?? []
  const nodes = reader.nodes.get(client) ?? []
  const shown = JSON.stringify(parts).slice(0, 3_000)
  assert.deepEqual(ours, requests.slice(0, ours.length), shown)
  if (isWhole) {
    assert.equal(ours.length + nodes.length, requests.length, shown)
  }
  return ours.length
}

/** What makes a server end the connection, or wait, before the last request. */
const ENDS = /HTTP\/1\.0|POST \/mcp\r\n|Expect:|Upgrade:|Connection: (x|close)/i

t.test('what we take, Node takes, and reads the same', async (t) => {
  const readers = { short: await start(t, SHORT), long: await start(t, LONG) }
  const seed = Number(GUARANTEES_SEED)
  const all = [...KNOWN, ...fc.sample(streams, { seed, numRuns: RUNS })]
  let next = 0
  let taken = 0
  const work = async () => {
    for (let at = next++; at < all.length; at = next++) {
      const own = await hold(readers, all[at] ?? [])
      taken += own
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  t.ok(taken > RUNS / 4, `${taken} requests were ours`)
  const recalled = readers.short.recalled + readers.long.recalled
  t.ok(recalled > RUNS / 4, `${recalled} heads were recalled`)
})

const EMPTY = `POST ${PATH} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`

/** `unread`: so many requests are answered before their body is read. */
async function startOurs(
  t: Test,
  answer: (response: HttpResponse, body: string) => void,
  unread = 0,
) {
  let left = unread
  const serve = (request: HttpRequest, response: HttpResponse) => {
    if (left-- > 0) return answer(response, '')
    readBody(request, CAP, (body) => answer(response, `${body}`))
  }
  const fast = { endpoints: [{ path: PATH, serve }], cap: CAP }
  const ignore = () => {}
  const server = createHttpServer(ignore, ignore, LONG, fast)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { server, socket: connect({ port, host: '127.0.0.1' }) }
}

/** Where Node keeps the buffer of a socket with `onread`. */
function hasLentReads(socket: Socket): boolean {
  const [own] = Object.getOwnPropertySymbols(socket).filter(
    ({ description }) => description === 'kBuffer',
  )
  const kept = socket as unknown as Record<symbol, unknown>
  return own !== undefined && Buffer.isBuffer(kept[own])
}

t.test('what one connection has read, no other overwrites', async (t) => {
  const kept: { port: number; url: string; body: Buffer | null }[] = []
  const waiting: HttpResponse[] = []
  const serve = (request: HttpRequest, response: HttpResponse) => {
    const { remotePort: port = 0 } = request.socket as Socket
    readBody(request, CAP, (body) => {
      kept.push({ port, url: request.url ?? '', body })
      waiting.push(response)
    })
  }
  const fast = { endpoints: [{ path: PATH, serve }], cap: CAP }
  const server = createHttpServer(serve, () => {}, LONG, fast)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const open = async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const [own] = await Promise.all([
      new Promise<Socket>((resolve) => server.once('connection', resolve)),
      new Promise<unknown>((resolve) => socket.once('connect', resolve)),
    ])
    socket.resume()
    t.ok(hasLentReads(own), 'its reads are lent')
    return { socket, own, port: socket.localPort }
  }
  const clients = [await open(), await open()]
  t.teardown(() => {
    for (const { socket } of clients) socket.destroy()
    server.close()
  })
  const letters = ['a', 'b']
  const write = (url: string, letter: string) =>
    `POST ${url} HTTP/1.1\r\nContent-Length: 40\r\n\r\n${letter.repeat(40)}`
  /** The one's bytes come between two pieces of the other's. */
  const sendInTurns = async (texts: readonly string[], size: number) => {
    for (let at = 0; at < (texts[0] ?? '').length; at += size) {
      for (const [i, { socket, own }] of clients.entries()) {
        const piece = (texts[i] ?? '').slice(at, at + size)
        const most = own.bytesRead + piece.length
        socket.write(piece)
        await until(() => own.bytesRead >= most, 'the piece is read')
      }
    }
  }
  let answered = 0
  const answer = async (count: number) => {
    for (let left = count; left > 0; left--) {
      answered += clients.length
      await until(() => kept.length === answered, `${answered} are read`)
      for (const response of waiting.splice(0)) {
        response.writeHead(200, { 'content-length': 0 })
        response.end()
      }
    }
  }
  // Whole, cut in the body, and cut in the head; a second one comes ahead of its
  // turn. What is not ours is Node's, with what has come of it.
  const urls: string[] = []
  for (const [url, count, size] of [
    [PATH, 1, 100],
    [PATH, 2, 50],
    [PATH, 2, 9], // One that waits for the rest of a head becomes Node's.
    ['/other', 1, 30],
  ] as const) {
    const texts = letters.map((letter) => write(url, letter).repeat(count))
    await sendInTurns(texts, size)
    await answer(count)
    for (let left = count; left > 0; left--) urls.push(url)
  }
  for (const [i, letter] of letters.entries()) {
    const own = kept.filter((one) => one.port === clients[i]?.port)
    t.same(
      own.map(({ url, body }) => [url, `${body}`]),
      urls.map((url) => [url, letter.repeat(40)]),
    )
  }
})

t.test('an answer that is cut has not left', async (t) => {
  const finished: boolean[] = []
  const { socket } = await startOurs(t, (response) => {
    response.on('close', () => finished.push(response.writableFinished))
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    // More than the kernel takes.
    response.end(Buffer.alloc(30e6))
  })
  socket.write(EMPTY)
  socket.once('data', () => socket.resetAndDestroy())
  await until(() => finished.length > 0, 'it is closed')
  t.same(finished, [false])
})

t.test('short answers that nobody reads do not wait for ever', async (t) => {
  let last: HttpResponse | undefined
  const { server, socket } = await startOurs(t, (response) => {
    last = response
    response.writeHead(200, { 'content-length': 16_000 })
    response.end('x'.repeat(16_000), 'latin1')
  })
  const [own] = await Promise.all([
    new Promise<Socket>((resolve) => server.once('connection', resolve)),
    new Promise<unknown>((resolve) => socket.once('connect', resolve)),
  ])
  t.teardown(() => socket.destroy())
  socket.pause().write(EMPTY.repeat(1_500))
  const isStuck = () => (last?.writableLength ?? 0) > 0
  await until(isStuck, 'the kernel takes no more')
  t.ok((own.timeout ?? 0) > 0, 'its time is bounded')
  socket.resume()
  await until(() => !isStuck() && !own.timeout, 'it is read, and waits on')
})

t.test('blanks in a head cost no more than letters', async (t) => {
  const start = `POST ${PATH} HTTP/1.1`
  const read = (fill: string) => {
    const line = `\r\nx: a${fill.repeat(15_000)}b\r\ncontent-length: 0\r\n\r\n`
    const bytes = Buffer.from(start + line)
    const times = [1, 2, 3].map(() => {
      const began = process.cpuUsage()
      const head = new FastHeads([start]).read(bytes)
      t.equal(head?.headers.x?.length, 15_002)
      return process.cpuUsage(began).user
    })
    return Math.min(...times)
  }
  const letters = read('x')
  for (const fill of [' ', '\t']) {
    // By the square of their number it would be thousands of times.
    t.ok(read(fill) < 100 * (letters + 100), JSON.stringify(fill))
  }
})

t.test('what is not read or is empty moves no boundary', async (t) => {
  const bodies: string[] = []
  const { socket } = await startOurs(
    t,
    (response, body) => {
      if (bodies.push(body) === 2) {
        response.writeHead(200)
        response.write('')
        response.write('a')
        return void response.end('')
      }
      response.writeHead(403, { 'content-length': 0 })
      response.end()
    },
    1,
  )
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  const write = (body: string) =>
    socket.write(EMPTY.replace('0\r\n', `${body.length}\r\n`) + body)
  write('evil')
  await until(() => text.includes('403'), 'the first is answered')
  write('good')
  await until(() => text.includes('0\r\n\r\n', text.indexOf('200 OK')))
  t.same(bodies, ['', 'good'])
  t.match(text, /\r\n\r\n1\r\na\r\n0\r\n\r\n$/)
})

t.test(
  'a client that goes away with requests ahead ends its call',
  async (t) => {
    const { gateway, mine, calls, records } = await serveHeld(t, {}, STILL)
    const { hostname, port } = new URL(gateway.url)
    const headers = modernHeaders(mine.token, 'tools/call', 'raw__slow')
    const message = writeCall(1, 'left')
    Object.assign(message.params._meta, ENVELOPE)
    const body = JSON.stringify(message)
    const lines = Object.entries({ ...headers, host: `${hostname}:${port}` })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    const request = `POST ${PATH} HTTP/1.1\r\n${lines}content-length: ${body.length}\r\n\r\n${body}`
    const socket = connect({ port: Number(port), host: hostname })
    socket.write(request + request)
    await until(() => calls.length === 1, 'the first one is with its server')
    socket.end(request)
    await until(() => findOutcomes(records()).length === 1)
    t.equal(findOutcomes(records())[0]?.outcome, 'cancelled')
    t.equal(calls.length, 1, 'no other is served')
  },
)
