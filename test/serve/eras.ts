// Both protocols on one endpoint, as raw requests: the modern envelope held
// against its headers, and the sessions of legacy clients.

import t from 'tap'
import { readHeaderParams } from '../../src/runtime/message/params.ts'
import { CALL, serveOneTool as start } from '../harness/one-tool.ts'
import { ENVELOPE, modernHeaders, post, send } from '../harness/wire.ts'

t.test('modern: headers are compared with the body', async (t) => {
  const { url, mine, upstream } = await start(t)
  const good = modernHeaders(mine.token, 'tools/call', CALL.params.name)
  const call = async (
    headers: Record<string, string | undefined>,
    body: object = CALL,
  ) => {
    const merged = { ...good, ...headers }
    for (const [key, value] of Object.entries(merged)) {
      if (value === undefined) delete (merged as Record<string, unknown>)[key]
    }
    const answer = await send(url, {
      headers: merged as Record<string, string>,
      body: JSON.stringify(body),
    })
    return `${answer.status} ${JSON.parse(answer.body).error?.code}`
  }
  t.equal(await call({}), '200 undefined')
  upstream.calls.length = 0
  t.equal(await call({ 'mcp-name': 'issues__create_issue' }), '400 -32020')
  t.equal(await call({ 'mcp-name': '=?base64?%%?=' }), '400 -32020')
  t.equal(await call({ 'mcp-name': undefined }), '400 -32020')
  t.equal(await call({ 'mcp-method': 'tools/list' }), '400 -32020')
  t.equal(await call({ 'mcp-method': undefined }), '400 -32020')
  t.equal(await call({ 'mcp-protocol-version': '2025-11-25' }), '400 -32020')
  t.equal(await call({ 'mcp-protocol-version': undefined }), '400 -32020')
  const meta = (key: string, value: unknown) => ({
    ...CALL,
    params: {
      ...CALL.params,
      _meta: { ...ENVELOPE, [`io.modelcontextprotocol/${key}`]: value },
    },
  })
  const version = '2030-01-01'
  const future = meta('protocolVersion', version)
  t.equal(await call({ 'mcp-protocol-version': version }, future), '400 -32022')
  t.equal(await call({}, meta('protocolVersion', 3)), '400 -32602')
  t.equal(await call({}, meta('clientCapabilities', null)), '400 -32602')
  const { _meta: _envelope, ...params } = CALL.params
  t.equal(await call({}, { ...CALL, params }), '400 -32602')
  t.equal(upstream.calls.length, 0)

  const encoded = Buffer.from(CALL.params.name).toString('base64')
  t.equal(await call({ 'mcp-name': `=?base64?${encoded}?=` }), '200 undefined')
  for (const method of ['ping', 'initialize', 'no/such']) {
    const answer = await post(url, mine.token, method)
    t.match(answer, { status: 404, body: /-32601/ }, method)
  }
  const discover = await post(url, mine.token, 'server/discover')
  t.match(JSON.parse(discover.body).result, {
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    ttlMs: 0,
    cacheScope: 'private',
  })
  const list = await post(url, mine.token, 'tools/list')
  t.match(JSON.parse(list.body).result, {
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
    tools: [{ name: 'issues__search_issues' }],
  })
  const paged = await post(url, mine.token, 'tools/list', { cursor: '' })
  t.match(JSON.parse(paged.body).error, { code: -32602 })
})

t.test('legacy: sessions belong to their token', async (t) => {
  const { url, bare, other } = await start(t)
  const initialize = await send(url, {
    headers: bare,
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 'a',
      method: 'initialize',
      params: { protocolVersion: '1999-01-01', capabilities: {} },
    }),
  })
  t.match(JSON.parse(initialize.body), {
    id: 'a',
    result: { protocolVersion: '2025-11-25' },
  })
  const session = String(initialize.headers['mcp-session-id'])
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
  const call = (headers: Record<string, string>, body: object = ping) =>
    send(url, { headers: { ...bare, ...headers }, body: JSON.stringify(body) })
  const mine = { 'mcp-session-id': session }
  const stolen = { ...mine, authorization: `Bearer ${other.token}` }
  t.match(await call(mine), { status: 200, body: /"result":{}/ })
  t.equal((await call({})).status, 200, 'no session is needed')
  const level = { ...ping, method: 'logging/setLevel' }
  t.equal((await call({}, level)).status, 400, 'for this it is')
  t.equal((await call({ 'mcp-session-id': 'x' })).status, 404)
  t.equal((await call(stolen)).status, 404, 'of another token')
  t.match(await call(mine, { ...ping, method: 'no/such' }), {
    status: 200,
    body: /-32601/,
  })
  const version = { ...mine, 'mcp-protocol-version': '1999-01-01' }
  t.equal((await call(version)).status, 400)
  t.match(
    await call(mine, { jsonrpc: '2.0', method: 'notifications/initialized' }),
    { status: 202, body: '' },
  )
  t.equal(
    (await call(mine, { jsonrpc: '2.0', id: 9, result: {} })).status,
    202,
    'an answer to nothing',
  )
  const remove = (headers: Record<string, string>) =>
    send(url, { method: 'DELETE', headers: { ...bare, ...headers } })
  t.equal((await remove(stolen)).status, 404)
  t.equal((await remove(mine)).status, 204)
  t.equal((await call(mine)).status, 404, 'a deleted session is gone')
})

t.test('one bad header annotation makes a tool invalid', (t) => {
  const read = (properties: object, more: object = {}) =>
    readHeaderParams({ type: 'object', properties, ...more })
  const of = (type: string, name: unknown = 'Region') => ({
    ...{ type, 'x-mcp-header': name },
  })
  const inner = { type: 'object', properties: { b: of('integer') } }
  t.strictSame(read({ a: inner, c: of('boolean', 'Dry') }), [
    { header: 'mcp-param-region', path: ['a', 'b'] },
    { header: 'mcp-param-dry', path: ['c'] },
  ])
  t.strictSame(read({ a: { type: 'number' } }), [])
  const bad = [
    read({ a: of('number') }),
    read({ a: of('object') }),
    read({ a: of('string', 'not a token') }),
    read({ a: of('string', 1) }),
    read({ a: of('string'), b: of('string', 'REGION') }),
    read({ a: { type: 'array', items: of('string') } }),
    read({}, { 'x-mcp-header': 'Region' }),
  ]
  t.strictSame(
    bad,
    bad.map(() => undefined),
  )
  t.end()
})
