// Names and URIs that several servers claim, or no client accepts; servers of
// which no list is known; what they declare.

import { ResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { runHere } from '../harness/gateway.ts'
import {
  GOOD,
  KINDS,
  lists,
  tool,
  wantNamed,
  wantNames,
} from '../harness/odd/listed.ts'
import type { OddServer, WildCase, World } from './case.ts'

/** One resource and one template, with its name in what it answers. */
const noted = (name: string): OddServer =>
  lists({
    'resources/list': { resources: [{ uri: 'note://one', name }] },
    'resources/templates/list': {
      resourceTemplates: [
        { uriTemplate: 'note://{id}', name, _meta: { a: 1 } },
      ],
    },
    'resources/read': { contents: [{ uri: 'note://one', text: `of ${name}` }] },
  })

/** The answer to a read, perhaps one that says which server it means. */
async function read(
  world: World,
  uri: string,
  server?: string,
): Promise<string> {
  const { client } = await world.connect('sdk 1.x')
  const _meta = { 'portcullis/server': server }
  const params = { uri, ...(server && { _meta }) }
  const ask = client as unknown as {
    request(message: object, schema: object): Promise<unknown>
  }
  const answer = ask.request({ method: 'resources/read', params }, ResultSchema)
  return JSON.stringify(
    await answer.catch((error) => ({ ...error, text: error.message })),
  )
}

export const CASES: readonly WildCase[] = [
  {
    id: 'W8 a resource of two servers, the caller may read the second alone',
    servers: { a: noted('a'), b: noted('b') },
    config: { roles: { all: { allow: { b: [{ resource: 'note://*' }] } } } },
    expect: async (world) => {
      for (const uri of ['note://one', 'note://made']) {
        const body = await read(world, uri)
        world.want(body.includes('of b'), `${uri}: ${body}`)
      }
      const list = await world.post('resources/list', {})
      world.want(!list.body.includes('portcullis/server'), 'one is no choice')
      await wantNamed(world, ['a', 'b'], /claimed by `a\/note:.*b\/note:/)
    },
  },
  {
    id: 'W8 a resource of two servers, the caller may read both',
    servers: { a: noted('a'), b: noted('b') },
    expect: async (world) => {
      for (const uri of ['note://one', 'note://made']) {
        const body = await read(world, uri)
        world.want(
          /claimed by a and b/.test(body) && /"servers":\["a","b"\]/.test(body),
          body,
        )
        const answer = await read(world, uri, 'b')
        world.want(answer.includes('of b'), answer)
        const other = await read(world, uri, 'a')
        world.want(other.includes('of a'), other)
      }
      for (const method of ['resources/list', 'resources/templates/list']) {
        const { body } = await world.post(method, {})
        world.want(
          body.match(/"portcullis\/server":"[ab]"/g)?.length === 2,
          body,
        )
      }
      for (const kind of KINDS) {
        const { client } = await world.connect(kind)
        const { resources } = await (
          client as unknown as {
            listResources(): Promise<{ resources: unknown[] }>
          }
        ).listResources()
        world.want(resources.length === 2, `${kind} lists both`)
      }
    },
  },
  {
    id: 'W8 a tool name of two servers, the caller may call the second alone',
    servers: {
      a: { config: { prefix: '' } },
      b: { config: { prefix: '' }, tools: [tool('echo', { title: 'of b' })] },
    },
    config: { roles: { all: { allow: { b: ['echo'] } } } },
    expect: async (world) => {
      await wantNames(world, ['echo'])
      const { result } = await world.call('echo', { a: 1 })
      world.want(result?.content?.[0]?.text === '{"a":1}', 'it is called')
      const calls = world.servers.b?.requests.filter(
        ({ method }) => method === 'tools/call',
      )
      world.want(calls?.length === 1, 'the second has the call')
      await wantNamed(
        world,
        ['a', 'b'],
        /`echo` is claimed by.*rename: \{ "echo"/,
      )
    },
  },
  {
    id: 'W25 names that clients do not accept, or not so',
    servers: {
      a: {
        tools: [
          tool('x'.repeat(70)),
          tool('日本'),
          tool('日木'),
          tool('a.b'),
          tool('a_b'),
          tool('fine'),
        ],
      },
    },
    expect: async (world) => {
      await wantNames(world, ['a__fine', 'a__a_b', 'a____'])
      await wantNamed(
        world,
        ['a'],
        /`x{70}` is hidden: .*rename: \{ "x{70}": 'x+' \}/,
      )
      await wantNamed(world, ['a'], /`日本` is shown as `a____`; write `rename/)
      await wantNamed(
        world,
        ['a'],
        /`a__a_b` is claimed by `a\/a.b` and `a\/a_b`/,
      )
      await world.until(
        () => world.log().some(({ msg }) => /is claimed by/.test(String(msg))),
        'the log names it',
      )
      const check = await runHere(['check', '--live', '--cwd', world.folder])
      for (const said of ['x'.repeat(70), 'rename: { "a_b"']) {
        world.want(
          check.stdout.includes(said),
          `${said}: ${check.stdout.slice(600)}`,
        )
      }
    },
  },
  ...(['http', 'stdio'] as const).map((transport): WildCase => {
    const config =
      transport === 'http'
        ? { url: 'http://127.0.0.1:9/mcp' }
        : { command: 'no-such-command' }
    return {
      id: `W21 a server over ${transport} that is down since the start`,
      servers: { a: { transport, config }, b: GOOD },
      config: {
        roles: { all: { allow: { a: ['get_*', { prompt: 'p' }], b: ['*'] } } },
      },
      expect: async (world) => {
        const down = await world.call('a__get_x')
        const text = down.result?.content?.[0]?.text ?? ''
        world.want(
          down.result?.isError && /Server a could not/.test(text),
          text,
        )
        const prompt = await world.post('prompts/get', { name: 'a__p' })
        world.want(/"code":50200/.test(prompt.body), prompt.body)
        const denied = await world.call('a__delete_x')
        const unknown = await world.call('b__none')
        world.want(
          JSON.stringify(denied).replace('a__delete_x', 'X') ===
            JSON.stringify(unknown).replace('b__none', 'X') && denied.error,
          JSON.stringify(denied),
        )
      },
    }
  }),
  {
    id: 'P7 what servers declare is declared, joined, in either era',
    servers: {
      a: {
        capabilities: {
          tools: {},
          logging: {},
          experimental: { 'x/a': { n: 1 }, 'x/b': {} },
        },
      },
      b: {
        era: 'modern',
        capabilities: {
          tools: {},
          experimental: { 'x/a': { n: 2 }, 'x/c': {}, odd: 5 },
        },
      },
      c: { capabilities: { tools: {}, experimental: { hidden: {} } } },
    },
    config: { roles: { all: { allow: { a: ['*'], b: ['*'] } } } },
    expect: async (world) => {
      for (const kind of KINDS) {
        const { client } = await world.connect(kind)
        const told = (
          client as unknown as { getServerCapabilities(): object }
        ).getServerCapabilities() as {
          logging?: object
          experimental?: object
        }
        world.want(told.logging, `${kind} logging`)
        const known = JSON.stringify(told.experimental)
        world.want(
          known === '{"x/a":{"n":1},"x/b":{},"x/c":{}}',
          `${kind} ${known}`,
        )
      }
    },
  },
]
