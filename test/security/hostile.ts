// Servers that would wear the gateway out: streams held open, questions
// without end, output at the last moment. Real sockets and processes.

import t, { type Test } from 'tap'
import { watchClientSockets } from '../harness/client-sockets.ts'
import { readWhole } from '../harness/events.ts'
import { serveHeld } from '../harness/held-server.ts'
import { json, type RawAnswer, startRawServer } from '../harness/raw-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { makeSteppedClock } from '../harness/stepped-clock.ts'
import { isAlive, until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

async function start(t: Test, server: object, more: object = {}) {
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const others = Array.from({ length: 4 }, () =>
    issue({ subject: 'other', roles: ['all'] }),
  )
  const config = {
    servers: { odd: server, ...more },
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
  const { opened } = watchClientSockets(t)
  const begun = performance.now()
  t.match(await call('flood'), /"ok"/)
  // Those of the client and its session, and one for each reply, which the
  // gateway has begun when it has read the answer.
  const requests = opened()
  await until(() => raw.replies.length > 0, 'replies')
  // So many a second; a machine that is busy takes several.
  const most = 32 * (Math.ceil((performance.now() - begun) / 1_000) + 1)
  t.ok(requests <= most + 8, `${requests} connections, of ${most} and a few`)
  const { length } = raw.replies
  t.ok(length <= most, `${length} replies, of ${most}`)
})

t.test('a server without a GET stream gets no further GET', async (t) => {
  const raw = await startRawServer(t, {
    ok: ({ id }, response) => json(response, answer(id)),
  })
  const other = await startRawServer(t, {}, 0, (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end()
  })
  const { call, gateway } = await start(
    t,
    { type: 'http', url: raw.url },
    { other: { type: 'http', url: other.url } },
  )
  t.match(await call('ok'), /"ok"/)
  await until(() => raw.gets() === 2, 'the catalog, and the caller')
  // The other's stream ends at once, and is opened again after a pause. From
  // the second pause on, each is longer than a first one: when a whole one has
  // passed, a further GET of ours would have come.
  const least = Math.max(3, other.gets() + 2)
  await until(() => other.gets() >= least, 'the other server is asked again')
  t.match(await call('ok'), /"ok"/)
  t.equal(raw.gets(), 2)
  const hellos = raw.methods.filter((method) => method === 'initialize')
  t.equal(hellos.length, 2, 'nor is a session begun anew')
  const states = gateway.status().servers.map(({ state }) => state)
  t.same(states, ['up', 'up'])
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
  const clock = makeSteppedClock()
  const settings = { idleTimeout: '3s' }
  const { open } = await serveHeld(t, {}, clock, settings)
  const { start } = await open()
  const drips = await start('drips')
  for (let i = 0; i < 8; i++) {
    clock.step(2_000)
    drips.call.progress(`still here ${i}`)
    await until(() => drips.stream.text().includes(`here ${i}`), 'it is read')
  }
  drips.call.answer('ok')
  const said = await readWhole(drips.stream)
  t.equal(said.at(-1), 'ok', 'whoever speaks is')
  const hangs = await start('hangs')
  clock.step(3_001)
  const [, told] = await readWhole(hangs.stream)
  t.match(told, 'Server raw did not answer in time: idleTimeout (3 s).')
})
