// Odd clients: what some send that others do not, and what must come of it.
// In: nothing. Out: CASES.

import { talk } from '../harness/bounds/edge.ts'
import type { WildCase, World } from './case.ts'

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
const CALL = {
  jsonrpc: '2.0',
  id: 2,
  method: 'tools/call',
  params: { name: 'odd__echo', arguments: { a: 1 } },
}

type Headers = Readonly<Record<string, string | string[]>>

/** Opens a session and sends one body in it, as it is. */
async function sendIn(
  { send }: World,
  body: string | Buffer,
  more: Headers = {},
) {
  const json = { 'content-type': 'application/json' }
  const params = {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'x', version: '1' },
  }
  const first = { jsonrpc: '2.0', id: 0, method: 'initialize', params }
  const { headers } = await send({ headers: json, body: JSON.stringify(first) })
  const session = { 'mcp-session-id': String(headers['mcp-session-id']) }
  return send({ headers: { ...json, ...session, ...more }, body })
}

const says = (method: string, params: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`

const list = JSON.stringify(LIST)
const call = JSON.stringify(CALL)

/** Bodies and headers with one meaning: served. */
const SERVED: Readonly<Record<string, readonly [string | Buffer, Headers?]>> = {
  'params: null': [says('tools/list', 'null')],
  'cursor: null': [says('tools/list', '{"cursor":null}')],
  '_meta: null': [says('tools/list', '{"_meta":null}')],
  '_meta: null in a call': [
    call.replace('"arguments"', '"_meta":null,"arguments"'),
  ],
  'a byte order mark': [`\ufeff${list}`],
  'an empty parameter': [list, { 'content-type': 'application/json;' }],
  'a charset': [list, { 'content-type': 'Application/JSON; Charset="UTF-8"' }],
  'an unknown parameter': [
    list,
    { 'content-type': 'application/json;v=1 ; x="y"' },
  ],
  'two Accept headers': [
    list,
    { accept: ['application/json', 'application/json'] },
  ],
  'merged versions': [
    list,
    { 'mcp-protocol-version': '2025-06-18, 2025-06-18' },
  ],
  'two versions, equal': [
    list,
    { 'mcp-protocol-version': ['2025-06-18', '2025-06-18'] },
  ],
}

/** What could mean two things: refused, and the header is named. */
const REFUSED: Readonly<Record<string, readonly [number, Headers, RegExp]>> = {
  'two versions': [
    400,
    { 'mcp-protocol-version': '2025-06-18, 2025-03-26' },
    /mcp-protocol-version/,
  ],
  'another charset': [
    415,
    { 'content-type': 'application/json; charset=utf-8; charset=utf-16' },
    /Content-Type/,
  ],
  'a parameter that is none': [
    415,
    { 'content-type': 'application/json ;x' },
    /Content-Type/,
  ],
  'an encoding': [415, { 'content-encoding': 'gzip' }, /Content-Encoding/],
  'two sessions': [
    400,
    { 'mcp-session-id': ['a', 'a'] },
    /mcp-session-id stands twice/,
  ],
}

const bodies: readonly WildCase[] = [
  ...Object.entries(SERVED).map(
    ([name, [body, headers]]): WildCase => ({
      id: `W15 ${name}`,
      servers: { odd: {}, new: { era: 'modern' } },
      expect: async (world) => {
        const { status, body: told } = await sendIn(world, body, headers)
        world.want(
          status === 200 && /"result":/.test(told),
          `${status} ${told}`,
        )
        const modern = String(body).replace('odd__', 'new__')
        const other = await sendIn(world, modern, headers)
        world.want(/"result":/.test(other.body), other.body)
      },
    }),
  ),
  ...Object.entries(REFUSED).map(
    ([name, [wanted, headers, names]]): WildCase => ({
      id: `W15 ${name}`,
      servers: { odd: {} },
      expect: async (world) => {
        const { status, body } = await sendIn(world, list, headers)
        world.want(status === wanted && names.test(body), `${status} ${body}`)
      },
    }),
  ),
]

/** One request of which the target is written as it is. */
async function target({ url, token }: World, text: string, host = 'localhost') {
  const lines = [
    `POST ${text} HTTP/1.1`,
    `host: ${host}`,
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    `content-length: ${list.length}`,
    'connection: close',
  ]
  const answer = await talk(url, `${lines.join('\r\n')}\r\n\r\n${list}`)
  return answer.slice(9, 12)
}

const hosts = [
  'mcp_gateway',
  'mcp.example.com.',
  'localhost',
  '127.0.0.1',
  '[0:0::1]',
  'mcp.example.org:8080',
]

const heads: readonly WildCase[] = [
  {
    id: 'W15 targets of one meaning, and others',
    servers: { odd: {} },
    expect: async (world) => {
      for (const [text, wanted] of [
        ['/mcp/', '200'],
        ['/mcp?x=y', '200'],
        ['/mcp/?x=y', '200'],
        ['http://localhost/mcp', '200'],
        ['http://LOCALHOST/mcp?x', '200'],
        ['http://localhost:1/mcp', '400'],
        ['http://evil.example/mcp', '400'],
        ['http://a@localhost/mcp', '400'],
        ['http://localhost/mcp/x', '404'],
        ['//mcp', '404'],
      ] as const) {
        const status = await target(world, text)
        world.want(status === wanted, `${text}: ${status}, not ${wanted}`)
      }
      const status = await target(
        world,
        'http://evil.example/mcp',
        'evil.example',
      )
      world.want(status === '403', `the same host twice: ${status}`)
    },
  },
  {
    id: 'W16 a refused Origin',
    servers: { odd: {} },
    config: { listen: { hosts, origins: ['https://chat.example'] } },
    expect: async (world) => {
      const ask = async (origin: string) => {
        const { status, body } = await sendIn(world, list, { origin })
        return `${status} ${body}`
      }
      world.want((await ask('https://chat.example')).startsWith('200'), 'own')
      for (const origin of ['https://evil.example', 'null', 'https://b']) {
        const told = await ask(origin)
        world.want(
          /^403 .*Origin \S+ is not in listen\.origins/.test(told),
          told,
        )
      }
      const told = () => world.log().filter((one) => one.origin !== undefined)
      world.want(told().length === 1, `${told().length} lines`)
      const [{ origin, accepted } = {}] = told()
      world.want(origin === 'https://evil.example', String(origin))
      world.want(String(accepted) === 'https://chat.example', String(accepted))
      await world.advance(61_000)
      await ask('https://evil.example')
      await world.until(() => told().length === 2, 'once a minute')
      const isKept = () =>
        world.records().some(({ reason }) => reason === 'origin')
      await world.until(isKept, 'a record')
    },
  },
  {
    id: 'W16 Host values, and a refused one',
    servers: { odd: {} },
    config: { listen: { hosts } },
    expect: async (world) => {
      for (const [host, wanted] of [
        ['mcp_gateway', '200'],
        ['MCP_Gateway:4600', '200'],
        ['mcp_gateway.', '200'],
        ['mcp.example.com', '200'],
        ['mcp.example.com.:1', '200'],
        ['localhost:4600', '200'],
        ['[::1]:4600', '200'],
        ['[0:0:0:0:0:0:0:1]', '200'],
        ['mcp.example.org:8080', '200'],
        ['mcp.example.org', '403'],
        ['mcp_gateway..', '403'],
        ['[::2]', '403'],
        ['evil.example', '403'],
        ['x@localhost', '403'],
      ] as const) {
        const status = await target(world, '/mcp', host)
        world.want(status === wanted, `${host}: ${status}, not ${wanted}`)
      }
      const told = world.log().filter(({ host }) => host !== undefined)
      world.want(told.length === 1, `${told.length} lines`)
      const [{ host, accepted } = {}] = told
      world.want(host === 'mcp.example.org', String(host))
      world.want(String(accepted).includes('mcp.example.com'), String(accepted))
      await world.until(
        () => world.records().some(({ reason }) => reason === 'host'),
        'a record',
      )
    },
  },
]

const sessions: readonly WildCase[] = [
  {
    id: 'W23 a client that never returns its session',
    servers: { odd: {}, new: { era: 'modern' } },
    expect: async (world) => {
      const headers = {
        'content-type': 'application/json',
        'mcp-protocol-version': '2025-06-18',
      }
      const ask = async (body: string) => {
        const { status, body: told } = await world.send({ headers, body })
        return `${status} ${told}`
      }
      await sendIn(world, list)
      const ready = '{"jsonrpc":"2.0","method":"notifications/initialized"}'
      world.want((await ask(ready)).startsWith('202'), 'a notice')
      world.want(/odd__echo/.test(await ask(list)), 'its list')
      for (const server of ['odd', 'new']) {
        const told = await ask(call.replace('odd__', `${server}__`))
        world.want(/"content":/.test(told), told)
      }
      const [first, second] = [await ask(call), await ask(call)]
      world.want(first === second, 'each call stands alone')
      const level = await ask(says('logging/setLevel', '{"level":"info"}'))
      world.want(/^400 .*no Mcp-Session-Id/.test(level), level)
      const watch = await ask(says('resources/subscribe', '{"uri":"x://y"}'))
      world.want(watch.startsWith('400'), watch)
    },
  },
]

export const CASES: readonly WildCase[] = [...bodies, ...heads, ...sessions]
