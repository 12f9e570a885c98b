// Clients and servers of different eras: what a server asks is put to each
// client in its own way, and its answers read as its era wants them.

import { setTimeout } from 'node:timers/promises'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import t, { type Test } from 'tap'
import { declaresTasks } from '../harness/everything/tasks.ts'
import { startEverythingServer } from '../harness/everything-server.ts'
import { CAPABILITIES, connectModern } from '../harness/modern-client.ts'
import { startModernServer } from '../harness/modern-server.ts'
import { startRawServer } from '../harness/raw-server.ts'
import { type Issued, issue, serveConfig } from '../harness/served.ts'
import { talkAs } from '../harness/talker.ts'
import { startTalkingServer } from '../harness/talking-server.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, readMessage, send } from '../harness/wire.ts'

async function serve(t: Test, url: string, more: object = {}) {
  const ada = issue({ subject: 'ada', roles: ['all'] })
  const bob = issue({ subject: 'bob', roles: ['all'] })
  const next = issue({ subject: 'ada', roles: ['all'], replaces: ada.id })
  const servers = { it: { type: 'http', url, prefix: '', ...more } }
  const allow = { it: ['*', { prompt: '*' }, { resource: '*' }] }
  const config = { servers, roles: { all: { allow } } }
  const served = await serveConfig(t, config, [ada, bob, next])
  return { ...served, url: served.gateway.url, ada, bob, next }
}

t.test('a modern client, a legacy server', async (t) => {
  const server = await startTalkingServer()
  t.teardown(() => server.close())
  const { url, ada, bob, next, gateway } = await serve(t, server.url)
  const { call, heard } = await connectModern(t, url, ada)
  t.match(await call('ask', { nonce: 'x' }), '"name":"modern"')
  t.same(heard, ['it: x'])
  t.match(await call('sample', { nonce: 'y' }), 'sampled')
  t.match(await call('roots'), /not found|not support/)

  const ask = (who: Issued, more: object, name = 'ask') => {
    const capabilities = 'io.modelcontextprotocol/clientCapabilities'
    const _meta = { ...ENVELOPE, [capabilities]: CAPABILITIES }
    const params = { name, arguments: { nonce: 'raw' }, ...more, _meta }
    const message = { jsonrpc: '2.0', id: 'x', method: 'tools/call', params }
    return send(url, {
      headers: modernHeaders(who.token, 'tools/call', name),
      body: JSON.stringify(message),
    }).then(({ body }) => readMessage(body))
  }
  const first = await ask(ada, {})
  t.match(first, {
    id: 'x',
    result: {
      resultType: 'input_required',
      inputRequests: { question: { method: 'elicitation/create' } },
    },
  })
  const { requestState } = first.result
  const answered = {
    requestState,
    inputResponses: { question: { action: 'decline' } },
  }
  const invalid = { error: { code: -32602, message: 'Invalid requestState' } }
  t.match(await ask(bob, answered), invalid, 'another token')
  t.match(await ask(ada, answered, 'sample'), invalid, 'another tool')
  const forged = { ...answered, requestState: `${requestState}x` }
  t.match(await ask(ada, forged), invalid)
  const again = await ask(ada, { requestState })
  t.equal(again.result.resultType, 'input_required', 'no answer: asked again')
  const last = { ...answered, requestState: again.result.requestState }
  t.match(await ask(ada, last), { result: { resultType: 'complete' } })
  t.match(await ask(ada, last), invalid, 'once only')

  const waiting = async () => {
    const { result } = await ask(ada, {})
    return { ...answered, requestState: result.requestState }
  }
  const whole = { result: { resultType: 'complete', isError: undefined } }
  t.match(await ask(next, await waiting()), whole, 'its successor may go on')
  const last2 = await waiting()
  await gateway.revoke({ kind: 'token', value: ada.id })
  const over = { result: { isError: true } }
  t.match(await ask(next, last2), over, 'a call that waits ends with its token')
})

t.test('a legacy client, a modern server', async (t) => {
  const server = await startEverythingServer('modern')
  t.teardown(() => server.close())
  const { url, ada } = await serve(t, server.url)
  const { client, call, heard } = await talkAs(t, url, ada, 'one')
  t.match(await call('test_elicitation', { message: 'who?' }), '"name":"one"')
  t.same(heard, ['it: who?'])
  t.match(await call('test_sampling', { prompt: 'say' }), 'sampled by one')
  const told = await client.callTool({ name: 'test_simple_text' })
  t.notOk('resultType' in told, 'a word of the other era')
  t.ok((await client.listResources()).resources.length > 0)
  const read = await client.readResource({ uri: 'test://template/7/data' })
  t.match(read.contents[0], { uri: 'test://template/7/data' })

  // It knows no tasks of today: what can be a call is one.
  t.notOk(client.getServerCapabilities()?.tasks)
  const given = { seconds: 0.02, label: 'x' }
  t.equal(await call('slow_compute', given), 'Computed x')
  const lacking = await call('failing_job').then(String, String)
  t.match(lacking, /-32021|capability/i)
  t.same(server.tasks.ids(), [])
  const calls = server.tasks.seen.filter(
    ({ method }) => method === 'tools/call',
  )
  t.notOk(calls.some(declaresTasks), 'nor is it said to know them')

  const mute = await talkAs(t, url, ada, 'mute', {})
  const refused = await mute.client
    .callTool({ name: 'test_elicitation', arguments: { message: 'x' } })
    .then(JSON.stringify, String)
  t.match(refused, /isError|-32021/, 'who cannot be asked is told')
})

t.test(
  'a call goes on after a swap, which came while its client was asked',
  async (t) => {
    const server = await startEverythingServer('modern')
    t.teardown(() => server.close())
    const { url, ada, reload } = await serve(t, server.url)
    const { client, call } = await talkAs(t, url, ada, 'one')
    let round = 0
    client.setRequestHandler(ElicitRequestSchema, async () => {
      const it = { type: 'http', url: server.url, prefix: '' }
      const other = { it: { ...it, timeout: `${70 + ++round}s` } }
      const roles = { all: { allow: { it: ['*'] } } }
      await reload({ servers: other, roles })
      await setTimeout(50)
      return { action: 'accept', content: { name: 'one' } }
    })
    for (const message of ['who?', 'and now?']) {
      t.match(await call('test_elicitation', { message }), '"name":"one"')
    }
    t.equal(round, 2)
  },
)

t.test(
  'a server that a swap replaced ends, though its client does not come back',
  async (t) => {
    const server = await startRawServer(t, {
      ask: (_call, response) => {
        const method = 'elicitation/create'
        const requestedSchema = { type: 'object', properties: {} }
        const params = { message: 'who?', requestedSchema }
        const asked = { jsonrpc: '2.0', id: 1, method, params }
        response.setHeader('content-type', 'text/event-stream')
        response.write(`data: ${JSON.stringify(asked)}\n\n`)
      },
    })
    const { url, ada, bob, gateway, reload } = await serve(t, server.url)
    const ask = async ({ token }: Issued) => {
      const capabilities = 'io.modelcontextprotocol/clientCapabilities'
      const _meta = { ...ENVELOPE, [capabilities]: CAPABILITIES }
      const params = { name: 'ask', arguments: {}, _meta }
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
      const headers = modernHeaders(token, 'tools/call', 'ask')
      return (await send(url, { headers, body: JSON.stringify(message) })).body
    }
    t.match(await ask(ada), 'input_required')
    t.match(await ask(bob), 'input_required')
    const it = { type: 'http', url: server.url, prefix: '', timeout: '70s' }
    await reload({ servers: { it }, roles: { all: { allow: { it: ['*'] } } } })
    const before = server.deletes()
    await gateway.revoke({ kind: 'token', value: ada.id })
    await gateway.revoke({ kind: 'token', value: bob.id })
    // Its sessions of the two, and that of its lists.
    await until(() => server.deletes() === before + 3, 'all sessions end')
  },
)

t.test('modern on both sides', async (t) => {
  const server = await startEverythingServer('modern')
  t.teardown(() => server.close())
  const { url, ada, records } = await serve(t, server.url)
  const { call, heard, client } = await connectModern(t, url, ada)
  t.match(await call('test_elicitation', { message: 'who?' }), 'modern')
  t.same(heard, ['it: who?'])
  t.match(await call('test_sampling', { prompt: 'say' }), 'sampled')
  const { tools } = await client.listTools()
  t.ok(tools.length > 10)
  const outcomes = records().filter(({ event }) => event === 'outcome')
  t.ok(outcomes.every(({ outcome }) => outcome === 'ok'))

  const none = await serve(t, server.url, { requests: [] })
  const asked = await connectModern(t, none.url, none.ada)
  await t.rejects(asked.call('test_elicitation', { message: 'x' }))
  t.same(asked.heard, [], 'the config does not let it ask')
})

t.test('a version that is refused', async (t) => {
  const asked = async (refuses: string[][]) => {
    const tools = [{ name: 'one', inputSchema: { type: 'object' } }]
    const answer = () => ({ result: { resultType: 'complete', content: [] } })
    const server = await startModernServer(t, { tools, refuses, answer })
    const { gateway } = await serve(t, server.url)
    const { state, reason } = gateway.status().servers[0] ?? {}
    return [state, reason, server.calls.slice(0, 3).map((one) => one.method)]
  }
  const twice = ['server/discover', 'server/discover']
  t.match(
    await asked([['2026-07-28']]),
    ['up', null, [...twice, 'tools/list']],
    'what the refusal offers is asked for',
  )
  t.match(
    await asked([['2026-07-28'], ['2026-07-28']]),
    ['down', /speaks none of 2026-07-28/, twice],
    'once',
  )
  t.match(
    await asked([['2025-11-25']]),
    ['down', /initialize/, ['server/discover', 'initialize']],
    'in its own era',
  )
})

t.test('a server request after the answer to its call', async (t) => {
  const server = await startTalkingServer()
  t.teardown(() => server.close())
  const served = await serve(t, server.url, { requests: ['roots'] })
  const { client, call } = await connectModern(t, served.url, served.ada)
  client.setRequestHandler('roots/list', () => ({
    roots: [{ uri: 'file:///home' }],
  }))
  t.equal(await call('wonder'), '[]')
  await until(
    async () => /file:.*home/.test(await call('wonder')),
    'the server to hear the client',
  )
})
