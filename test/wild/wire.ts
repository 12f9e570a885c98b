// Servers that refuse, forget, move, or say nothing of their era. A team loses
// nothing of them that it would have directly, and reads what is wrong.

import { call, FINE, html, page, wantSaid } from '../harness/odd/said.ts'
import type { OddAnswer, OddReply, WildCase, World } from './case.ts'

/** A refusal by status: what a model reads, and what is on record. */
function refusal(id: string, reply: OddReply, said: RegExp): WildCase {
  const { expect, ...rest } = call(`W11 ${id}`, reply, said)
  return {
    ...rest,
    id: `W11 ${id}`,
    expect: async (world) => {
      await expect(world)
      const { records, want } = world
      const last = records().findLast(({ event }) => event === 'outcome')
      want(
        last?.upstreamStatus === (reply.status ?? 200) ||
          reply.status === undefined,
        `its status is on record: ${JSON.stringify(last)}`,
      )
      want(!JSON.stringify(last).includes('secret'), 'nothing of its body is')
    },
  }
}

const STATUSES: readonly WildCase[] = [
  refusal(
    '429 with seconds',
    { status: 429, headers: { 'retry-after': '12' } },
    /^error: Server odd .*HTTP 429.*Try again in 12 s\.$/,
  ),
  refusal(
    '429 with a date',
    {
      status: 429,
      headers: {
        'retry-after': new Date(Date.now() + 3_600_000).toUTCString(),
      },
    },
    /HTTP 429.*Try again in (3\d{3} s|\d+ min)\.$/,
  ),
  refusal(
    '500',
    { status: 500, body: html, headers: page },
    /^error: Server odd failed \(HTTP 500\)/,
  ),
  refusal('502', { status: 502, body: html, headers: page }, /HTTP 502/),
  refusal(
    '503 with a wait',
    { status: 503, headers: { 'retry-after': '3' } },
    /not available \(HTTP 503\)\. Try again in 3 s\.$/,
  ),
  refusal('504', { status: 504 }, /HTTP 504/),
  refusal('403', { status: 403 }, /refused the gateway \(HTTP 403\)/),
  refusal(
    '418 in plain text',
    { status: 418, body: 'secret', headers: { 'content-type': 'text/plain' } },
    /refused the request \(HTTP 418\)/,
  ),
  refusal(
    '302',
    { status: 302, headers: { location: 'https://elsewhere.example/secret' } },
    /redirect that is not followed \(HTTP 302\)/,
  ),
  refusal(
    'a page',
    { body: html, headers: page },
    /^error: Server odd gave an answer that is not valid MCP/,
  ),
  refusal(
    'nothing',
    { body: '', headers: { 'content-type': 'application/json' } },
    /^error: Server odd /,
  ),
  call(
    'W11 429 with an answer of its own',
    { status: 429, error: { code: -5, message: 'own words' } },
    '-5 own words',
  ),
]

/** A session server that has forgotten all before its `count`th call. */
const forgets =
  (reply: OddReply): OddAnswer =>
  (_request, count) =>
    count === 2 ? reply : { result: FINE }

function forgotten(id: string, reply: OddReply, said = 'fine'): WildCase {
  return {
    id: `W4 ${id}`,
    servers: { odd: { answers: { 'tools/call': forgets(reply) } } },
    expect: async (world) => {
      await wantSaid(world, 'fine')
      await wantSaid(world, said)
      const of = (method: string) =>
        world.servers.odd?.requests.filter((one) => one.method === method)
          .length
      world.want(of('tools/call') === 3, 'the call was sent once more')
      await wantSaid(world, 'fine')
    },
  }
}

const LOST = { code: -32_600, message: 'Session not found' }

const SESSIONS: readonly WildCase[] = [
  forgotten('404', { status: 404 }),
  forgotten('410', { status: 410 }),
  forgotten('400 in plain text', {
    status: 400,
    body: 'Bad Request: No valid session ID provided',
    headers: { 'content-type': 'text/plain' },
  }),
  forgotten('400 without a body', { status: 400 }),
  forgotten('400 of no request', {
    status: 400,
    message: {
      jsonrpc: '2.0',
      id: null,
      error: { code: -32_000, message: 'Bad Request: Server not initialized' },
    },
  }),
  forgotten('200 and an error', { error: LOST }),
  forgotten('400 and an error', { status: 400, error: LOST }),
  forgotten('200 and words of another kind', {
    error: { code: -32_001, message: 'Invalid or expired session ID: abc-1' },
  }),
  {
    id: 'W4 a call that the server refuses costs no session each time',
    servers: { odd: { answers: { 'tools/call': { status: 400 } } } },
    expect: async (world) => {
      for (let i = 0; i < 4; i++)
        await wantSaid(world, /refused the request \(HTTP 400\)/)
      const begun = world.servers.odd?.requests.filter(
        ({ method }) => method === 'initialize',
      )
      world.want((begun?.length ?? 0) <= 3, `${begun?.length} sessions`)
    },
  },
  {
    id: 'W4 an error of a tool about its own session is its answer',
    servers: {
      odd: {
        answers: {
          'tools/call': {
            error: { code: -32_602, message: 'Session not found' },
          },
        },
      },
    },
    expect: async (world) => {
      await wantSaid(world, '-32602 Session not found')
      const calls = world.servers.odd?.requests.filter(
        ({ method }) => method === 'tools/call',
      )
      world.want(calls?.length === 1, 'it ran once')
    },
  },
  {
    id: 'W4 a server that answers so for ever is heard in its own words',
    servers: { odd: { answers: { 'tools/call': { error: LOST } } } },
    expect: async (world) => {
      await wantSaid(world, '-32600 Session not found')
      const calls = world.servers.odd?.requests.filter(
        ({ method }) => method === 'tools/call',
      )
      world.want(calls?.length === 2, 'once more, and no more')
    },
  },
]

/** A legacy server that makes this of the question of the newer era. */
function unknowing(id: string, reply: OddReply): WildCase {
  return {
    id: `W5 ${id}`,
    servers: { odd: { answers: { 'server/discover': reply } } },
    expect: async (world) => {
      await world.until(
        async () => (await world.status()).servers[0]?.state === 'up',
        'up',
      )
      await wantSaid(world, '{"a":1}')
      await wantSaid(world, '{"a":1}')
      const asked = world.servers.odd?.requests.filter(
        ({ method }) => method === 'server/discover',
      )
      world.want(
        asked?.length === 1,
        `its era is remembered: asked ${asked?.length} times`,
      )
    },
  }
}

const ERAS: readonly WildCase[] = [
  ...[400, 401, 403, 404, 405, 406, 415, 500, 501, 502, 503].map((status) =>
    unknowing(`HTTP ${status}`, { status }),
  ),
  unknowing('a page', { body: html, headers: page }),
  unknowing('an empty 202', { status: 202 }),
  unknowing('an error of its own', {
    error: { code: -32_000, message: 'Server not initialized' },
  }),
  unknowing('silence', { after: 60_000, status: 500 }),
]

/** The plain server, at `/mcp/` alone. */
function elsewhere(
  id: string,
  status: number,
  location: string,
  holds = true,
): WildCase {
  const redirect: OddAnswer = ({ path }) =>
    path === '/mcp/' ? undefined : { status, headers: { location } }
  return {
    id: `W3 ${id}`,
    servers: { odd: { answers: { '*': redirect } } },
    expect: async (world) => {
      if (holds) {
        await wantSaid(world, '{"a":1}')
        await wantSaid(world, '{"a":1}')
        const before = world.servers.odd?.requests.filter(
          ({ path }) => path === '/mcp',
        )
        return world.want(
          (before?.length ?? 9) <= 1,
          `it is remembered: ${before?.length}`,
        )
      }
      const [one] = (await world.status()).servers
      world.want(one?.state === 'down', `state ${one?.state}`)
      world.want(/HTTP 30\d/.test(one?.reason ?? ''), one?.reason ?? '')
    },
  }
}

const REDIRECTS: readonly WildCase[] = [
  elsewhere('307 to a final slash', 307, '/mcp/'),
  elsewhere('308 to a final slash', 308, 'mcp/'),
  elsewhere('301 to a final slash', 301, '/mcp/'),
  elsewhere('307 in a loop', 307, '/mcp', false),
  elsewhere('307 to another origin', 307, 'http://127.0.0.2:1/mcp/', false),
  elsewhere('303', 303, '/mcp/', false),
  elsewhere('307 from one place to the next', 307, '/third', false),
]

/** Bytes that are no message, while a tool works. */
const ALIVE: readonly WildCase[] = [
  {
    id: 'W13 comments while a tool works',
    servers: {
      odd: {
        answers: { 'tools/call': { events: [': alive\n\n'], hold: true } },
      },
    },
    expect: async ({
      post,
      servers,
      status,
      advance,
      until,
      want,
      records,
    }) => {
      const answer = post('tools/call', { name: 'odd__echo', arguments: {} })
      await until(() => servers.odd?.open === 1, 'it is under way')
      await advance(200_000)
      const under = async () => (await status()).calls.inFlight
      want((await under()) === 1, 'four minutes of silence are no silence')
      await advance(200_000)
      const { body } = await answer
      want(/idleTimeout \(5 min\)/.test(body), body)
      want(
        records().some(({ outcome }) => outcome === 'timeout'),
        'on record',
      )
    },
  },
]

const VERSIONS: readonly WildCase[] = [
  '2024-10-07',
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
].map((version) => ({
  id: `W19 a server of ${version}`,
  servers: {
    odd: {
      answers: {
        initialize: {
          result: {
            protocolVersion: version,
            capabilities: { tools: {} },
            serverInfo: { name: 'old', version: '1' },
          },
        },
      },
    },
  },
  expect: (world: World) => wantSaid(world, '{"a":1}'),
}))

export const CASES: readonly WildCase[] = [
  ...STATUSES,
  ...SESSIONS,
  ...ERAS,
  ...REDIRECTS,
  ...ALIVE,
  ...VERSIONS,
]
