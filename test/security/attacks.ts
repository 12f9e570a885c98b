// What an attacker tried and must not succeed with again: hostile clients
// with good tokens, hostile servers, unlucky moments.

import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { matchPath } from '../../src/table/evasion.ts'
import { unmetArguments } from '../../src/table/when.ts'
import { json, startRawServer } from '../harness/raw-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { modernHeaders, post, readMessage, send } from '../harness/wire.ts'

const stdio = {
  type: 'stdio',
  command: process.execPath,
  args: [join(import.meta.dirname, '../harness/stdio-server.js')],
}
const local = { local: stdio }
const all = { all: { allow: { local: ['*'] } } }

async function start(t: Parameters<typeof serveConfig>[0], more: object = {}) {
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const other = issue({ subject: 'other', roles: ['all'] })
  const config = { servers: local, roles: all, ...more }
  const served = await serveConfig(t, config, [mine, other])
  const { url } = served.gateway
  const headers = {
    authorization: `Bearer ${mine.token}`,
    'content-type': 'application/json',
  }
  const initialize = (who = headers, clientInfo: unknown = {}) => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo,
    }
    const body = { jsonrpc: '2.0', id: 1, method: 'initialize', params }
    return send(url, { headers: who, body: JSON.stringify(body) })
  }
  return { ...served, url, mine, other, headers, config, initialize }
}

t.test('a client with an odd name', async (t) => {
  const { initialize, url, mine } = await start(t)
  const odd = [{ name: { toString: 1 } }, { name: 1, version: [] }, null, 'x']
  for (const info of odd) {
    t.equal((await initialize(undefined, info)).status, 200)
  }
  t.equal((await post(url, mine.token, 'tools/list')).status, 200, 'it lives')
})

t.test('a body that ends after its token was revoked', async (t) => {
  const { url, mine, config, reload, records } = await start(t)
  const params = { name: 'local__echo', arguments: {}, _meta: {} }
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params,
  })
  const head = Object.entries({
    host: 'localhost',
    ...modernHeaders(mine.token, 'tools/call', 'local__echo'),
    'content-length': String(body.length),
    // Its answer says that the head was judged.
    expect: '100-continue',
  })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const { port } = new URL(url)
  const socket = connectTcp(Number(port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.write(`POST /mcp HTTP/1.1\r\n${head}\r\n${body.slice(0, 10)}`)
  await until(() => answer.includes('\r\n\r\n'), 'the head is judged')
  t.match(answer, /^HTTP\/1\.1 100 /)
  await reload({ ...config, tokens: { grants: {} } })
  socket.write(body.slice(10))
  await until(() => answer.indexOf('HTTP/1.1', 1) > 0, 'an answer')
  t.match(answer, /\nHTTP\/1\.1 401 /)
  t.notOk(records().some(({ event }) => event === 'intent'))
})

t.test('a body in tiny chunks', async (t) => {
  const { url, mine } = await start(t)
  const text = 'x'.repeat(20_000)
  const params = { name: 'local__echo', arguments: { text } }
  const { body } = await post(url, mine.token, 'tools/call', params)
  t.ok(body.includes(text))
  const { port } = new URL(url)
  const socket = connectTcp(Number(port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  const head = Object.entries({
    host: 'localhost',
    authorization: `Bearer ${mine.token}`,
    'content-type': 'application/json',
    'transfer-encoding': 'chunked',
  })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const sent = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: { text } },
  })
  socket.write(`POST /mcp HTTP/1.1\r\n${head}\r\n`)
  for (const sign of sent) socket.write(`1\r\n${sign}\r\n`)
  socket.write('0\r\n\r\n')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  await until(() => answer.includes('protocolVersion'), 'an answer')
  t.match(answer, /^HTTP\/1\.1 200 /)
})

t.test('one token cannot evict the sessions of another', async (t) => {
  const { initialize, headers, other, gateway, url } = await start(t)
  const theirs = { ...headers, authorization: `Bearer ${other.token}` }
  const session = (await initialize(theirs)).headers['mcp-session-id']
  for (let i = 0; i < 300; i++) await initialize()
  t.equal(gateway.status().sessions, 257)
  const ping = await send(url, {
    headers: { ...theirs, 'mcp-session-id': String(session) },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  })
  t.equal(ping.status, 200)
})

t.test('calls are not refused while a slow server reloads', async (t) => {
  const raw = await startRawServer(
    t,
    {
      ok: ({ id }, response) => json(response, { id, result: { content: [] } }),
    },
    300,
  )
  const server = { type: 'http', url: raw.url }
  const roles = { all: { allow: { raw: ['*'] } } }
  const config = { servers: { raw: server }, roles }
  const { url, mine, reload } = await start(t, config)
  const call = async () => {
    const params = { name: 'raw__ok', arguments: {} }
    return (await post(url, mine.token, 'tools/call', params)).body
  }
  t.notMatch(await call(), /error/)
  for (const timeout of ['10s', '11s', '12s']) {
    await reload({ ...config, servers: { raw: { ...server, timeout } } })
    t.notMatch(await call(), /Unknown tool/)
  }
})

t.test(
  'a server that cannot be started is down, without other effects',
  async (t) => {
    const file = join(import.meta.dirname, 'attacks.js')
    const servers = {
      folder: { ...stdio, cwd: file },
      command: { ...stdio, command: `${file}/x` },
      ...local,
    }
    const { gateway, url, mine } = await start(t, { servers })
    const states = gateway
      .status()
      .servers.map(({ name, state }) => [name, state])
    t.same(Object.fromEntries(states), {
      folder: 'down',
      command: 'down',
      local: 'up',
    })
    const params = { name: 'local__echo', arguments: {} }
    t.match((await post(url, mine.token, 'tools/call', params)).body, /content/)
  },
)

t.test('messages of a legacy server to a modern client', async (t) => {
  const content = [{ type: 'text', text: 'x' }]
  const raw = await startRawServer(t, {
    asks: ({ id }, response) =>
      json(response, {
        id,
        result: { content, resultType: 'input_required', inputRequests: {} },
      }),
    number: ({ id }, response) => json(response, { id, result: 5 }),
    error: ({ id }, response) => json(response, { id, error: 5 }),
  })
  const { url, mine } = await start(t, {
    servers: { raw: { type: 'http', url: raw.url } },
    roles: { all: { allow: { raw: ['*', { resource: '*' }] } } },
  })
  const call = async (name: string) => {
    const params = { name: `raw__${name}`, arguments: {} }
    return (await post(url, mine.token, 'tools/call', params)).body
  }
  t.match(JSON.parse(await call('asks')).result, { resultType: 'complete' })
  for (const name of ['number', 'error']) {
    t.match(JSON.parse(await call(name)).result, {
      isError: true,
      content: [{ text: 'Server raw gave an answer that is not valid MCP.' }],
    })
  }
  const uri = 'raw://one'
  const { body } = await post(url, mine.token, 'resources/read', { uri }, uri)
  t.match(body, /"cacheScope":"private"/)
  t.notMatch(body, /public|9999999/)
})

t.test('refusals by argument use the same bucket', async (t) => {
  const when = { a: { equals: 1 } }
  const roles = { all: { allow: { local: [{ tool: 'echo', when }] } } }
  const { url, mine } = await start(t, { roles })
  const params = { name: 'local__echo', arguments: { a: 2 } }
  // One comes back a second, and a busy machine takes its time.
  const statuses = []
  while (statuses.at(-1) !== 429 && statuses.length < 1_000) {
    statuses.push((await post(url, mine.token, 'tools/call', params)).status)
  }
  t.equal(statuses.at(-1), 429)
  t.ok(statuses.length > 60, `after ${statuses.length - 1}`)
})

t.test(
  'an in-flight call gets an answer when the gateway shuts down',
  async (t) => {
    const { url, mine, gateway } = await start(t, { drain: '200ms' })
    const params = { name: 'local__sleep', arguments: { ms: 60_000 } }
    const call = post(url, mine.token, 'tools/call', params)
    await until(() => gateway.status().calls.inFlight === 1)
    const closing = gateway.close()
    const late = await post(url, mine.token, 'tools/list').catch(() => null)
    t.ok(late === null || late.status === 503, 'nobody else gets in')
    t.match((await call).body, /The gateway is shutting down/)
    await closing
  },
)

t.test('values that are read in two ways', async (t) => {
  const evasive = ['a/.\t./b', 'a/.\n./b', 'a/\u007f', 'a/%2e%2e/b', 'a\\b']
  for (const value of evasive) t.notOk(matchPath('a/*', value))
  const big = JSON.parse('1234567890123456789')
  const when = { id: { equals: 1_234_567_890_123_456_800 } }
  t.same(unmetArguments(when, { value: { id: big } }, 'allow'), ['id'])
  t.same(unmetArguments(when, { value: { id: big } }, 'deny'), [])
})

t.test('P9 a stateless client cancels by a posted notification', async (t) => {
  const { url, mine, other, gateway } = await start(t)
  const params = { name: 'local__sleep', arguments: { ms: 60_000 } }
  const sleep = () => post(url, mine.token, 'tools/call', params)
  const cancel = async (token: string, requestId: unknown) => {
    const method = 'notifications/cancelled'
    const message = { jsonrpc: '2.0', method, params: { requestId } }
    const headers = modernHeaders(token, method)
    const body = JSON.stringify(message)
    t.equal((await send(url, { headers, body })).status, 202)
  }
  const flying = (count: number) =>
    until(() => gateway.status().calls.inFlight === count, `${count} in flight`)
  const heard = async () => {
    const asked = { name: 'local__cancelled', arguments: {} }
    const { body } = await post(url, mine.token, 'tools/call', asked)
    return JSON.parse(readMessage(body).result.content[0].text).length
  }
  const first = sleep()
  await flying(1)
  await cancel(other.token, 1)
  await cancel(mine.token, 2)
  await cancel(mine.token, '1')
  t.equal(await heard(), 0, 'another token, other ids')
  const second = sleep()
  await flying(2)
  await cancel(mine.token, 1)
  t.equal(await heard(), 0, 'two of one id')
  await gateway.revoke({ kind: 'token', value: mine.id })
  await Promise.all([first, second])

  const again = await start(t)
  const echo = { name: 'local__echo', arguments: {} }
  await post(again.url, again.mine.token, 'tools/call', echo)
  const only = post(again.url, again.mine.token, 'tools/call', params)
  await until(() => again.gateway.status().calls.inFlight === 1)
  const message = {
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: 1 },
  }
  const headers = modernHeaders(again.mine.token, message.method)
  await send(again.url, { headers, body: JSON.stringify(message) })
  t.equal((await only).body, '', 'it ends without an answer')
  const { body } = await post(again.url, again.mine.token, 'tools/call', {
    name: 'local__cancelled',
    arguments: {},
  })
  t.notMatch(body, '"[]"', 'its server knows')
})
