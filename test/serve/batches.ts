// Batches of sessions of 2025-03-26, as raw requests: each message a call of
// its own, one answer for all; and refused everywhere else.

import t from 'tap'
import { serveHeld, writeCall } from '../harness/held-server.ts'
import { serveOneTool } from '../harness/one-tool.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, send } from '../harness/wire.ts'

const VERSION = '2025-03-26'

const ping = (id: number | string) => ({ jsonrpc: '2.0', id, method: 'ping' })
const NOTE = { jsonrpc: '2.0', method: 'notifications/initialized' }
const find = (id: unknown, q = 'x') => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'issues__search_issues', arguments: { q } },
})

async function start(t: Parameters<typeof serveOneTool>[0]) {
  const served = await serveOneTool(t)
  const { url, bare } = served
  const initialize = (protocolVersion: string) => ({
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion, capabilities: {} },
  })
  const open = async (version: string) => {
    const body = JSON.stringify(initialize(version))
    const { headers } = await send(url, { headers: bare, body })
    return String(headers['mcp-session-id'])
  }
  const session = await open(VERSION)
  const post = (body: unknown, id = session) =>
    send(url, {
      headers: { ...bare, 'mcp-session-id': id },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { ...served, open, post, initialize: initialize(VERSION) }
}

t.test('each message is a call of its own', async (t) => {
  const { post, records, upstream } = await start(t)
  const before = records().length
  const answer = await post([
    find('a', 'one'),
    NOTE,
    ping(2),
    { jsonrpc: '2.0', id: 3, method: 'tools/list' },
    { jsonrpc: '2.0', id: 4, method: 'no/such' },
    { ...find(5), params: { name: 'issues__delete_file' } },
    { jsonrpc: '2.0', id: 9, result: {} },
    find('b', 'two'),
  ])
  t.equal(answer.status, 200)
  t.match(answer.headers['content-type'], 'application/json')
  const messages = JSON.parse(answer.body) as { id: unknown }[]
  const byId = new Map(messages.map((message) => [message.id, message]))
  t.equal(messages.length, 6)
  t.match(byId.get('a'), { result: { content: [{ text: 'found one' }] } })
  t.match(byId.get('b'), { result: { content: [{ text: 'found two' }] } })
  t.strictSame(byId.get(2), { jsonrpc: '2.0', id: 2, result: {} })
  t.match(byId.get(3), {
    result: { tools: [{ name: 'issues__search_issues' }] },
  })
  t.match(byId.get(4), { error: { code: -32601 } })
  t.match(byId.get(5), { error: { code: -32602 } })
  t.same(upstream.calls, ['search_issues', 'search_issues'])

  const mine = records().slice(before)
  const ids = String(answer.headers['x-request-id']).split(', ')
  t.equal(new Set(ids).size, 8)
  t.same(
    mine
      .map((one) => `${one.event} ${ids.indexOf(one.requestId ?? '')}`)
      .sort(),
    [
      'intent 0',
      'intent 7',
      'outcome 0',
      'outcome 3',
      'outcome 7',
      'refusal 4',
      'refusal 5',
    ],
    'by their own ids',
  )
  t.match(await post([NOTE, NOTE]), { status: 202, body: '' })
  t.match(await post([{ jsonrpc: '2.0', id: 1, result: {} }]), { status: 202 })
  t.match(await post([ping(1)]), { status: 200, body: /^\[\{.*\}\]$/ })
})

t.test('all or nothing is accepted', async (t) => {
  const { post, upstream, initialize, records } = await start(t)
  const text = JSON.stringify(find(1))
  const deep = `{"a":${'['.repeat(61)}${']'.repeat(61)}}`
  const bad: Record<string, unknown> = {
    'an empty one': [],
    'too many': Array.from({ length: 21 }, (_, id) => ping(id)),
    'an initialize': [ping(1), initialize],
    'no message': [find(1), 7],
    'a batch in it': [find(1), [ping(1)]],
    'a key twice': `[${text},${text.replace('"id":1', '"id":1,"id":1')}]`,
    'a name beside the name': `[${text.replace('"name"', '"Name":"x","name"')}]`,
    'a null id': [find(1), find(null)],
    'nesting beyond the cap': `[${text.replace('{"q":"x"}', `[${deep}]`)}]`,
    'a modern call': [
      find(1),
      { ...find(2), params: { ...find(2).params, _meta: ENVELOPE } },
    ],
  }
  for (const [name, body] of Object.entries(bad)) {
    const answer = await post(body)
    t.equal(answer.status, 400, name)
    const { error, id } = JSON.parse(answer.body)
    t.ok([-32600, -32020].includes(error.code), `${name}: ${error.message}`)
    t.equal(id, null)
  }
  t.match(await post(`[${text}`), { status: 400, body: /-32700/ })
  t.equal(upstream.calls.length, 0, 'nothing was done')
  t.ok(records().some(({ reason }) => /at most 20/.test(reason ?? '')))
  const many = Array.from({ length: 20 }, (_, id) => ping(id))
  const whole = await post(` \n${JSON.stringify(many)}`)
  t.equal(JSON.parse(whole.body).length, 20)
  const whereAllowed = await post(`[${text.replace('{"q":"x"}', deep)}]`)
  t.equal(whereAllowed.status, 200, 'the cap is that of each message')
})

t.test('batches are refused in all other versions', async (t) => {
  const { post, open, url, bare, mine } = await start(t)
  for (const version of ['2024-11-05', '2025-06-18', '2025-11-25']) {
    const answer = await post([find(1)], await open(version))
    t.match(answer, { status: 400, body: /-32600/ }, version)
  }
  const body = JSON.stringify([find(1)])
  const none = await send(url, { headers: bare, body })
  t.match(none, { status: 400, body: /-32600/ })
  const headers = modernHeaders(mine.token, 'tools/call')
  const modern = await send(url, { headers, body })
  t.match(modern, { status: 400, body: /-32600/ })
  t.equal((await post([find(1)], 'gone')).status, 404, 'to initialize again')
})

t.test('limits count each message', async (t) => {
  const { post, reload, upstream } = await start(t)
  await reload({
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { all: { allow: { issues: ['search_*'] } } },
    limits: { few: { on: { issues: ['*'] }, calls: 2, per: 'hour' } },
  })
  const { body } = await post([1, 2, 3, 4].map((id) => find(id)))
  t.equal(JSON.parse(body).length, 4)
  t.equal(body.match(/Rate limit few/g)?.length, 2)
  t.equal(upstream.calls.length, 2)
})

t.test('a batch gets a stream if a message precedes the answers', async (t) => {
  const { open, calls, records } = await serveHeld(t)
  const { post, get } = await open(VERSION)
  const streaming = post([writeCall(1, 'a'), ping(2), writeCall(3, 'b')])
  await until(() => calls.length === 2)
  const [a, b] = calls
  a?.progress('first')
  const stream = await streaming
  t.match(stream.headers['content-type'], 'text/event-stream')
  const events = await stream.count(2)
  t.match(
    events.map(({ data }) => data),
    [ping(2).id, undefined].map((id) => ({ id })),
    'what was ready, then what made it a stream',
  )
  b?.answer('b done')
  await stream.count(3)
  stream.cut()
  a?.progress('second')
  a?.answer('a done')
  const outcomes = () => records().filter(({ event }) => event === 'outcome')
  await until(() => outcomes().length === 2, 'on record')
  const back = await get(stream.lastId())
  await until(() => back.ended() === 'end', 'whole')
  t.match(
    back.events().map(({ data }) => data),
    [
      { params: { message: 'second' } },
      { id: 1, result: { content: [{ text: 'a done' }] } },
    ],
  )

  const cancelled = post([
    writeCall(5, 'c'),
    { ...NOTE, method: 'notifications/cancelled', params: { requestId: 5 } },
    ping(6),
  ])
  t.strictSame(JSON.parse((await wholeOf(await cancelled)) ?? ''), [
    { jsonrpc: '2.0', id: 6, result: {} },
  ])
})

async function wholeOf(stream: { text(): string; ended(): unknown }) {
  await until(() => stream.ended() === 'end', 'the end')
  return stream.text()
}
