// The HTTP edge as an attacker meets it: heads, bodies, eras, sessions, side
// doors. Raw requests over real sockets; the server behind must see nothing.

import t, { type Test } from 'tap'
import { startHttpServer } from './harness/http-server.ts'
import { issue, serveConfig } from './harness/served.ts'
import { until } from './harness/until.ts'
import { ENVELOPE, modernHeaders, post, send, sendRaw } from './harness/wire.ts'

async function start(t: Test) {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const other = issue({ subject: 'other', roles: ['all'] })
  const expired = issue({
    subject: 'late',
    roles: ['all'],
    expires: new Date(Date.now() - 500).toISOString(),
  })
  const config = {
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { all: { allow: { issues: ['search_*'] } } },
  }
  const served = await serveConfig(t, config, [mine, other, expired])
  const { url, adminUrl } = served.gateway
  const bare = {
    authorization: `Bearer ${mine.token}`,
    'content-type': 'application/json',
  }
  return { upstream, mine, other, expired, url, adminUrl, bare, ...served }
}

const CALL = {
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name: 'issues__search_issues', arguments: {}, _meta: ENVELOPE },
}

t.test('heads', async (t) => {
  const { url, mine, upstream, records } = await start(t)
  const good = modernHeaders(mine.token, 'tools/call', CALL.params.name)
  const body = JSON.stringify(CALL)
  const call = (headers: Record<string, string>) =>
    send(url, { headers: { ...good, ...headers }, body })
  t.equal((await call({})).status, 200)
  upstream.calls.length = 0

  const { port } = new URL(url)
  const hosts = [
    'evil.example',
    'evil.com@localhost',
    'localhost/evil',
    'localhost.',
    '2130706433',
    '0x7f.1',
  ]
  for (const host of hosts) {
    t.equal((await call({ host })).status, 403, `Host ${host}`)
  }
  for (const host of [`localhost:${port}`, '127.0.0.1', `LOCALHOST:${port}`]) {
    t.equal((await call({ host })).status, 200, `Host ${host}`)
  }
  const origins = [
    'null',
    'https://evil.example',
    'http://localhost.evil.com',
    'HTTP://LOCALHOST',
    'file://',
  ]
  for (const origin of origins) {
    const answer = await call({ origin })
    t.equal(answer.status, 403, `Origin ${origin}`)
    t.notOk(answer.headers['access-control-allow-origin'])
  }
  const local = await call({ origin: 'http://localhost:3000' })
  t.match(local, {
    status: 200,
    headers: { 'access-control-allow-origin': 'http://localhost:3000' },
  })
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'application/json\t;x',
    'application/json; charset=utf-16',
    '',
  ]
  for (const type of types) {
    t.equal((await call({ 'content-type': type })).status, 415, type)
  }
  t.equal((await call({ 'content-encoding': 'gzip' })).status, 415)
  t.equal((await call({ accept: '*/*' })).status, 200)
  const doubles = ['Host', 'Authorization', 'Mcp-Method', 'Content-Type']
  for (const name of doubles) {
    const head = Object.entries({ host: `localhost:${port}`, ...good })
      .map(([key, value]) => `${key}: ${value}\r\n`)
      .join('')
    const twice = `${name}: ${name === 'Host' ? 'localhost' : 'x'}\r\n`
    const length = `content-length: ${body.length}\r\nconnection: close\r\n`
    const raw = `POST /mcp HTTP/1.1\r\n${head}${twice}${length}\r\n${body}`
    t.match(await sendRaw(url, raw), /^HTTP\/1\.1 400 /, `two ${name}`)
  }
  t.equal(upstream.calls.length, 5, 'only the good ones went on')
  await until(() =>
    records().some(({ reason, count }) => reason === 'host' && count! > 1),
  )
})

t.test('tokens', async (t) => {
  const { url, mine, expired, records, upstream } = await start(t)
  const answers = new Set<string>()
  const bad: Record<string, string | undefined> = {
    none: undefined,
    empty: 'Bearer ',
    basic: 'Basic Zm9vOmJhcg==',
    word: 'Bearer x',
    checksum: `Bearer ${mine.token.slice(0, -1)}${mine.token.endsWith('0') ? 1 : 0}`,
    unknown: `Bearer ${issue({ subject: 'x' }).token}`,
    expired: `Bearer ${expired.token}`,
    long: `Bearer ${'a'.repeat(4_000)}`,
  }
  for (const [name, authorization] of Object.entries(bad)) {
    const { authorization: _none, ...headers } = modernHeaders(
      '',
      'tools/call',
      CALL.params.name,
    )
    const answer = await send(url, {
      headers: {
        ...headers,
        ...(authorization !== undefined && { authorization }),
      },
      body: JSON.stringify(CALL),
    })
    t.equal(answer.status, 401, name)
    t.equal(answer.headers['www-authenticate'], 'Bearer')
    answers.add(answer.body)
  }
  t.equal(answers.size, 1, 'one body for all of them')
  const inUrl = await send(`${url}?access_token=${mine.token}`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(CALL),
  })
  t.equal(inUrl.status, 401, 'never in the URL')
  t.equal(upstream.calls.length, 0)
  await until(() => records().some(({ reason }) => reason === 'unknown token'))
  const reasons = records()
    .filter(({ decision }) => decision === 'unauthenticated')
    .map(({ reason }) => reason)
  for (const reason of ['no token', 'malformed token', 'expired token']) {
    t.ok(reasons.includes(reason), reason)
  }
  t.notMatch(JSON.stringify(records()), new RegExp(mine.token.slice(-20)))
})

t.test('bodies', async (t) => {
  const { url, mine, upstream } = await start(t)
  const headers = modernHeaders(mine.token, 'tools/call', CALL.params.name)
  const call = (body: string | Buffer) => send(url, { headers, body })
  const text = JSON.stringify(CALL)
  const deep = `{"a":${'['.repeat(70)}${']'.repeat(70)}}`
  const bad: Record<string, string | Buffer> = {
    nothing: '',
    text: 'hello',
    'a batch': `[${text}]`,
    'a key twice': text.replace('"id":7', '"id":7,"id":7'),
    'a name beside the name': text.replace(
      '"name":"issues',
      '"Name":"x","name":"issues',
    ),
    'deep nesting': text.replace('"arguments":{}', `"arguments":${deep}`),
    'bad UTF-8': Buffer.concat([Buffer.from([0xff]), Buffer.from(text)]),
    'a byte order mark': `\ufeff${text}`,
    'a null id': text.replace('"id":7', '"id":null'),
    'a fractional id': text.replace('"id":7', '"id":1.5'),
  }
  for (const [name, body] of Object.entries(bad)) {
    const answer = await call(body)
    t.equal(answer.status, 400, name)
    t.match(JSON.parse(answer.body), { jsonrpc: '2.0', error: {} }, name)
  }
  const long = text.replace(
    '"arguments":{}',
    `"arguments":{"x":"${'x'.repeat(4 << 20)}"}`,
  )
  t.equal((await call(long)).status, 413)
  const chunked = await send(url, {
    headers: { ...headers, 'transfer-encoding': 'chunked' },
    body: long,
  })
  t.equal(chunked.status, 413, 'chunked')
  t.equal(upstream.calls.length, 0)
  t.equal((await call(text)).status, 200, 'and the good one still works')
})

t.test('modern: headers are held against the body', async (t) => {
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
  for (const method of [
    'ping',
    'initialize',
    'no/such',
    'subscriptions/listen',
  ]) {
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
  t.equal((await call({})).status, 400, 'no session')
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

t.test('side doors', async (t) => {
  const { url, adminUrl, bare } = await start(t)
  const { origin } = new URL(url)
  const get = (path: string, headers = {}) =>
    send(origin + path, { method: 'GET', headers })
  t.match(await get('/livez'), { status: 200, body: 'ok' })
  t.match(await get('/readyz'), { status: 200, body: 'ready' })
  const closed = [
    '/',
    '/status',
    '/health',
    '/MCP',
    '/mcp/',
    '//mcp',
    '/mcp%2f',
    '/mcp;x',
    '/register',
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-authorization-server',
  ]
  for (const path of closed) {
    const answer = await get(path, bare)
    t.equal(answer.status, 404, path)
    t.match(answer.headers['content-type'], /^application\/json/, path)
    JSON.parse(answer.body)
  }
  t.equal((await get('/mcp')).status, 401)
  t.equal((await get('/mcp', bare)).status, 400)
  const put = await send(url, { method: 'PUT', headers: bare })
  t.equal(put.status, 405)
  for (const path of ['/status', '/health', '/metrics', '/']) {
    const answer = await send(adminUrl + path, { method: 'GET', headers: bare })
    t.equal(answer.status, 401, `admin ${path}`)
  }
})
