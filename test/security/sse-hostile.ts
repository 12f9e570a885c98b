// Servers that pretend to speak HTTP+SSE, or speak it to do harm. Raw streams
// over real sockets; a canary stands for what must not be asked.

import type { ServerResponse } from 'node:http'
import { createServer as createTcp } from 'node:net'
import t, { type Test } from 'tap'
import { FallbackTransport } from '../../src/runtime/upstream/http1/fallback.ts'
import { SseTransport } from '../../src/runtime/upstream/sse.ts'
import { listen } from '../harness/ask.ts'
import {
  beginStream,
  type RawPost,
  type RawSse,
  startRawSse,
  startWire,
  writeEvent,
} from '../harness/raw-sse-server.ts'
import { serveUrls } from '../harness/served-urls.ts'
import { until } from '../harness/until.ts'

/** Connections to it would be the gateway's, at another's word. */
async function startCanary(t: Test) {
  const { port, sockets } = await listen(
    t,
    createTcp((socket) => socket.destroy()),
  )
  return { origin: `http://127.0.0.1:${port}`, sockets }
}

t.test(
  'a server with another transport stays down, with a reason',
  async (t) => {
    const canary = await startCanary(t)
    const at = (endpoint: string) => ({
      begin: (stream: ServerResponse) => beginStream(stream, endpoint),
    })
    const also = 'does not speak MCP: HTTP 405, and no HTTP+SSE either: '
    const origin = 'its endpoint has another origin'
    const cases: Record<string, [RawSse, string, number?]> = {
      elsewhere: [at(`${canary.origin}/messages`), also + origin],
      schemeless: [at(`//${canary.origin.slice(7)}/m`), also + origin],
      odd: [at('javascript:alert(1)'), also + origin],
      broken: [at('http://['), `${also}its endpoint is not a URL`],
      long: [at('x'.repeat(9_000)), `${also}its endpoint is not a URL`],
      login: [
        {
          begin: (stream, own) =>
            beginStream(stream, own.replace('//', '//u:p@')),
        },
        `${also}its endpoint holds credentials`,
      ],
      redirect: [
        {
          begin: (stream) =>
            stream.writeHead(307, { location: canary.origin }).end(),
        },
        `${also}HTTP 307`,
      ],
      packed: [
        {
          begin: (stream) => {
            stream.setHeader('content-encoding', 'gzip')
            beginStream(stream, '?session=1')
          },
        },
        `${also}a body that is not gzip`,
      ],
      streamable: [
        {
          miss: 400,
          begin: (stream) => {
            beginStream(stream)
            stream.write(writeEvent('message', '{}'))
          },
        },
        `${also.replace('405', '400')}its stream begins without an endpoint`,
      ],
      neither: [
        { miss: 404, begin: (stream) => stream.writeHead(404).end() },
        'is not found: HTTP 404, and no HTTP+SSE either: HTTP 404',
      ],
      newer: [
        { miss: 404, error: { code: -32601, message: 'no' } },
        'does not speak MCP: initialize gave an error',
        0,
      ],
      stranger: [{ miss: 401 }, 'refuses the gateway: HTTP 401', 0],
      forbidden: [{ miss: 403 }, 'refuses the gateway: HTTP 403', 0],
      failing: [{ miss: 500 }, 'does not speak MCP: HTTP 500', 0],
      moved: [{ miss: 308 }, 'does not speak MCP: HTTP 308', 0],
    }
    const names = Object.keys(cases)
    const started = await Promise.all(
      names.map((name) => startRawSse(t, cases[name]?.[0] ?? {})),
    )
    const servers = names.map((name, i) => [name, { url: started[i]?.url }])
    const { gateway } = await serveUrls(t, Object.fromEntries(servers))
    for (const { name, state, reason } of gateway.status().servers) {
      const [, expected, gets = 1] = cases[name] ?? []
      const refuses = expected?.startsWith('refuses')
      const want = refuses ? 'unauthorized' : 'down'
      t.match({ state, reason }, { state: want, reason: expected }, name)
      const { seen = [] } = started[names.indexOf(name)] ?? {}
      const asked = seen.filter((one) => one.startsWith('GET'))
      const tries = seen.filter((one) => one.endsWith('initialize')).length
      t.equal(asked.length, gets * tries, `${name}: ${seen}`)
    }
    t.equal(canary.sockets.length, 0, 'nobody was sent elsewhere')
  },
)

const MEBIBYTE = 2 ** 20

t.test('the endpoint is awaited, and messages are bounded', async (t) => {
  const cases: Record<string, [NonNullable<RawSse['begin']>, RegExp]> = {
    silent: [(stream) => beginStream(stream), /timeout it named no endpoint/],
    chatty: [
      (stream) => {
        beginStream(stream)
        const chat = setInterval(() => stream.write(': still here\n\n'), 1)
        stream.on('close', () => clearInterval(chat))
      },
      /timeout it named no endpoint/,
    ],
    headless: [() => {}, /timeout it named no endpoint/],
    endless: [
      (stream) => {
        beginStream(stream)
        stream.write('data: '.padEnd(2 * MEBIBYTE, 'x'))
      },
      /oversized an event exceeds/,
    ],
    many: [
      (stream) => {
        beginStream(stream, '?session=1')
        stream.write('data: x\n'.repeat(MEBIBYTE))
      },
      /oversized an event exceeds/,
    ],
    short: [
      (stream) => {
        beginStream(stream, '?session=1')
        stream.destroy()
      },
      /^ended /,
    ],
  }
  for (const [name, [begin, expected]] of Object.entries(cases)) {
    const { endpoint, events, told, sockets } = await startWire(t, { begin })
    const patience = /timeout/.test(expected.source) ? 100 : 60_000
    new SseTransport(endpoint, MEBIBYTE, events, () => {}, patience)
    await until(() => told.length > 0, name)
    t.match(told, [expected], name)
    await until(() => sockets.every(({ destroyed }) => destroyed))
    t.equal(told.length, 1, `${name}: once`)
  }
})

t.test(
  'nothing is left after close, and no modern request is sent',
  async (t) => {
    const bytes = Buffer.from('{"method":"initialize"}')
    const begin = (stream: ServerResponse) => beginStream(stream)
    const one = await startWire(t, { begin })
    const { endpoint, events, failed } = one
    const early = new FallbackTransport(endpoint, MEBIBYTE, events, () => {})
    early.send({ bytes }, { failed })
    await until(() => one.seen.includes('GET /sse'))
    await early.close()
    await until(() => one.sockets.some(({ destroyed }) => destroyed))
    t.same(one.told, [], 'closed while it was still being found out')

    const two = await startWire(t, {})
    const { connections } = two.endpoint
    const known = new SseTransport(two.endpoint, MEBIBYTE, two.events, () => {})
    known.send({ bytes, mirrored: { method: 'x' } }, two)
    t.same(two.told, ['garbage its transport is HTTP+SSE'])
    await until(() => two.seen.length === 1)
    await known.close()
    await until(() => two.sockets.every(({ destroyed }) => destroyed))
    await connections.close()
    t.same(two.seen, ['GET /sse'])
  },
)

t.test('failures during a session', async (t) => {
  const canary = await startCanary(t)
  const tools: Record<string, (post: RawPost) => void> = {
    fine: ({ answer }) => answer(),
    plain: ({ reply, answer }) => {
      reply.writeHead(200, { 'content-type': 'text/html' }).end('<p>')
      answer()
    },
    unanswered: ({ id, say }) => say({ id, result: { content: [TEXT] } }),
    strange: ({ id, say, answer }) => {
      say({ id: id + 1_000, result: { content: [] } })
      say({ id: 'x', error: { code: 1, message: 'no' } })
      say({ method: 'notifications/progress', params: { progressToken: 77 } })
      answer()
      answer('again')
    },
    twice: ({ id, stream, answer }) => {
      stream.write(writeEvent('endpoint', `${canary.origin}/messages`))
      const other = { jsonrpc: '2.0', id, result: { content: [] } }
      stream.write(writeEvent('other', JSON.stringify(other)))
      answer()
    },
    failing: ({ reply }) => reply.writeHead(500).end('at /srv/secret.js'),
    moved: ({ reply }) =>
      reply.writeHead(307, { location: canary.origin }).end(),
    dropped: ({ reply }) => reply.destroy(),
    ended: ({ stream }) => stream.end(),
    garbage: ({ id, stream }) =>
      stream.write(writeEvent('message', `{"id":${id},"id":${id}}`)),
    forgotten: ({ reply }) => reply.writeHead(404).end(),
    outgrown: ({ stream }) => stream.write('data: '.padEnd(17 * MEBIBYTE, 'x')),
  }
  const raw = await startRawSse(t, { tools, slow: 100 })
  const { call, gateway } = await serveUrls(t, { raw: { url: raw.url } })
  const invalid = /^Server raw gave an answer that is not valid MCP/
  const ended = /^Server raw ended before it answered/
  const expected: Record<string, string | RegExp> = {
    plain: 'ok',
    unanswered: 'ok',
    strange: 'ok',
    twice: 'ok',
    failing: /failed \(HTTP 500\)/,
    moved: /a redirect that is not followed \(HTTP 307\)/,
    dropped: ended,
    garbage: invalid,
    forgotten: /^Server raw has forgotten this session/,
    ended,
    outgrown: /exceeds caps\.message \(16 MiB\)/,
  }
  for (const [name, text] of Object.entries(expected)) {
    t.match(await call(`raw__${name}`), text, name)
    await until(() => gateway.status().servers[0]?.state === 'up')
    t.equal(await call('raw__fine'), 'ok', `after ${name}`)
  }
  t.equal(canary.sockets.length, 0, 'nobody was sent elsewhere')
  const [greeted, next] = raw.seen.slice(
    raw.seen.findIndex((one) => one.endsWith('notifications/initialized')),
  )
  t.match([greeted, next], [/initialized$/, 'notifications/initialized taken'])
})

const TEXT = { type: 'text', text: 'ok' }
