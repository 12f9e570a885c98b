// Lists that change, announced or not, for all or in one session alone.
// In: nothing. Out: cases.

import {
  GOOD,
  KINDS,
  tool,
  untilNames,
  wantNames,
} from '../harness/odd/listed.ts'
import type { OddServer, WildCase, World } from './case.ts'

/** Other tools at each reading after the first. */
const changing = (
  server: Partial<OddServer>,
  list = (count: number): readonly object[] => [
    tool(count > 1 ? 'new' : 'old'),
  ],
  more: object = {},
): OddServer => ({
  ...server,
  answers: {
    'tools/list': (_, count) => ({
      result: {
        ...(server.era === 'modern' && {
          resultType: 'complete',
          cacheScope: 'private',
        }),
        tools: list(count),
        ...more,
      },
    }),
  },
})

const TOOLS_ALONE = { era: 'modern', capabilities: { tools: {} } } as const

function countLists({ servers }: World): number {
  const { requests = [] } = servers.a ?? {}
  return requests.filter(({ method }) => method === 'tools/list').length
}

/** A program whose tool `grow` adds a tool to this process alone. */
const GROWING = `
  const say = (m) => console.log(JSON.stringify({ jsonrpc: '2.0', ...m }))
  const tools = [{ name: 'grow', inputSchema: { type: 'object' } }]
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (method === 'initialize') return say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: { listChanged: true } }, serverInfo: { name: 'p', version: '1' } } })
    if (method === 'tools/list') return say({ id, result: { tools } })
    if (method === 'tools/call') {
      const { name } = params
      if (!tools.some((one) => one.name === name)) return say({ id, error: { code: -32602, message: 'Unknown tool' } })
      if (name === 'grow' && tools.length === 1) {
        tools.push({ name: 'grown', inputSchema: { type: 'object' } })
        say({ method: 'notifications/tools/list_changed' })
      }
      return say({ id, result: { content: [{ type: 'text', text: name }] } })
    }
    if (id !== undefined) say({ id, error: { code: -32601, message: 'no' } })
  })`

export const CASES: readonly WildCase[] = [
  ...(['modern', 'legacy'] as const).flatMap((era) =>
    (['session', 'principal', 'shared'] as const).map(
      (isolation): WildCase => ({
        id: `P4 tools of a ${era} server that announces nothing, ${isolation}`,
        servers: { a: changing({ era, config: { isolation } }), b: GOOD },
        expect: async (world) => {
          await wantNames(world, ['a__old', 'b__echo'], ['a__new'])
          await world.advance(61_000)
          await untilNames(world, ['a__new', 'b__echo'], ['a__old'])
          const asked = countLists(world)
          for (let n = 0; n < 5; n++) await world.post('tools/list', {})
          // One may have been under way.
          world.want(countLists(world) <= asked + 1, 'not asked for each list')
        },
      }),
    ),
  ),
  {
    id: 'W6 a call of a tool that the server no longer has',
    servers: {
      a: {
        answers: {
          ...changing({}).answers,
          'tools/call': {
            error: { code: -32602, message: 'Unknown tool: old' },
          },
        },
      },
    },
    expect: async (world) => {
      await wantNames(world, ['a__old'])
      await world.advance(11_000)
      for (let n = 0; n < 5; n++) await world.call('a__old')
      await world.until(async () => {
        const { body } = await world.post('tools/list', {})
        return body.includes('a__new') && !body.includes('a__old')
      }, 'the lists are read again')
      world.want(countLists(world) === 2, `asked ${countLists(world)} times`)
    },
  },
  {
    id: 'P4 a time to live that the server says is kept, within bounds',
    servers: {
      a: changing(TOOLS_ALONE, undefined, { ttlMs: 600_000 }),
      b: changing(TOOLS_ALONE, undefined, { ttlMs: 1 }),
    },
    expect: async (world) => {
      await wantNames(world, ['a__old', 'b__old'])
      await world.advance(5_000)
      await wantNames(world, ['a__old', 'b__old'])
      await world.advance(6_000)
      await untilNames(world, ['a__old', 'b__new'])
      await world.advance(600_000)
      await untilNames(world, ['a__new', 'b__new'])
    },
  },
  ...(['session', 'principal'] as const).map(
    (isolation): WildCase => ({
      id: `P1 a program that adds a tool to itself, ${isolation}`,
      servers: { a: { program: GROWING, config: { isolation } }, b: GOOD },
      expect: async (world) => {
        for (const kind of KINDS) {
          const one = await world.connect(kind)
          if (kind !== KINDS[0] && isolation === 'principal') continue
          const before = await one.names()
          if (kind !== 'sdk 2.x modern' || isolation === 'session') {
            await one.call('a__grow')
          }
          await world.until(
            async () => (await one.names()).includes('a__grown'),
            `${kind} is shown ${before}`,
          )
          const said = await one.call('a__grown')
          world.want(/grown/.test(said), said)
          world.want((await one.names()).includes('b__echo'), 'and the others')
          const other = await world.connect('sdk 1.x')
          const shown = (await other.names()).includes('a__grown')
          world.want(shown === (isolation === 'principal'), 'to whom it is')
        }
      },
    }),
  ),
  {
    id: 'P1 a program that adds a tool to itself, shared',
    servers: { a: { program: GROWING, config: { isolation: 'shared' } } },
    expect: async (world) => {
      const one = await world.connect('sdk 1.x')
      await one.call('a__grow')
      for (const kind of KINDS) {
        const other = await world.connect(kind)
        await world.until(
          async () => (await other.names()).includes('a__grown'),
          `${kind} is shown it`,
        )
        world.want(/grown/.test(await other.call('a__grown')), 'its call')
      }
      world.want(world.servers.a?.starts === 1, 'one process')
    },
  },
  {
    id: 'W7 a server that takes one session, shared',
    servers: {
      a: {
        config: { isolation: 'shared' },
        answers: {
          initialize: ({ params }, count) =>
            count > 1
              ? { status: 400, error: { code: -32600, message: 'initialized' } }
              : {
                  headers: { 'mcp-session-id': 'one' },
                  result: {
                    protocolVersion: params?.protocolVersion,
                    capabilities: { tools: {} },
                    serverInfo: { name: 'a', version: '1' },
                  },
                },
        },
      },
    },
    expect: async (world) => {
      for (const kind of KINDS) {
        const client = await world.connect(kind)
        const text = await client.call('a__echo', { a: 1 })
        world.want(text === '{"a":1}', `${kind}: ${text}`)
      }
    },
  },
]
