// The HTTP edge as an attacker meets it: heads, tokens, bodies, side doors. Raw requests over real sockets; the server behind must see nothing.
// Covers src/runtime/http, src/runtime/request.ts.

import { Server } from 'node:net'
import {
  Client as Client2,
  StreamableHTTPClientTransport as Transport2,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import t from 'tap'
import { formatToken } from '../../src/table/token.ts'
import { CALL, serveOneTool as start } from '../harness/one-tool.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { modernHeaders, post, send, sendRaw } from '../harness/wire.ts'

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
    const { status, body } = await call({ host })
    const shown = /^[\w.]+$/.test(host) ? `Host ${host}` : 'this Host'
    t.equal(status, 403, shown)
    t.match(body, `Forbidden: ${shown} is not in listen.hosts`)
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
  const head = Object.entries({ host: `localhost:${port}`, ...good })
    .map(([key, value]) => `${key}: ${value}\r\n`)
    .join('')
  const write = (text: string) =>
    `POST /mcp HTTP/1.1\r\n${head}content-length: ${text.length}\r\n\r\n${text}`
  const broken = await sendRaw(url, write('{"broken"') + write(body))
  t.match(broken, /^HTTP\/1\.1 400 /)
  t.same(broken.match(/^connection: .*$/gim), ['connection: close'])
  t.equal(broken.match(/HTTP\/1\.1/g)?.length, 1, 'nothing behind it is read')
  t.equal(upstream.calls.length, 5, 'only the good ones went on')
  await until(() =>
    records().some(({ reason, count }) => reason === 'host' && count! > 1),
  )
})

t.test('tokens', async (t) => {
  const { url, mine, expired, records, upstream } = await start(t)
  const call = async (authorization: string | undefined) => {
    const { authorization: _none, ...headers } = modernHeaders(
      '',
      'tools/call',
      CALL.params.name,
    )
    const own = authorization === undefined ? {} : { authorization }
    // As bytes: Node would write the head as UTF-8 with a text behind it.
    const body = Buffer.from(JSON.stringify(CALL))
    return send(url, { headers: { ...headers, ...own }, body })
  }
  const { token, id } = mine
  const [head = '', secret = ''] = [token.slice(0, 17), token.slice(17)]
  const wrong: readonly [reason: string, values: (string | undefined)[]][] = [
    ['no token', [undefined]],
    ['empty token', ['Bearer', 'bearer ', 'Bearer   ']],
    ['no bearer token', [token, 'Basic Zm9vOmJhcg==', `Token ${token}`]],
    ['no bearer token', [`Bearer Bearer ${token}`, `Bearer${token}`]],
    ['unreplaced token', UNREPLACED.map((one) => `Bearer ${one}`)],
    ['unreplaced token', ['$MCP_AUTH', '<token>']],
    ['foreign token', FOREIGN.map((one) => `Bearer ${one}`)],
    ['damaged token', [`Bearer ${token.slice(0, -1)}`, `Bearer "${token}"`]],
    ['damaged token', [`Bearer ${token},`, `Bearer gwt_${secret}`]],
    ['damaged token', [`Bearer ${token.toUpperCase()}`, `Bearer ${head}`]],
    ['unknown token', [`Bearer ${issue({ subject: 'x' }).token}`]],
    ['unknown token', [`Bearer ${formatToken(id, Buffer.alloc(32))}`]],
    ['expired token', [`Bearer ${expired.token}`]],
  ]
  const answers = new Map<string, Set<string>>()
  for (const [reason, values] of wrong) {
    for (const value of values) {
      const answer = await call(value)
      const { 'www-authenticate': challenge = '' } = answer.headers
      t.equal(answer.status, 401, reason)
      const { message } = JSON.parse(answer.body).error
      const detail = message.replace('Unauthorized: ', '')
      // A header of ASCII without an inner quote is read alike by all.
      const error = `Bearer error="invalid_token", error_description="${detail}"`
      t.equal(challenge, ABSENT.includes(reason) ? 'Bearer' : error)
      t.match(detail, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, reason)
      for (const part of [secret, 'MCP_AUTH', 'eyJ', 'ghp_']) {
        t.notMatch(answer.body, part, 'nothing is repeated')
      }
      const whole = JSON.stringify([answer.headers, answer.body])
      const bare = whole.replace(/"date":"[^"]*"/, '')
      answers.set(reason, (answers.get(reason) ?? new Set()).add(bare))
    }
  }
  for (const [reason, own] of answers) t.same([...own].slice(1), [], reason)
  t.equal(answers.size, 8, 'one answer for each reason')
  const [late = ''] = answers.get('expired token') ?? []
  t.match(late, new RegExp(`The token ${expired.id} expired at 20.*Z\\.`))
  t.notMatch([...(answers.get('unknown token') ?? [])].join(), id)
  const inUrl = await send(`${url}?access_token=${mine.token}`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(CALL),
  })
  t.equal(inUrl.status, 401, 'never in the URL')
  const origin = 'http://localhost:5173'
  const preflight = await send(url, { method: 'OPTIONS', headers: { origin } })
  t.equal(preflight.status, 204)
  t.equal(preflight.body, '')
  t.equal(preflight.headers['access-control-allow-origin'], origin)
  t.match(preflight.headers['access-control-allow-headers'], /Mcp-Name/)
  const json = { origin, 'content-type': 'application/json' }
  const page = await send(url, { headers: json })
  t.match(page, { status: 401 })
  const exposed = page.headers['access-control-expose-headers']
  t.match(exposed, /WWW-Authenticate/, 'a page in a browser can read it')
  const foreign = { origin: 'https://evil.example' }
  const refused = await send(url, { method: 'OPTIONS', headers: foreign })
  t.equal(refused.status, 403)
  t.equal(upstream.calls.length, 0)
  const recorded = () =>
    new Map(
      records()
        .filter(({ decision }) => decision === 'unauthenticated')
        .map((one) => [one.reason, one]),
    )
  await until(() => recorded().size === answers.size)
  t.same([...recorded().keys()].sort(), [...answers.keys()].sort())
  t.match(recorded().get('expired token'), {
    tokenId: expired.id,
    subject: 'late',
  })
  t.notMatch(JSON.stringify(records()), new RegExp(mine.token.slice(-20)))
})

const ABSENT = ['no token', 'empty token', 'no bearer token']

const UNREPLACED = [
  ...['{GATEWAY_TOKEN}', '{env:GATEWAY_TOKEN}', '{input:x}'].map(
    (name) => `$${name}`,
  ),
  ...['$GATEWAY_TOKEN', '$env:GATEWAY_TOKEN', '%GATEWAY_TOKEN%', '$(cat t)'],
  ...['{{GATEWAY_TOKEN}}', '{{ secrets.T }}', '{token}', 'env:GATEWAY_TOKEN'],
  ...['<token>', '<your token>', 'gwt_<id>_<secret>', '[TOKEN]', 'gwt_...'],
  ...['gwt_', 'gwt_xxxx', 'gwt_TOKEN', 'YOUR_TOKEN', 'your-token-here'],
  ...['gwt_\xe2\x80\xa6', 'gwt_***', 'undefined', 'null', '[object Object]'],
]

const FOREIGN = [
  `ghp_${'a1B2'.repeat(9)}`,
  'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln',
  'eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn',
  `sk-${'x1'.repeat(20)}`,
  'x',
  'a%2Fb%3D%3D',
  'a'.repeat(4_000),
]

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
    'two byte order marks': `\ufeff\ufeff${text}`,
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

t.test('other paths and methods', async (t) => {
  const { url, adminUrl, bare } = await start(t)
  const { origin } = new URL(url)
  const get = (path: string, headers = {}) =>
    send(origin + path, { method: 'GET', headers })
  t.match(await get('/livez'), { status: 200, body: 'ok' })
  t.match(await get('/readyz'), { status: 200, body: 'ready' })
  for (const base of [origin, new URL(adminUrl).origin]) {
    const answer = await send(`${base}/%zz`, { method: 'GET' })
    t.match(answer, { status: 400, body: '{"error":"bad_request"}' })
  }
  const closed = [
    '/',
    '/status',
    '/health',
    '/MCP',
    '//mcp',
    '/mcp%2f',
    '/mcp;x',
    '/register',
    '/authorize?client_id=x',
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
  t.equal((await get('/mcp/')).status, 401)
  t.equal((await get('/mcp', bare)).status, 400)
  const put = await send(url, { method: 'PUT', headers: bare })
  t.equal(put.status, 405)
  for (const path of ['/status', '/health', '/metrics', '/']) {
    const answer = await send(adminUrl + path, { method: 'GET', headers: bare })
    t.equal(answer.status, 401, `admin ${path}`)
  }
})

/** A client program that registers itself where it is let. */
function makeProvider() {
  const redirectUrl = 'http://localhost/callback'
  const redirected: URL[] = []
  const provider = {
    redirectUrl,
    clientMetadata: { redirect_uris: [redirectUrl], client_name: 'odd' },
    clientInformation: () => undefined,
    saveClientInformation: () => undefined,
    tokens: () => undefined,
    saveTokens: () => undefined,
    redirectToAuthorization: (url: URL) => void redirected.push(url),
    saveCodeVerifier: () => undefined,
    codeVerifier: () => '',
  }
  return { provider, redirected }
}

t.test('what the clients of the SDKs print', async (t) => {
  const { url, expired } = await start(t)
  const info = { name: 'odd', version: '1' }
  const connect = (options: object) => [
    () => {
      const transport = new StreamableHTTPClientTransport(new URL(url), options)
      return new Client(info).connect(transport as never)
    },
    () => new Client2(info).connect(new Transport2(new URL(url), options)),
  ]
  const authorizations = {
    'takes a token of the gateway': undefined,
    'a placeholder, or the name of a variable': `Bearer $${'{TOKEN}'}`,
    [`token ${expired.id} expired at`]: `Bearer ${expired.token}`,
  }
  for (const [text, authorization] of Object.entries(authorizations)) {
    const headers = authorization === undefined ? {} : { authorization }
    for (const one of connect({ requestInit: { headers } })) {
      await t.rejects(one(), { message: new RegExp(text) })
    }
  }
  const { provider, redirected } = makeProvider()
  const message =
    /does not use OAuth. It takes a token of the gateway in a header/
  for (const one of connect({ authProvider: provider })) {
    await t.rejects(one(), { message })
  }
  t.same(redirected, [], 'nobody is sent to a page that is not there')
})

t.test('a probe while the gateway drains', async (t) => {
  const { gateway, url, adminUrl, mine, upstream, reload } = await start(t)
  const slow = {
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { all: { allow: { issues: ['slow'] } } },
  }
  await reload(slow)
  const params = { name: 'issues__slow', arguments: { ms: 500 } }
  const call = post(url, mine.token, 'tools/call', params)
  await until(() => gateway.status().calls.inFlight === 1, 'a call')
  const closed = gateway.close()
  const probe = `${new URL(adminUrl).origin}/readyz`
  const { status, body } = await send(probe, { method: 'GET' })
  t.match({ status, body }, { status: 503, body: 'draining' })
  t.match((await call).body, /done/)
  await closed
})

t.test('the endpoint is opened last, at once before the servers', async (t) => {
  const hosts: unknown[] = []
  const { listen } = Server.prototype
  Server.prototype.listen = function (this: Server, ...how: unknown[]) {
    hosts.push(Object(how[0]).host)
    return Reflect.apply(listen, this, how)
  } as typeof listen
  t.teardown(() => {
    Server.prototype.listen = listen
  })
  await serveConfig(
    t,
    { servers: {}, roles: {}, admin: { host: '127.0.0.2' } },
    [],
  )
  t.same(hosts, ['127.0.0.2', '127.0.0.1'])
})
