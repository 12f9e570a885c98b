// MCP Apps through the gateway: the interface comes with its tool, and what an
// app's frame calls by its bare name is found where that can be only one.

import { join } from 'node:path'
import t from 'tap'
import { issue, serveConfig } from '../harness/served.ts'
import { post } from '../harness/wire.ts'

const SERVER = join(import.meta.dirname, '../harness/offering-server.js')

const withApp = (name: string, ui: object) => ({
  name,
  inputSchema: { type: 'object' },
  _meta: { ui },
})

const OFFERS = {
  'a.json': {
    tools: [
      withApp('chart', { resourceUri: 'ui://a/chart' }),
      withApp('both', { resourceUri: 'ui://a/both' }),
      withApp('model', { resourceUri: 'ui://a/m', visibility: ['model'] }),
      withApp('secret', { resourceUri: 'ui://a/secret' }),
      { name: 'plain', inputSchema: { type: 'object' } },
    ],
  },
  'b.json': { tools: [withApp('both', { resourceUri: 'ui://b/both' })] },
}

t.test('interfaces and bare names', async (t) => {
  const all = issue({ subject: 'ada', roles: ['all'] })
  const less = issue({ subject: 'bob', roles: ['less'] })
  const stdio = (file: string) => ({
    type: 'stdio',
    command: process.execPath,
    args: [SERVER, file],
  })
  const config = {
    servers: { a: stdio('a.json'), b: stdio('b.json') },
    roles: {
      all: {
        allow: { a: ['*'], b: ['*'] },
        deny: { a: ['secret', { resource: 'ui://a/both' }] },
      },
      less: { allow: { a: ['both'] } },
    },
  }
  const files = Object.fromEntries(
    Object.entries(OFFERS).map(([name, offer]) => [
      name,
      JSON.stringify(offer),
    ]),
  )
  const { gateway } = await serveConfig(
    t,
    config,
    [all, less],
    undefined,
    files,
  )
  const call = async ({ token }: typeof all, name: string) =>
    (await post(gateway.url, token, 'tools/call', { name })).body
  t.match(await call(all, 'a__chart'), 'called')
  t.match(await call(all, 'chart'), 'called', 'by its bare name')
  for (const name of ['both', 'model', 'secret', 'plain']) {
    t.match(await call(all, name), `Unknown tool: ${name}`, name)
  }
  t.match(
    await call(less, 'both'),
    'called',
    'who has one of two has no choice',
  )

  // This server has no resources: that it says so shows that it was asked.
  const read = async ({ token }: typeof all, uri: string) =>
    (await post(gateway.url, token, 'resources/read', { uri }, uri)).body
  t.match(await read(all, 'ui://a/chart'), '-32601')
  t.match(await read(less, 'ui://a/both'), '-32601')
  for (const uri of ['ui://a/both', 'ui://a/secret', 'ui://a/other']) {
    t.match(await read(all, uri), 'Resource not found', uri)
  }
  t.match(await read(less, 'ui://a/chart'), 'Resource not found')
})
