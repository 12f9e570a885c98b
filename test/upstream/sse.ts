// Servers that speak HTTP+SSE (2024-11-05) behind the same `http({ url })`:
// found, remembered, isolated, lost and found again.

import type { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import t from 'tap'
import { gateway as runGateway } from '../harness/gateway.ts'
import { makeServer } from '../harness/http-server.ts'
import { programOf, startOnLoopback } from '../harness/peers/servers.ts'
import { makeFolder, serveFolder } from '../harness/process.ts'
import {
  beginStream,
  type RawSse,
  startRawSse,
} from '../harness/raw-sse-server.ts'
import { CLIENTS, connect } from '../harness/served.ts'
import { serveUrls } from '../harness/served-urls.ts'
import { startSseServer } from '../harness/sse-server.ts'
import { talkAs } from '../harness/talker.ts'
import { makeTalkingServer } from '../harness/talking-server.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, readMessage, send } from '../harness/wire.ts'

/** Its tool `grow` adds a tool to the session that called it. */
function makeGrowing(): McpServer {
  const server = new McpServer({ name: 'growing', version: '1.0.0' })
  const add = (name: string) =>
    server.registerTool(name, {}, () => {
      if (name === 'grow') add('grown')
      return { content: [{ type: 'text', text: name }] }
    })
  add('grow')
  return server
}

// P3
t.test('a list of one session alone', async (t) => {
  const growing = await startSseServer(makeGrowing)
  t.teardown(() => growing.close())
  const { url, ada } = await serveUrls(t, { a: { url: growing.url } })
  const one = await connect(t, 'sdk 1.x', url, ada.token)
  const other = await connect(t, 'sdk 1.x', url, ada.token)
  t.same(await one.names(), ['a__grow'])
  await one.call('a__grow')
  await until(async () => (await one.names()).includes('a__grown'), 'shown')
  t.match(await one.call('a__grown'), 'grown')
  t.same(await other.names(), ['a__grow'], 'it is of one')
})

t.test('every feature of a session', async (t) => {
  const talking = await startSseServer(makeTalkingServer)
  t.teardown(() => talking.close())
  const { url, ada, bob } = await serveUrls(t, {
    talk: { url: talking.url, headers: { 'x-team': 'platform' } },
  })
  t.equal(talking.misses.length, 2, 'asked in either era, once')
  const one = await talkAs(t, url, ada, 'one')
  const two = await talkAs(t, url, ada, 'two')
  for (const nonce of ['x', 'y']) {
    const asked = await Promise.all([
      one.call('talk__ask', { nonce }),
      two.call('talk__ask', { nonce: `${nonce}2` }),
    ])
    t.match(asked, [/"name":"one"/, /"name":"two"/])
    t.match(await two.call('talk__sample', { nonce }), 'sampled by two')
  }
  t.same(one.heard, ['talk: x', 'talk: y'], 'nothing of the other')
  t.equal(talking.open.size, 3, 'the catalog, and each client its own')

  await one.client.subscribeResource({ uri: 'note://one' })
  await one.call('talk__touch')
  await until(() => one.heard.length === 3)
  await two.call('talk__touch')
  await one.call('talk__log', { nonce: 'z' })
  await until(() => one.heard.length === 5)
  t.same(one.heard.slice(2), ['updated note://one', 'debug z', 'error z'])
  t.notOk(two.heard.some((said) => said.startsWith('updated')))

  const modern = await connect(t, 'sdk 2.x modern', url, bob.token)
  t.same(JSON.parse(await modern.call('talk__declared')), {})
  t.equal(talking.misses.length, 2, 'no POST that fails, once it is known')
  t.ok(talking.heads.every((head) => head['x-team'] === 'platform'))
  const gets = talking.heads.filter(({ accept }) => accept)
  t.ok(gets.every(({ accept }) => accept === 'text/event-stream'))
  t.notMatch(JSON.stringify(talking.heads), /authorization/)

  t.equal(talking.open.size, 4)
  const { transport } = one.client
  await (transport as StreamableHTTPClientTransport).terminateSession()
  await until(() => talking.open.size === 3, 'its stream ends with a session')
})

t.test(
  'a modern client gets a request as an answer, and comes back',
  async (t) => {
    const talking = await startSseServer(makeTalkingServer)
    t.teardown(() => talking.close())
    const { url, ada } = await serveUrls(t, { talk: { url: talking.url } })
    const name = 'talk__ask'
    const capabilities = 'io.modelcontextprotocol/clientCapabilities'
    const _meta = { ...ENVELOPE, [capabilities]: { elicitation: {} } }
    const ask = async (more: object = {}) => {
      const params = { name, arguments: { nonce: 'x' }, _meta, ...more }
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
      const { body } = await send(url, {
        headers: modernHeaders(ada.token, 'tools/call', name),
        body: JSON.stringify(message),
      })
      return readMessage(body).result
    }
    const { resultType, requestState } = await ask()
    t.equal(resultType, 'input_required')
    const inputResponses = { question: { action: 'decline' } }
    const { content } = await ask({ requestState, inputResponses })
    t.match(content[0].text, '"decline"')
  },
)

t.test(
  'a shared session: messages outside of calls reach no client',
  async (t) => {
    const talking = await startSseServer(makeTalkingServer)
    t.teardown(() => talking.close())
    const { url, ada, bob } = await serveUrls(t, {
      talk: { url: talking.url, isolation: 'shared' },
    })
    for (const who of [ada, bob]) {
      const { call, heard } = await talkAs(t, url, who, who.id)
      t.equal(await call('talk__log', { nonce: 'x' }), 'logged')
      t.match(await call('talk__sample', { nonce: 'x' }), /not found/)
      t.same(heard, [])
    }
    t.equal(talking.open.size, 1, 'for lists and calls')
  },
)

t.test('killed in the middle of a call, and started again', async (t) => {
  const calls: string[] = []
  const cancelled: string[] = []
  const make = () => makeServer(calls, cancelled)
  let server = await startSseServer(make)
  t.teardown(() => server.close())
  let ahead = 0
  const monotonic = () => performance.now() + ahead
  const { gateway, url, ada, call } = await serveUrls(
    t,
    { far: { url: server.url, timeout: '1m' } },
    { now: Date.now, monotonic },
  )
  const client = await connect(t, 'sdk 1.x', url, ada.token)
  const seen: unknown[] = []
  const onprogress = (progress: unknown) => seen.push(progress)
  await client.watch('far__slow', { ms: 5 }, { onprogress })
  t.match(seen, [{ progress: 1, total: 2 }])
  const never = call('far__slow', { ms: 3_600_000 })
  await until(() => calls.length === 2, 'it has begun')
  ahead += 60_001
  t.match(await never, /did not answer in time/)
  await until(() => cancelled.length === 1, 'the server was told')

  const late = () => ({ content: [] })
  server.made[0]?.registerTool('late', {}, late)
  await until(async () => (await client.names()).includes('far__late'))

  const slow = client.call('far__slow', { ms: 3_600_000 })
  await until(() => calls.length === 3)
  await server.close()
  t.match(await slow, /^Server far ended before it answered/)
  await until(() => gateway.status().servers[0]?.state === 'down')
  const refused = await client.call('far__search_issues')
  t.match(refused, /could not be reached/)
  server = await startSseServer(make, server.port)
  await until(() => gateway.status().servers[0]?.state === 'up')
  t.equal(await client.call('far__search_issues', { q: 'x' }), 'found x')
})

t.test('a refused HTTP+SSE stream is tried again', async (t) => {
  let status = 200
  const begin: RawSse['begin'] = (stream, _, session) => {
    if (status === 200) beginStream(stream, `?session=${session}`)
    else stream.writeHead(status).end()
  }
  const raw = await startRawSse(t, {
    begin,
    tools: { fine: ({ answer }) => answer() },
  })
  const { url, ada } = await serveUrls(t, { raw: { url: raw.url } })
  const client = await connect(t, 'sdk 1.x', url, ada.token)
  status = 500
  t.match(await client.call('raw__fine'), /failed \(HTTP 500\)/)
  status = 200
  t.equal(await client.call('raw__fine'), 'ok')
})

t.test('the real everything server, in a real gateway', async (t) => {
  const program = programOf('everything')
  const url = `${await startOnLoopback(t, [program, 'sse'])}/sse`
  const folder = makeFolder(t, {
    'gateway.config.json': JSON.stringify({
      listen: { port: 0 },
      admin: { port: 0 },
      servers: { it: { type: 'http', url } },
      roles: { all: { allow: { it: ['*'] } } },
      teams: { all: { roles: ['all'] } },
    }),
  })
  const locked = await runGateway(['lock'], { cwd: folder })
  t.match(locked, { code: 0, stderr: /it: \d+ tools, \d+ prompts/ })
  const live = await runGateway(['check', '--live'], { cwd: folder })
  t.match(live, { code: 0, stdout: /1 of 1 servers answered/ })
  const serving = await serveFolder(t, folder, ['--dev'])
  for (const kind of CLIENTS) {
    const client = await connect(t, kind, serving.url, serving.token)
    t.match(await client.call('it__echo', { message: kind }), kind)
    const seen: unknown[] = []
    const long = 'it__trigger-long-running-operation'
    const onprogress = (progress: unknown) => seen.push(progress)
    await client.watch(long, { duration: 0.1, steps: 2 }, { onprogress })
    t.ok(seen.length > 0, `${kind}: progress`)
  }
  const flags = ['status', '--gateway', serving.adminUrl]
  const status = await runGateway(flags, { cwd: folder })
  t.match(status, { code: 0, stdout: /it .*up/ })
})
