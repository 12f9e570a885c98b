// Servers that would wear the gateway out: streams held open, questions
// without end, output at the last moment. Real sockets and processes.

import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { json, type RawAnswer, startRawServer } from '../harness/raw-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { isAlive, until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

async function start(t: Test, server: object) {
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const others = Array.from({ length: 4 }, () =>
    issue({ subject: 'other', roles: ['all'] }),
  )
  const config = {
    servers: { odd: server },
    roles: { all: { allow: { odd: ['*'] } } },
  }
  const { gateway } = await serveConfig(t, config, [mine, ...others])
  const call = async (name: string, who = mine) => {
    const params = { name: `odd__${name}`, arguments: {} }
    return (await post(gateway.url, who.token, 'tools/call', params)).body
  }
  return { gateway, call, others }
}

const answer = (id: number) => ({
  id,
  result: { content: [{ type: 'text', text: 'ok' }] },
})

const writeEvent = (message: object) =>
  `data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`

t.test('a stream that stays open after its answer is closed', async (t) => {
  const open = new Set<object>()
  const hold: RawAnswer = ({ id }, response) => {
    open.add(response)
    response.on('close', () => open.delete(response))
    response.setHeader('content-type', 'text/event-stream')
    response.write(writeEvent(answer(id)))
  }
  const raw = await startRawServer(t, { hold })
  const { call } = await start(t, { type: 'http', url: raw.url })
  for (let i = 0; i < 20; i++) t.match(await call('hold'), /"ok"/)
  await until(() => open.size === 0, 'the streams are closed')
})

t.test('endless server requests do not get endless replies', async (t) => {
  const flood: RawAnswer = ({ id }, response) => {
    response.setHeader('content-type', 'text/event-stream')
    for (let i = 0; i < 2_000; i++) {
      response.write(writeEvent({ id: `q${i}`, method: 'ping' }))
    }
    response.end(writeEvent(answer(id)))
  }
  const raw = await startRawServer(t, { flood })
  const { call } = await start(t, { type: 'http', url: raw.url })
  const begun = performance.now()
  t.match(await call('flood'), /"ok"/)
  const replies = () => raw.methods.filter((method) => method === undefined)
  await until(() => replies().length > 0, 'replies')
  await setTimeout(300)
  // So many a second; a machine that is busy takes several.
  const most = 32 * (Math.ceil((performance.now() - begun) / 1_000) + 1)
  t.ok(replies().length <= most, `${replies().length} replies, of ${most}`)
})

t.test('a server without a GET stream gets no further GET', async (t) => {
  const raw = await startRawServer(t, {
    ok: ({ id }, response) => json(response, answer(id)),
  })
  const { call, gateway } = await start(t, { type: 'http', url: raw.url })
  t.match(await call('ok'), /"ok"/)
  await setTimeout(1_200)
  const hellos = raw.methods.filter((method) => method === 'initialize')
  t.equal(hellos.length, 2, 'the catalog, and the caller')
  t.match(gateway.status().servers, [{ state: 'up' }])
})

t.test(
  'messages that a child writes before it exits are received',
  async (t) => {
    const program = `
    const say = (m, done) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...m }) + '\\n', done)
    require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line)
      const text = 'x'.repeat(2e6)
      if (method === 'initialize') say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'l', version: '1' } } })
      else if (method === 'tools/list') say({ id, result: { tools: [{ name: 'last', inputSchema: { type: 'object' } }] } })
      else if (id) say({ id, result: { content: [{ type: 'text', text }] } }, () => process.exit())
    })`
    const { call, others } = await start(t, {
      type: 'stdio',
      command: process.execPath,
      args: ['-e', program],
    })
    // Each token has a child of its own, which ends with its answer.
    for (const who of others) t.ok((await call('last', who)).length > 2e6)
  },
)

t.test('processes that a child started end with it', async (t) => {
  const program = `
    const { pid } = require('child_process').spawn('sleep', ['60'], { stdio: 'ignore' })
    const say = (m) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...m }) + '\\n')
    require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line)
      if (method === 'initialize') say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } } })
      else if (method === 'tools/list') say({ id, result: { tools: [{ name: 'pid', inputSchema: { type: 'object' } }] } })
      else if (id) say({ id, result: { content: [{ type: 'text', text: pid + ' ' + process.pid }] } })
    })`
  const { call } = await start(t, {
    type: 'stdio',
    command: process.execPath,
    args: ['-e', program],
  })
  const { text } = JSON.parse(await call('pid')).result.content[0]
  const [grandchild, child] = String(text).split(' ').map(Number)
  t.ok(isAlive(grandchild as number))
  process.kill(child as number, 'SIGKILL')
  await until(() => !isAlive(grandchild as number), 'the grandchild is gone')
})

t.test('a silent server is not awaited', async (t) => {
  const raw = await startRawServer(t, {
    hang: () => {},
    drip: async ({ id }, response) => {
      response.setHeader('content-type', 'text/event-stream')
      const params = { level: 'info', data: 'still here' }
      for (let i = 0; i < 8; i++) {
        response.write(writeEvent({ method: 'notifications/message', params }))
        await setTimeout(500)
      }
      response.end(writeEvent(answer(id)))
    },
  })
  const server = { type: 'http', url: raw.url, idleTimeout: '3s' }
  const { call } = await start(t, server)
  const [hung, dripped] = await Promise.all([call('hang'), call('drip')])
  t.match(hung, 'Server odd did not answer in time: idleTimeout (3 s).')
  t.match(dripped, '"text":"ok"', 'whoever speaks is')
})
