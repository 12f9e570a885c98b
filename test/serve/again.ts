// What the gateway does over or makes up for: a call whose headers were out of
// date, resources that only a link names, a URL to visit first, results that the
// other era cannot read.
// Covers src/runtime/relay.

import t, { type Test } from 'tap'
import {
  type ModernOffer,
  startModernServer,
} from '../harness/modern-server.ts'
import { json, type RawAnswer, startRawServer } from '../harness/raw-server.ts'
import { connect, issue, serveConfig } from '../harness/served.ts'
import { talkAs } from '../harness/talker.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, readMessage, send } from '../harness/wire.ts'

async function serve(
  t: Test,
  urls: Readonly<Record<string, string>>,
  more: object = {},
) {
  const [ada, bob] = [
    issue({ subject: 'ada', roles: ['all'] }),
    issue({ subject: 'bob', roles: ['all'] }),
  ]
  const names = Object.keys(urls)
  const servers = Object.fromEntries(
    names.map((name) => [
      name,
      { type: 'http', url: urls[name], prefix: '', ...more },
    ]),
  )
  const all = ['*', { resource: '*' }]
  const allow = Object.fromEntries(names.map((name) => [name, all]))
  const config = { servers, roles: { all: { allow } } }
  const served = await serveConfig(t, config, [ada, bob])
  const { url } = served.gateway
  /** A modern request; `more`: what the client declares. */
  const ask = async (
    method: string,
    params: Record<string, unknown>,
    more: object = {},
    token = ada.token,
  ) => {
    const capabilities = 'io.modelcontextprotocol/clientCapabilities'
    const _meta = { ...ENVELOPE, [capabilities]: more }
    const name = String(params.name ?? params.uri)
    const whole = { ...params, _meta }
    const { status, body } = await send(url, {
      headers: modernHeaders(token, method, name),
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: whole }),
    })
    return { status, ...readMessage(body) }
  }
  return { ...served, url, ada, bob, ask }
}

const inputSchema = (header?: string) => ({
  type: 'object',
  properties: {
    region: { type: 'string', ...(header && { 'x-mcp-header': header }) },
  },
})

t.test(
  'a call is repeated when its mirrored headers are out of date',
  async (t) => {
    const text = (text: string) => ({
      result: { content: [{ type: 'text', text }], resultType: 'complete' },
    })
    const offer: ModernOffer = {
      tools: [{ name: 'find', inputSchema: inputSchema() }],
      answer: ({ headers }) =>
        headers['mcp-param-region'] === 'eu'
          ? text('found')
          : { error: { code: -32020, message: 'no Mcp-Param-Region' } },
    }
    const server = await startModernServer(t, offer)
    const { ask } = await serve(t, { it: server.url })
    const find = { name: 'find', arguments: { region: 'eu' } }
    offer.tools = [{ name: 'find', inputSchema: inputSchema('Region') }]
    t.match(await ask('tools/call', find), {
      result: { content: [{ text: 'found' }] },
    })
    const tries = server.calls.filter(({ method }) => method === 'tools/call')
    t.equal(tries.length, 2, 'once more, by the new list')

    // The client, too, has to read the list again.
    t.match(await ask('tools/call', find), { error: { code: -32020 } })
    offer.tools = [{ name: 'find', inputSchema: inputSchema('Zone') }]
    server.say('notifications/tools/list_changed', {})
    const listed = async () => {
      const { result } = await ask('tools/list', {})
      return JSON.stringify(result.tools).includes('Zone')
    }
    await until(listed, 'the list is read')
    offer.tools = [{ name: 'find', inputSchema: inputSchema() }]
    server.calls.length = 0
    const { result } = await ask('tools/call', { name: 'find' })
    t.match(result, { isError: true, content: [{ text: /has changed/ }] })
    const more = server.calls.filter(({ method }) => method === 'tools/call')
    t.equal(more.length, 2, 'and no more often')
  },
)

t.test('resources that only a link in an answer names', async (t) => {
  const link =
    (uri: string): RawAnswer =>
    ({ id }, response) =>
      json(response, {
        id,
        result: { content: [{ type: 'resource_link', uri, name: 'x' }] },
      })
  const one = await startRawServer(t, {
    one: link('made://one'),
    both: link('made://both'),
  })
  const two = await startRawServer(t, { other: link('made://both') })
  const { ask, bob } = await serve(t, { one: one.url, two: two.url })
  const read = (uri: string, token?: string) =>
    ask('resources/read', { uri }, {}, token)
  const missing = { error: { code: -32602, message: 'Resource not found' } }
  t.match(await read('made://one'), missing, 'nobody lists it')
  await ask('tools/call', { name: 'one' })
  t.match(await read('made://one'), { result: { contents: [] } })
  t.match(await read('made://one', bob.token), missing, 'told to another')
  await ask('tools/call', { name: 'both' })
  t.match(await read('made://both'), { result: { contents: [] } })
  await ask('tools/call', { name: 'other' })
  t.match(
    await read('made://both'),
    { error: { message: /^Resource is claimed by one and two: say which/ } },
    'two claim it',
  )
})

t.test('a URL elicitation that a legacy server requires first', async (t) => {
  await visitFirst(t, {}, 'it: go')
  await visitFirst(t, { title: 'In Box' }, 'In Box: go')
})

/** `said`: what the person reads, who asks first. */
async function visitFirst(t: Test, more: object, said: string) {
  const seen: object[] = []
  const elicit =
    (url: string): RawAnswer =>
    ({ id, params }, response) => {
      seen.push(params)
      const elicitation = {
        mode: 'url',
        elicitationId: 'e1',
        url,
        message: 'go',
      }
      const data = { elicitations: [elicitation] }
      json(response, { id, error: { code: -32042, message: 'first', data } })
    }
  const server = await startRawServer(t, {
    visit: elicit('https://example.invalid/a'),
    lure: elicit('http://example.invalid/b'),
  })
  const { url, ada, ask } = await serve(t, { it: server.url }, more)
  const call = (more: object, params: object = {}) =>
    ask('tools/call', { name: 'visit', ...params }, more)
  t.match(await call({}), {
    status: 400,
    error: {
      code: -32021,
      data: { requiredCapabilities: { elicitation: { url: {} } } },
    },
  })
  const able = { elicitation: { url: {} } }
  const { result } = await call(able)
  t.same(result.inputRequests, {
    'url-1': {
      method: 'elicitation/create',
      params: {
        mode: 'url',
        url: 'https://example.invalid/a',
        message: said,
      },
    },
  })
  const { requestState } = result
  const inputResponses = { 'url-1': { action: 'accept' } }
  await call(able, { requestState, inputResponses })
  t.equal(seen.length, 3, 'asked again')
  t.notMatch(JSON.stringify(seen), /inputResponses|requestState/)
  const lured = await ask('tools/call', { name: 'lure' }, able)
  t.match(lured, { result: { isError: true } }, 'https alone')

  const legacy = await connect(t, 'sdk 1.x', url, ada.token)
  const error = await legacy.call('visit').then(String, (error) => error)
  t.match(error, { code: -32042 })
  t.match(JSON.stringify(error.data ?? error), said)
}

t.test('results that legacy clients cannot read', async (t) => {
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
  const { url, ada, ask } = await serve(t, { it: server.url })
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
  const { result } = await ask('tools/list', {})
  t.same(result.tools, [...offer.tools].sort(byName), 'newer ones can')
  const told = await ask('tools/call', { name: 'list' })
  t.same(told.result.structuredContent, [1, 2])
})

const byName = (a: object, b: object) =>
  Reflect.get(a, 'name') < Reflect.get(b, 'name') ? -1 : 1
