// Connections to servers, from end to end: every way in which Node frames a
// response, HTTP/1.0, TLS, rest and its end, abandonment. Real sockets.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import {
  createServer,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecure } from 'node:https'
import { createServer as createTcp } from 'node:net'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { NO_EDITS } from '../../src/runtime/message/splice.ts'
import { Connections } from '../../src/runtime/upstream/http1/connections.ts'
import { HttpTransport } from '../../src/runtime/upstream/http1/http.ts'
import { ServerPath } from '../../src/runtime/upstream/server-path.ts'
import { SseTransport } from '../../src/runtime/upstream/sse.ts'
import type { TransportEvents } from '../../src/runtime/upstream/transport.ts'
import { ask, listen, settle } from '../harness/ask.ts'
import { until } from '../harness/until.ts'

/** A clock that stands still until it is set. */
function open(t: Test, port: number, ca?: Buffer | null, host = '127.0.0.1') {
  const clock = { time: 0, now: () => 0, monotonic: () => clock.time }
  const secureContext =
    ca === undefined ? undefined : createSecureContext(ca ? { ca } : {})
  const origin = { host, port, secureContext }
  const connections = new Connections(() => origin, clock)
  t.teardown(() => connections.close())
  return { connections, clock }
}

/** Answers each request with these bytes, cut at these places. */
async function startTcp(t: Test, text: string, cuts: readonly number[] = []) {
  return listen(
    t,
    createTcp({ noDelay: true }, (socket) => {
      socket.on('data', async () => {
        let from = 0
        for (const cut of [...cuts, text.length]) {
          socket.write(text.slice(from, cut), 'latin1')
          from = cut
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      })
    }),
  )
}

t.test('responses of Node are read unchanged', async (t) => {
  let answer: RequestListener = () => {}
  const { port } = await listen(
    t,
    createServer((request, response) => {
      request.resume().on('end', () => answer(request, response))
    }),
  )
  const { connections } = open(t, port)
  const part = fc.string({ minLength: 1, maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 6 }),
      fc.constantFrom('sized', 'chunked', 'close', 'sse'),
      fc.boolean(),
      async (parts, framing, interim) => {
        const whole = parts.join('')
        answer = (_, response) => {
          if (interim) response.writeContinue()
          const type = framing === 'sse' ? 'text/event-stream' : 'a/b; x=y'
          response.setHeader('content-type', type)
          if (framing === 'sized') {
            response.setHeader('content-length', Buffer.byteLength(whole))
          }
          if (framing === 'close') {
            response.shouldKeepAlive = false
            response.useChunkedEncodingByDefault = false
          }
          for (const one of parts) response.write(one)
          response.end()
        }
        const exchange = ask(connections)
        await until(() => exchange.told.length > 0)
        const type = framing === 'sse' ? 'text/event-stream' : 'a/b'
        return (
          exchange.told.join() === 'end' &&
          exchange.text === whole &&
          exchange.head === `200 ${type}`
        )
      },
    ),
    { numRuns: 60, seed: 11 },
  )
})

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'

t.test('responses that allow another request on the connection', async (t) => {
  const cases: Record<string, [string, number]> = {
    'HTTP/1.1': [`${OK}\r\nok`, 1],
    'HTTP/1.1 that closes': [`${OK}Connection: x, Close\r\n\r\nok`, 2],
    'a proxy that closes': [`${OK}Proxy-Connection: close\r\n\r\nok`, 2],
    'HTTP/1.0': [`${OK.replace('1.1', '1.0')}\r\nok`, 2],
    'HTTP/1.0 that keeps': [
      `${OK.replace('1.1', '1.0')}Connection: Keep-Alive\r\n\r\nok`,
      1,
    ],
    'a second of patience': [`${OK}Keep-Alive: timeout=1\r\n\r\nok`, 2],
  }
  for (const [name, [text, expected]] of Object.entries(cases)) {
    const { port, sockets } = await startTcp(t, text)
    const { connections } = open(t, port)
    t.equal(await settle(connections), 'end ok', name)
    t.equal(await settle(connections), 'end ok', name)
    t.equal(sockets.length, expected, `${name}: connections`)
  }
})

t.test('a protocol error ends the call and its connection', async (t) => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n'
  for (const text of [
    `${OK}Content-Length: 2\r\n\r\nok`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${chunked.replace('1.1', '1.0')}\r\n0\r\n\r\n`,
    `${chunked}\r\n${'f'.repeat(9)}\r\n`,
    `${chunked}\r\n1;${'x'.repeat(300)}\r\n`,
    `${chunked}\r\n0\r\n${'T: x\r\n'.repeat(101)}\r\n`,
    `${OK}\r\nok!`,
    'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'HTTP/1.1 099 No\r\n\r\n',
    'HTTP/1.1 100 Go\r\n\r\n'.repeat(2_000),
    'HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nok',
  ]) {
    const { port, sockets } = await startTcp(t, text)
    const { connections } = open(t, port)
    t.match(await settle(connections), /^garbage /, text.slice(0, 60))
    await until(() => sockets[0]?.destroyed === true, 'the socket is gone')
  }
})

t.test(
  'an idle connection is closed before the server closes it',
  async (t) => {
    const { port, sockets } = await startTcp(t, `${OK}\r\nok`, [20, 40])
    const { connections, clock } = open(t, port)
    t.equal(await settle(connections), 'end ok')
    clock.time = 3_000
    t.equal(await settle(connections), 'end ok', 'after three seconds')
    t.equal(sockets.length, 1)
    clock.time = 7_001
    t.equal(await settle(connections), 'end ok', 'after four more')
    t.equal(sockets.length, 2)
    // Its farewell is on the wire when the next call begins, after a long rest.
    for (let i = 1; i <= 50; i++) {
      clock.time += 1_000
      sockets.at(-1)?.destroy()
      t.equal(await settle(connections), 'end ok', `farewell ${i}`)
    }
  },
)

t.test('unexpected bytes close an idle connection', async (t) => {
  const { port, sockets } = await startTcp(t, `${OK}\r\nok`)
  const { connections } = open(t, port)
  t.equal(await settle(connections), 'end ok')
  sockets[0]?.write(`${OK}\r\nno`)
  await until(() => sockets[0]?.destroyed === true)
  t.equal(await settle(connections), 'end ok')
})

t.test('an abandoned call gets nothing and is not sent twice', async (t) => {
  let requests = 0
  const { port, sockets } = await listen(
    t,
    createTcp((socket) => socket.on('data', () => requests++)),
  )
  const { connections } = open(t, port)
  const early = ask(connections)
  early.connection?.destroy()
  const late = ask(connections)
  await until(() => requests === 1)
  late.connection?.destroy()
  await until(() => sockets.every(({ destroyed }) => destroyed))
  t.same([...early.told, ...late.told], [])
  const lost = ask(connections)
  await until(() => requests === 2)
  sockets.at(-1)?.destroy()
  await until(() => lost.told.length > 0)
  t.match(lost.told.join(), /^ended /)
  const last = ask(connections)
  await until(() => requests === 3)
  await Promise.all([connections.close(), connections.close()])
  t.same(last.told, [], 'last words take no longer than a second')
  t.match(await settle(connections), /^unreachable /)
})

const EVENTS = 'text/event-stream'

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

t.test('a message that nobody waits for outlives its connection', async (t) => {
  const got: string[] = []
  let refuses = 0
  let stream: ServerResponse | undefined
  const { port } = await listen(
    t,
    createServer((request, response) => {
      if (request.method === 'GET') {
        stream = response.writeHead(200, { 'content-type': EVENTS })
        return void stream.write('event: endpoint\ndata: /mcp\n\n')
      }
      // Its server gave the connection up.
      if (refuses-- > 0) return void request.socket.destroy()
      let text = ''
      request.on('data', (part) => {
        text += part
      })
      request.on('end', () => {
        got.push(text)
        response.writeHead(202).end()
      })
    }),
  )
  const { connections } = open(t, port)
  const url = new URL(`http://127.0.0.1:${port}/mcp`)
  const serverPath = new ServerPath(url)
  const endpoint = { connections, url, serverPath, headers: {} }
  const transports = {
    http: new HttpTransport(endpoint, 2 ** 20, IGNORED),
    sse: new SseTransport(endpoint, 2 ** 20, IGNORED, () => {}),
  }
  for (const [name, transport] of Object.entries(transports)) {
    for (const length of [10, 100_000]) {
      const text = name.repeat(length)
      refuses = 1
      transport.post(Buffer.from(text))
      await until(() => got.includes(text), `${name} ${length}`)
    }
    // Not for ever.
    refuses = 2
    transport.post(Buffer.from('lost'))
    await until(() => refuses === 0)
    transport.post(Buffer.from(`last of ${name}`))
    await until(() => got.includes(`last of ${name}`))
    await transport.close()
  }
  t.equal(got.length, 6, 'each once')
  stream?.destroy()
})

t.test('a stream that goes on after its answer is left', async (t) => {
  const responses: ServerResponse[] = []
  const { port, sockets } = await listen(
    t,
    createServer((request, response) => {
      request.resume().on('end', () => {
        responses.push(response.writeHead(200, { 'content-type': EVENTS }))
        response.flushHeaders()
      })
    }),
  )
  const { connections } = open(t, port)
  const url = new URL(`http://127.0.0.1:${port}/mcp`)
  const serverPath = new ServerPath(url)
  let answers = 0
  const events: TransportEvents = {
    ...IGNORED,
    message: (_, on) => {
      answers++
      on?.answered()
    },
  }
  const endpoint = { connections, url, serverPath, headers: {} }
  const transport = new HttpTransport(endpoint, 2 ** 20, events)
  const send = async () => {
    const before = responses.length
    transport.send(
      { bytes: Buffer.from('{}'), edits: NO_EDITS },
      { failed() {} },
    )
    await until(() => responses.length > before)
    return responses[before] as ServerResponse
  }
  const answer = 'data: {}\n\n'
  const lasting = await send()
  const whole = await send()
  whole.end(answer)
  await until(() => answers === 1)
  lasting.write(answer)
  await until(() => answers === 2)
  const [left, kept] = sockets
  await until(() => left?.destroyed === true, 'it is left')
  t.equal(kept?.destroyed, false, 'one that ends leaves its connection')
  await transport.close()
})

t.test('TLS is verified, whatever the environment says', async (t) => {
  const folder = t.testdir({})
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const args =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost'
  try {
    const files = ['-keyout', key, '-out', cert]
    execFileSync('openssl', [...args.split(' '), ...files], { stdio: 'ignore' })
  } catch {
    t.comment('there is no openssl')
    return
  }
  const ca = readFileSync(cert)
  let requests = 0
  const server = createSecure(
    { key: readFileSync(key), cert: ca },
    (request, response) => {
      requests++
      request.resume().on('end', () => response.end('x'.repeat(200_000)))
    },
  )
  const { port, sockets } = await listen(t, server)
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  t.teardown(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
  const stranger = open(t, port, null, 'localhost').connections
  t.match(
    await settle(stranger),
    /^unreachable .*\(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
  )
  const misnamed = open(t, port, ca).connections
  t.match(
    await settle(misnamed),
    /^unreachable .*\(ERR_TLS_CERT_ALTNAME_INVALID\)/,
  )
  t.equal(requests, 0)
  const { connections } = open(t, port, ca, 'localhost')
  const before = sockets.length
  for (let i = 0; i < 3; i++) {
    t.match(await settle(connections), /^end x{200000}$/)
  }
  t.equal(sockets.length, before + 1, 'kept over TLS too')
})
