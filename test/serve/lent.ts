// Ways in which the bytes of a large message are wanted after its call is over:
// each of them gets all of them. Covers runtime/base/lender.ts.

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import {
  type AddressInfo,
  connect,
  createServer as createTcp,
  type Socket,
} from 'node:net'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Lender, loanOf } from '../../src/runtime/base/lender.ts'
import { FastResponse } from '../../src/runtime/http/fast-response.ts'
import { Connections } from '../../src/runtime/upstream/http1/connections.ts'
import { HttpTransport } from '../../src/runtime/upstream/http1/http.ts'
import { ServerPath } from '../../src/runtime/upstream/server-path.ts'
import { SseTransport } from '../../src/runtime/upstream/sse.ts'
import { listen } from '../harness/ask.ts'
import { type RawAnswer, startRawServer } from '../harness/raw-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, send } from '../harness/wire.ts'

/** The text of an answer whose id, with `size` bytes before it, is its last
 * member. */
function writeIdLast(id: number, size: number): string {
  const [before, after] = [
    '{"jsonrpc":"2.0","result":{"resultType":"complete","content":[{"type":"text","text":"',
    '"}]},"id":',
  ]
  const text = 'x'.repeat(size - before.length - after.length)
  return `${before}${text}${after}${id}}`
}

/** Up to this size, what is written in one turn is joined. */
const JOINED = 64 * 1024

const sizes: Readonly<Record<string, RawAnswer>> = {
  whole: ({ id, params }, response) => {
    const { size } = params.arguments as { size: number }
    response.setHeader('content-type', 'application/json')
    response.end(writeIdLast(id, size))
  },
  event: ({ id, params }, response) => {
    const { size } = params.arguments as { size: number }
    response.setHeader('content-type', 'text/event-stream')
    const text = writeIdLast(id, size)
    response.write(`event: message\ndata: ${text.slice(0, 65_000)}`)
    const rest = `${text.slice(65_000)}\n\n`
    void setTimeout(3).then(() => response.end(rest))
  },
}

t.test('an answer is whole wherever its first pieces end', async (t) => {
  const server = await startRawServer(t, sizes)
  const granted = issue({ subject: 'one', roles: ['all'] })
  const { gateway } = await serveConfig(
    t,
    {
      servers: { raw: { type: 'http', url: server.url } },
      roles: { all: { allow: { raw: ['*'] } } },
    },
    [granted],
  )
  const cut: string[] = []
  for (const tool of Object.keys(sizes)) {
    for (const accept of ['application/json', 'text/event-stream']) {
      // What the gateway writes before and within the first piece is of both.
      for (let size = JOINED - 60; size <= JOINED + 4; size++) {
        const name = `raw__${tool}`
        const params = { name, arguments: { size }, _meta: ENVELOPE }
        const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
        const headers = modernHeaders(granted.token, 'tools/call', name)
        const answer = await Promise.race([
          send(gateway.url, {
            headers: { ...headers, accept },
            body: JSON.stringify(call),
          }),
          setTimeout(2_000),
        ])
        const text = answer?.body.replace(/^.*?data: /s, '').trim()
        if (text !== writeIdLast(7, size)) cut.push(`${tool} ${accept} ${size}`)
        if (cut.length > 3) break
      }
    }
  }
  t.same(cut, [])
})

/** A server that takes everything, and what it got. */
async function startTaker(t: Test, get: (response: ServerResponse) => void) {
  const got: Buffer[] = []
  let mayRead = Promise.resolve()
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') return get(response)
    await mayRead
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    got.push(Buffer.concat(chunks))
    response.writeHead(202).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = new URL(`http://127.0.0.1:${port}/mcp`)
  const clock = { now: () => 0, monotonic: () => performance.now() }
  const connections = new Connections(
    () => ({ host: url.hostname, port, secureContext: undefined }),
    clock,
  )
  t.teardown(() => connections.close())
  const endpoint = { connections, url, serverPath: new ServerPath(url) }
  /** From now on it reads nothing until `read`. */
  const reads = () => {
    let read = () => {}
    mayRead = new Promise((resolve) => {
      read = resolve
    })
    return { read: () => read() }
  }
  return { got, endpoint, reads }
}

/** A sign-in that takes until `done` is called. */
function signInLate() {
  let done = () => {}
  const signed = new Promise<void>((resolve) => {
    done = resolve
  })
  const credential = {
    authorization: 'Bearer late',
    failure: undefined,
    keepFresh: () => false,
    obtain: () => signed,
    judge: () => undefined,
  }
  return { credential, done }
}

const IGNORED = {
  message() {},
  resumable() {},
  paused() {},
  alive() {},
  flooded() {},
  noise() {},
  closing() {},
  closed() {},
}

/** A message whose call is over for all but its transport. */
function spend(message: Buffer): void {
  const loan = loanOf(message)
  loan?.hold()
  loan?.spend(message)
  loan?.release()
}

const EDITS = [{ start: 99_000, end: 99_001, text: 'y' }]
const SENT = `${'m'.repeat(99_000)}y${'m'.repeat(999)}`

t.test('a server answers a call before it gets it', async (t) => {
  const { got, endpoint } = await startTaker(t, (response) => {
    response.writeHead(405).end()
  })
  const { credential, done } = signInLate()
  const lender = new Lender()
  const bytes = lender.take(100_000).fill('m')
  const whole = { ...endpoint, headers: {}, credential }
  const transport = new HttpTransport(whole, 2 ** 20, IGNORED)
  const sent = transport.send({ bytes, edits: EDITS }, { failed() {} })
  sent.answered()
  spend(bytes)
  done()
  await until(() => got.length > 0)
  t.ok(got[0]?.toString() === SENT, `it got ${got[0]?.length} bytes`)
  await until(() => lender.kept > 0, 'then its memory is lent again')
  await transport.close()
})

t.test('a server reads a call after it has answered it', async (t) => {
  const { got, endpoint, reads } = await startTaker(t, () => {})
  const lender = new Lender()
  const bytes = lender.take(8_000_000).fill('m')
  const whole = { ...endpoint, headers: {} }
  const transport = new HttpTransport(whole, 2 ** 20, IGNORED)
  const { read } = reads()
  transport.send({ bytes }, { failed() {} }).answered()
  spend(bytes)
  await setTimeout(50)
  t.same([bytes.length, lender.kept], [8_000_000, 0], 'it is being written')
  lender.take(8_000_000).fill('z')
  read()
  await until(() => got.length > 0)
  t.ok(got[0]?.equals(Buffer.alloc(8_000_000, 'm')), 'and has its own bytes')
  await until(() => lender.kept > 0, 'then its memory is lent again')
  await transport.close()
})

t.test('a message waits for the endpoint of its server', async (t) => {
  let stream: ServerResponse | undefined
  const { got, endpoint } = await startTaker(t, (response) => {
    stream = response
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': open\n\n')
  })
  const lender = new Lender()
  const bytes = lender.take(100_000).fill('m')
  const whole = { ...endpoint, headers: {} }
  const transport = new SseTransport(whole, 2 ** 20, IGNORED, () => {})
  transport.send({ bytes, edits: EDITS }, { failed() {} }).answered()
  spend(bytes)
  await until(() => stream !== undefined)
  stream?.write('event: endpoint\ndata: /mcp\n\n')
  await until(() => got.length > 0)
  t.ok(got[0]?.toString() === SENT, `it got ${got[0]?.length} bytes`)
  await until(() => lender.kept > 0, 'then its memory is lent again')
  await transport.close()
})

t.test('a client comes back for the answer to a large call', async (t) => {
  let id = 0
  const later: RawAnswer = (call, response) => {
    id = call.id
    response.setHeader('content-type', 'text/event-stream')
    response.end('id: one\nretry: 50\ndata:\n\n')
  }
  const rest = (response: ServerResponse) => {
    response.setHeader('content-type', 'text/event-stream')
    const text = writeIdLast(id, 100_000)
    return void response.end(`id: two\ndata: ${text}\n\n`)
  }
  const server = await startRawServer(t, { later }, 0, rest)
  const granted = issue({ subject: 'one', roles: ['all'] })
  const raw = { type: 'http', url: server.url, isolation: 'session' }
  const { gateway } = await serveConfig(
    t,
    { servers: { raw }, roles: { all: { allow: { raw: ['*'] } } } },
    [granted],
  )
  const client = await openSession(gateway.url, granted.token)
  const cut: string[] = []
  for (let n = 1; n <= 5; n++) {
    const fill = 'f'.repeat(200_000)
    const params = { name: 'raw__later', arguments: { fill } }
    const call = { jsonrpc: '2.0', id: n, method: 'tools/call', params }
    const begun = await client(JSON.stringify(call))
    const point =
      begun.body
        .match(/id: (\S+)/g)
        ?.at(-1)
        ?.slice(4) ?? ''
    const { body } = await client(undefined, point)
    if (!body.includes(writeIdLast(n, 100_000))) {
      cut.push(`${n}: ${body.length} ${body.slice(-100)}`)
    }
  }
  t.same(cut, [])
})

/** Sends the messages of a legacy client, or its GET after an event. */
async function openSession(url: string, token: string) {
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  }
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'lent', version: '1' },
  }
  const hello = { jsonrpc: '2.0', id: 0, method: 'initialize', params }
  const greeted = await send(url, { headers, body: JSON.stringify(hello) })
  headers['mcp-session-id'] = String(greeted.headers['mcp-session-id'])
  headers['mcp-protocol-version'] = '2025-11-25'
  return (body: string | undefined, after?: string) =>
    send(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(after && { 'last-event-id': after }) },
      ...(body !== undefined && { body }),
    })
}

t.test('what the kernel has not taken is not lent again', async (t) => {
  const size = 16 * 1024 * 1024
  const lender = new Lender()
  const other = createTcp({ pauseOnConnect: true })
  const { port } = await listen(t, other)
  const accepted = once(other, 'connection')
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const [reader] = (await accepted) as [Socket]
  const carrier = {
    ...{ socket, shared: { dateLine: '', keepAliveLines: '' } },
    ...{ sent() {}, done() {} },
  }
  const response = new FastResponse(carrier as never, {})
  const message = lender.take(size).fill('m')
  loanOf(message)?.spend(message)
  response.writeLines(200, '')
  response.write(message.subarray(0, size >> 1))
  response.end(message.subarray(size >> 1))
  await setTimeout(50)
  t.ok(socket.writableLength > 0, 'its client reads nothing')
  t.same([message.length, lender.kept], [size, 0])
  const next = lender.take(size).fill('z')
  let got = 0
  reader.on('data', (part: Buffer) => {
    for (const byte of part) if (byte === 0x6d) got++
  })
  reader.resume()
  await until(() => lender.kept > 0, 'it has left')
  await until(() => got === size, 'all of it')
  t.equal(next.length, size)
})
