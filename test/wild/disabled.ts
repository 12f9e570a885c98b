// Servers that the config disables, and servers with a title: what is started,
// listed, refused and said.

import { runHere } from '../harness/gateway.ts'
import type { OddServer, WildCase, World } from './case.ts'

const MISSING = { secret: 'env:NOBODY_SETS_THIS' }

const PLAIN: OddServer = {}

async function textOf(world: World, name: string): Promise<string> {
  const { result, error } = await world.call(name)
  return result?.content?.[0]?.text ?? error?.message ?? ''
}

async function wantDisabled(
  world: World,
  transport: 'http' | 'stdio',
): Promise<void> {
  const { want } = world
  const one = (await world.status()).servers.find(({ name }) => name === 'off')
  want(one?.state === 'disabled' && one.type === transport, `${one?.state}`)
  const { starts, requests } = world.servers.off ?? {}
  want(starts === 0 && requests?.length === 0, 'it is not started, not asked')
  const lists = await world.post('tools/list', {})
  want(!/off__|off\b/.test(lists.body), lists.body)
  const text = await textOf(world, 'off__get_x')
  want(/^Server off is disabled\. Ask/.test(text), text)
  const prompt = await world.post('prompts/get', { name: 'off__p' })
  want(/Server off is disabled/.test(prompt.body), prompt.body)
  const denied = await world.call('off__delete_x')
  const unknown = await world.call('b__none')
  want(
    JSON.stringify(denied).replace('off__delete_x', 'X') ===
      JSON.stringify(unknown).replace('b__none', 'X') && denied.error,
    JSON.stringify(denied),
  )
  const said = await runHere(['check', '--live', '--cwd', world.folder])
  want(
    /not contacted, because disabled: off/i.test(said.stderr + said.stdout),
    said.stderr,
  )
  want(!/NOBODY_SETS_THIS|GW80(?:01|07|13)/.test(said.stdout), said.stdout)
}

const CONFIG = {
  roles: { all: { allow: { off: ['get_*', { prompt: 'p' }], b: ['*'] } } },
  limits: { few: { on: { off: ['get_*'] }, calls: 9, per: 'hour' } },
  tests: { reads: { role: 'all', allow: { off: ['get_x'] } } },
}

export const CASES: readonly WildCase[] = [
  {
    id: 'W22 a disabled server over http',
    servers: {
      off: {
        config: { disabled: true, headers: { authorization: MISSING } },
      },
      b: PLAIN,
    },
    config: CONFIG,
    expect: (world) => wantDisabled(world, 'http'),
  },
  {
    id: 'W22 a disabled server over stdio, whose program is not there',
    servers: {
      off: {
        transport: 'stdio',
        config: {
          disabled: true,
          command: 'no-such-command',
          env: { TOKEN: MISSING },
          args: [{ join: ['--token=', MISSING] }],
        },
      },
      b: PLAIN,
    },
    config: CONFIG,
    expect: (world) => wantDisabled(world, 'stdio'),
  },
  {
    id: 'W24 a title is for people and agents, and routes nothing',
    servers: {
      down: {
        config: { url: 'http://127.0.0.1:9/mcp', title: 'Göteborg: Files (2)' },
      },
      b: { config: { title: 'down' } },
    },
    expect: async (world) => {
      const { want } = world
      const text = await textOf(world, 'down__echo')
      want(/^Server Göteborg: Files \(2\) could not be/.test(text), text)
      const lists = await world.post('tools/list', {})
      want(/"b__echo"/.test(lists.body), lists.body)
      want(!/Göteborg/.test(lists.body), lists.body)
      const { servers } = await world.status()
      const told = servers.map(({ name, title }) => `${name}=${title}`).sort()
      want(`${told}` === 'b=down,down=Göteborg: Files (2)', `${told}`)
    },
  },
]
