// Upstream servers in trouble: dead, slow, forgetful, talkative. Real
// processes and real sockets; the other servers must not notice.
// Covers src/runtime/upstream.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Clock } from '../../src/runtime/base/clock.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { connect, issue, serveConfig } from '../harness/served.ts'
import { isAlive, until } from '../harness/until.ts'
import { post, readMessage, type WireAnswer } from '../harness/wire.ts'

const stdio = {
  type: 'stdio',
  command: process.execPath,
  args: [join(import.meta.dirname, '../harness/stdio-server.js')],
}

async function start(t: Test, servers: Record<string, object>, clock?: Clock) {
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const other = issue({ subject: 'other', roles: ['all'] })
  const allow = Object.fromEntries(
    Object.keys(servers).map((name) => [name, ['*']]),
  )
  const roles = { all: { allow } }
  const served = await serveConfig(t, { servers, roles }, [mine, other], clock)
  const call = async (name: string, args: object = {}, who = mine) => {
    const params = { name, arguments: args }
    return readText(
      await post(served.gateway.url, who.token, 'tools/call', params),
    )
  }
  return { ...served, mine, other, call }
}

/** The text of a tool result, `error:` before it when it is one. */
function readText({ body }: WireAnswer): string {
  const { result, error } = readMessage(body)
  if (error) return `error ${error.code}: ${error.message}`
  const { text } = result.content[0]
  return result.isError ? `error: ${text}` : text
}

t.test('a stdio child that dies', async (t) => {
  const { call, gateway } = await start(t, { local: stdio })
  const first = Number(await call('local__pid'))
  const sleeping = call('local__sleep', { ms: 60_000 })
  await until(() => gateway.status().calls.inFlight === 1)
  process.kill(first, 'SIGKILL')
  t.equal(
    await sleeping,
    'error: Server local ended before it answered. Whether the call ran is unknown.',
  )
  const second = Number(await call('local__pid'))
  t.not(second, first, 'the next call has a new child')
  t.match(await call('local__die'), /^error: Server local ended/)
  await until(() => !isAlive(second))
  const third = Number(await call('local__pid'))
  await gateway.close()
  await until(() => !isAlive(third), 'no process remains')
})

t.test('isolation: each token has its own child', async (t) => {
  const { call, other } = await start(t, {
    own: stdio,
    one: { ...stdio, isolation: 'shared' },
  })
  t.not(await call('own__pid'), await call('own__pid', {}, other))
  t.equal(await call('own__pid'), await call('own__pid'))
  t.equal(await call('one__pid'), await call('one__pid', {}, other))
})

t.test('a child sees exactly its environment', async (t) => {
  const probe = `
    const env = JSON.stringify(process.env)
    const send = (m) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...m }) + '\\n')
    require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line)
      if (method === 'initialize') send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } } })
      else if (method === 'tools/list') send({ id, result: { tools: [{ name: 'env', inputSchema: { type: 'object' } }] } })
      else if (id) send({ id, result: { content: [{ type: 'text', text: env }] } })
    })`
  const { call } = await start(t, {
    probe: {
      type: 'stdio',
      command: process.execPath,
      args: ['-e', probe],
      env: { PLAIN: 'x', SECRET: { secret: 'env:PATH' } },
    },
  })
  const seen = JSON.parse(await call('probe__env')) as Record<string, string>
  const { PATH, HOME, LANG } = process.env
  const inherited = JSON.parse(JSON.stringify({ PATH, HOME, LANG }))
  t.same(seen, { ...inherited, PLAIN: 'x', SECRET: PATH })
})

t.test('garbage, errors and secrets in them', async (t) => {
  process.env.FIXTURE_SECRET = 'correct-horse-battery'
  t.teardown(() => delete process.env.FIXTURE_SECRET)
  const { call, folder } = await start(t, {
    local: { ...stdio, env: { SECRET: { secret: 'env:FIXTURE_SECRET' } } },
  })
  t.equal(
    await call('local__garbage'),
    'error: Server local gave an answer that is not valid MCP.',
  )
  t.equal(await call('local__fail'), 'error -32000: no: [redacted]')
  const audit = readFileSync(join(folder, 'audit/gateway.jsonl'), 'utf8')
  t.notMatch(audit, /correct-horse/)
})

t.test('dead and slow servers do not touch the others', async (t) => {
  const mute = createTcp(() => {})
  await new Promise<void>((resolve) => {
    mute.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => mute.close())
  const good = await startHttpServer()
  t.teardown(() => good.close())
  const { port } = mute.address() as AddressInfo
  let ahead = 0
  const { call, gateway } = await start(
    t,
    {
      good: { type: 'http', url: good.url, timeout: '1m' },
      mute: { type: 'http', url: `http://127.0.0.1:${port}/mcp` },
      closed: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
      missing: { type: 'stdio', command: 'no-such-command' },
      secret: {
        type: 'http',
        url: good.url,
        headers: { authorization: { bearer: 'env:NO_SUCH_SECRET' } },
      },
    },
    { now: Date.now, monotonic: () => performance.now() + ahead },
  )
  t.equal(await call('good__search_issues', { q: 'x' }), 'found x')
  const slow = call('good__slow', { ms: 3_600_000 })
  await until(() => good.calls.includes('slow'))
  ahead = 60_001
  t.equal(
    await slow,
    'error: Server good did not answer in time: timeout (60 s). Whether the call ran is unknown.',
  )
  await until(() => good.cancelled.length === 1, 'the server was told')
  const states = gateway
    .status()
    .servers.map(({ name, state }) => `${name} ${state}`)
  t.same(states.sort(), [
    'closed down',
    'good up',
    'missing down',
    'mute starting',
    'secret down',
  ])
  const secret = gateway.status().servers.find(({ name }) => name === 'secret')
  t.match(secret?.reason, /secret env:NO_SUCH_SECRET is not set/)
})

t.test('a call is repeated if the server forgot the session', async (t) => {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const { call } = await start(t, {
    issues: { type: 'http', url: upstream.url },
  })
  t.equal(await call('issues__search_issues', { q: 'a' }), 'found a')
  upstream.forget()
  t.equal(await call('issues__search_issues', { q: 'b' }), 'found b')
  t.equal(upstream.calls.length, 2)
})

t.test('a server gets only the message of the client', async (t) => {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const { gateway, mine } = await start(t, {
    issues: {
      type: 'http',
      url: upstream.url,
      headers: { 'x-team': 'platform' },
    },
  })
  const client = await connect(t, 'sdk 1.x', gateway.url, mine.token)
  await client.call('issues__search_issues')
  const heads = JSON.stringify(upstream.heads)
  t.notMatch(heads, new RegExp(mine.token))
  t.match(heads, /"x-team":"platform"/)
  t.notMatch(heads, /"authorization"/)
})

t.test('redirects, HTML and failures become a readable text', async (t) => {
  const answers: Record<
    string,
    (m: { id: number }) => [number, string, string]
  > = {
    redirect: () => [307, 'text/html', ''],
    html: () => [200, 'text/html', '<h1>hello</h1>'],
    broken: () => [500, 'text/plain', 'at /srv/secret/path.js:1'],
    twisted: ({ id }) => [
      200,
      'application/json',
      `{"jsonrpc":"2.0","id":${id}}`,
    ],
    denied: () => [401, 'application/json', '{}'],
  }
  const hits: string[] = []
  const server = createServer(async (request, response) => {
    hits.push(request.url ?? '')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const message = JSON.parse(Buffer.concat(chunks).toString())
    const { method, id, params } = message
    const json = (result: object) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
    }
    if (id === undefined) return void response.writeHead(202).end()
    if (method === 'initialize') {
      return json({
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'x', version: '1' },
      })
    }
    if (method === 'tools/list') {
      const inputSchema = { type: 'object' }
      const tools = Object.keys(answers).map((name) => ({ name, inputSchema }))
      return json({ tools: [...tools, { name: 'no schema' }, 7, null] })
    }
    const [status, type, body] = answers[params.name]?.({ id }) ?? [404, '', '']
    response.writeHead(status, { 'content-type': type, location: '/elsewhere' })
    response.end(body)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const { call, gateway, mine } = await start(t, {
    odd: { type: 'http', url: `http://127.0.0.1:${port}/mcp` },
  })
  const client = await connect(t, 'sdk 1.x', gateway.url, mine.token)
  t.equal((await client.names()).length, 5, 'broken definitions are left out')
  const said: Record<string, RegExp> = {
    redirect:
      /^error: Server odd answered with a redirect that is not followed/,
    html: /^error: Server odd gave an answer that is not valid MCP\.$/,
    broken: /^error: Server odd failed \(HTTP 500\)/,
    twisted: /^error: Server odd gave an answer that is not valid MCP\.$/,
  }
  for (const [name, text] of Object.entries(said)) {
    t.match(await call(`odd__${name}`), text, name)
  }
  t.match(await call('odd__denied'), /refused the gateway/)
  t.notOk(hits.includes('/elsewhere'), 'the redirect was not followed')
})
