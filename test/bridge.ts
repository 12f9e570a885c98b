// Clients and servers of different eras: what a server asks is put to each
// client in its own way, and its answers read as its era wants them.

import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client'
import t, { type Test } from 'tap'
import { declaresTasks } from './harness/everything/tasks.ts'
import { startEverythingServer } from './harness/everything-server.ts'
import { type ModernOffer, startModernServer } from './harness/modern-server.ts'
import { type Issued, issue, serveConfig } from './harness/served.ts'
import { talkAs } from './harness/talker.ts'
import { startTalkingServer } from './harness/talking-server.ts'
import { ENVELOPE, modernHeaders, post, send } from './harness/wire.ts'

const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {} }

async function serve(t: Test, url: string, more: object = {}) {
  const [ada, bob] = [
    issue({ subject: 'ada', roles: ['all'] }),
    issue({ subject: 'bob', roles: ['all'] }),
  ]
  const servers = { it: { type: 'http', url, prefix: '', ...more } }
  const allow = { it: ['*', { prompt: '*' }, { resource: '*' }] }
  const config = { servers, roles: { all: { allow } } }
  const served = await serveConfig(t, config, [ada, bob])
  return { ...served, url: served.gateway.url, ada, bob }
}

/** A modern client that answers what it is asked. */
async function connectModern(t: Test, url: string, { token }: Issued) {
  const client = new ModernClient(
    { name: 'modern', version: '1' },
    { capabilities: CAPABILITIES, versionNegotiation: { mode: 'auto' } },
  )
  const heard: string[] = []
  client.setRequestHandler('elicitation/create', ({ params }) => {
    heard.push(params.message)
    return { action: 'accept', content: { name: 'modern' } }
  })
  client.setRequestHandler('sampling/createMessage', () => ({
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: 'sampled' },
  }))
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  await client.connect(new ModernTransport(new URL(url), { requestInit }))
  t.teardown(() => client.close())
  const call = async (name: string, args: object = {}) => {
    const { content } = await client.callTool({
      name,
      arguments: { ...args },
    })
    return (content as { text: string }[])[0]?.text ?? ''
  }
  return { client, heard, call }
}

t.test('a modern client, a server of before', async (t) => {
  const server = await startTalkingServer()
  t.teardown(() => server.close())
  const { url, ada, bob } = await serve(t, server.url)
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
    }).then(({ body }) => JSON.parse(body))
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
  t.match(await ask(ada, last), { result: { isError: true } }, 'once only')
})

t.test('a client of before, a modern server', async (t) => {
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

t.test('results that older clients cannot read', async (t) => {
  const schema = { type: 'object' }
  const typed = (name: string, outputSchema: object) => ({
    ...{ name, inputSchema: schema, outputSchema },
  })
  const structured: Record<string, unknown> = {
    list: [1, 2],
    either: 'word',
    plain: { a: 1 },
  }
  const offer: ModernOffer = {
    tools: [
      typed('list', { type: 'array' }),
      typed('either', { anyOf: [schema, { type: 'string' }] }),
      typed('plain', schema),
    ],
    answer: ({ params }) => ({
      result: {
        content: [],
        structuredContent: structured[String(params.name)],
        resultType: 'complete',
      },
    }),
  }
  const server = await startModernServer(t, offer)
  const { url, ada } = await serve(t, server.url)
  const { client } = await talkAs(t, url, ada, 'old', {})
  const { tools } = await client.listTools()
  const withSchema = tools.filter(({ outputSchema }) => outputSchema)
  t.same(
    withSchema.map(({ name }) => name),
    ['plain'],
  )
  const wanted = { list: { result: [1, 2] }, either: { result: 'word' } }
  for (const [name, value] of Object.entries({ ...structured, ...wanted })) {
    const { structuredContent } = await client.callTool({ name })
    t.same(structuredContent, value, name)
  }
  const ask = async (method: string, params: object = {}) => {
    const { body } = await post(url, ada.token, method, { ...params })
    return JSON.parse(body).result
  }
  const { tools: all } = await ask('tools/list')
  t.same(all, [...offer.tools].sort(byName), 'newer ones can')
  const told = await ask('tools/call', { name: 'list' })
  t.same(told.structuredContent, [1, 2])
})

const byName = (a: object, b: object) =>
  Reflect.get(a, 'name') < Reflect.get(b, 'name') ? -1 : 1
