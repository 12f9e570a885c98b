// Servers with nothing odd, of every kind that the corpus has: what each case
// begins from.

import type { WildCase } from './case.ts'

const ECHOED = '{"a":1}'

const plain = (id: string, server: WildCase['servers'][string]): WildCase => ({
  id,
  servers: { odd: server },
  expect: async ({ call, connect, servers, status, want }) => {
    const { result } = await call('odd__echo', { a: 1 })
    want(result?.content?.[0]?.text === ECHOED, 'a call without a session')
    const client = await connect('sdk 1.x')
    want((await client.call('odd__echo', { a: 1 })) === ECHOED, 'a session')
    const [one] = (await status()).servers
    want(one?.state === 'up', `state ${one?.state}`)
    const calls = servers.odd?.requests.filter(
      ({ method }) => method === 'tools/call',
    )
    want(calls?.length === 2, 'the server saw two calls')
  },
})

export const CASES: readonly WildCase[] = [
  plain('W0 a plain session server', {}),
  plain('W0 a plain stateless server', { era: 'modern' }),
  plain('W0 a plain program', { transport: 'stdio' }),
  {
    id: 'W0 a program of a case, and a clock that is moved',
    servers: {
      odd: {
        program: `
          const say = (m) => console.log(JSON.stringify({ jsonrpc: '2.0', ...m }))
          require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
            const { id, method, params } = JSON.parse(line)
            if (method === 'initialize') say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } } })
            else if (method === 'tools/list') say({ id, result: { tools: [{ name: 'hi', inputSchema: { type: 'object' } }] } })
            else if (id !== undefined) say({ id, result: { content: [{ type: 'text', text: 'hi' }] } })
          })`,
      },
    },
    expect: async ({ advance, call, records, servers, want }) => {
      await advance(3_600_000)
      const { result } = await call('odd__hi')
      want(result?.content?.[0]?.text === 'hi', 'its answer')
      want(servers.odd?.starts, 'its starts are counted')
      const last = records().findLast(({ event }) => event !== 'notice')
      want(Date.parse(last?.ts ?? '') > Date.now() + 3_000_000, 'an hour later')
    },
  },
]
