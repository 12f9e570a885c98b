// Real clients through the authorization server of the gateway: both SDKs, a
// client with a document, a gateway that starts again; and what is loaded.
// Covers src/runtime/login-server.

import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { compile } from '../../src/compile.ts'
import { systemClock } from '../../src/runtime/base/clock.ts'
import { Cookies } from '../../src/runtime/connect/cookies.ts'
import { startGateway } from '../../src/runtime/gateway.ts'
import { AuthorizationServer } from '../../src/runtime/login-server/authorization-server.ts'
import { OwnState } from '../../src/runtime/login-server/own-state.ts'
import { LoginPace } from '../../src/runtime/login-server/pace.ts'
import { Passing } from '../../src/runtime/login-server/passing.ts'
import { LoginState } from '../../src/runtime/login-server/state.ts'
import { Visits } from '../../src/runtime/login-server/visits.ts'
import { findCommonOutward } from '../../src/runtime/outward/outward.ts'
import { root } from '../harness/gateway.ts'
import {
  LOCAL,
  makeRequest,
  refresh,
  signIn,
  Visitor,
} from '../harness/login/oauth-client.ts'
import { openSdk, Program, type Sdk } from '../harness/login/sdk-program.ts'
import { serveLoginServer } from '../harness/login/server-scene.ts'
import { until } from '../harness/until.ts'
import { send } from '../harness/wire.ts'

for (const version of [1, 2] as const) {
  t.test(`SDK ${version}.x signs in, calls, and renews`, async (t) => {
    const { at } = await serveLoginServer(t)
    const program = new Program()
    const first = await openSdk(version, at, program)
    await t.rejects(first.client.connect(first.transport as never), {
      message: /unauthorized/i,
    })
    await first.finish(await program.walk())
    const { client, transport } = await openSdk(version, at, program)
    t.teardown(() => client.close())
    await client.connect(transport as never)
    const call = () =>
      (client as Sdk['client']).callTool({ name: 'issues__search_issues' })
    t.match(await call(), { content: [{ type: 'text' }] })
    const before = program.kept
    Object.assign(program, { kept: { ...before, access_token: 'expired' } })
    t.match(await call(), { content: [{ type: 'text' }] }, 'renewed')
    t.not(program.kept?.refresh_token, before?.refresh_token)
    t.equal(program.asked, 1, 'without the person')
  })
}

t.test('what the provider has ended, ends open things too', async (t) => {
  const { origin, at, list, identities } = await serveLoginServer(t)
  const dan = { email: 'dan@acme.com', groups: ['contractors'] }
  identities.people.dan = dan
  identities.choices.person = 'dan'
  const [one, other] = [await signIn(origin), await signIn(origin)]
  identities.choices.person = 'ada'
  const ada = await signIn(origin)
  const token = other.tokens.access_token
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const params = { protocolVersion: '2025-11-25', capabilities: {} }
  const message = { jsonrpc: '2.0', id: 0, method: 'initialize', params }
  const opened = await send(at, { headers, body: JSON.stringify(message) })
  const session = String(opened.headers['mcp-session-id'])
  const stream = await fetch(at, {
    headers: { ...headers, 'mcp-session-id': session },
  })
  t.equal(stream.status, 200)
  delete identities.people.dan
  const { body } = await refresh(origin, one.client, one.tokens.refresh_token)
  t.match(body, { error: 'invalid_grant' })
  await stream.text()
  t.pass('the stream of the other program has ended')
  for (const { tokens } of [one, other]) {
    t.equal((await list(tokens.access_token)).status, 401)
  }
  t.equal((await list(ada.tokens.access_token)).status, 200, 'nobody else')
  identities.people.dan = dan
  identities.choices.person = 'dan'
  const back = await signIn(origin)
  identities.choices.person = 'ada'
  let next = back.tokens
  // Tokens tell seconds: one of the same second has ended too.
  await until(async () => {
    if ((await list(next.access_token)).status === 200) return true
    next = (await refresh(origin, back.client, next.refresh_token)).body
    return false
  }, 'dan may come back')
  t.equal((await list(token)).status, 401, 'but not with what had ended')
})

t.test('a gateway that starts again asks nobody', async (t) => {
  const scene = await serveLoginServer(t)
  const { origin, folder, gateway, list } = scene
  const visitor = new Visitor()
  const { client, tokens } = await signIn(origin, visitor)
  const lost = await refresh(origin, client, tokens.refresh_token)
  t.equal(lost.status, 200)
  await gateway.close()
  const file = join(folder, 'gateway.config.json')
  t.notMatch(readFileSync(file, 'utf8'), 'canary-secret')
  const { artefact } = await compile({ cwd: folder, now: Date.now() })
  if (!artefact) throw new Error('it did not compile')
  const again = await startGateway({
    artefact,
    root: folder,
    version: '0.0.0-test',
    log: pino({ level: 'silent' }),
    env: process.env,
    port: Number(new URL(origin).port),
    adminPort: 0,
  })
  t.teardown(() => again.close())
  await again.ready()
  t.equal((await list(tokens.access_token)).status, 200, 'the same keys')
  const next = await refresh(origin, client, tokens.refresh_token)
  t.equal(next.status, 200)
  t.equal(next.body.refresh_token, lost.body.refresh_token, 'asked again')
  const third = await refresh(origin, client, lost.body.refresh_token)
  t.equal(third.status, 200)
  const used = await refresh(origin, client, tokens.refresh_token)
  t.match(used.body, { error: 'invalid_grant' }, 'its successor was used')
  const other = await visitor.follow(makeRequest(origin, client).url, LOCAL)
  t.equal(other.status, 200, 'the client is known')
})

t.test('a client that is named by its document', async (t) => {
  const folder = t.testdir()
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const command =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost'
  execFileSync(
    'openssl',
    [...command.split(' '), '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  )
  const document: Record<string, unknown> = {
    client_name: 'A program with a document',
    redirect_uris: ['http://127.0.0.1/callback', 'https://app.example/back'],
    token_endpoint_auth_method: 'none',
  }
  const asked: string[] = []
  const pem = { key: readFileSync(key), cert: readFileSync(cert) }
  const site = createSecure(pem, (request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/moved.json') {
      return response.writeHead(302, { location: '/client.json' }).end()
    }
    response.end(JSON.stringify(document))
  })
  await new Promise<void>((resolve) => site.listen(0, 'localhost', resolve))
  t.teardown(() => site.close())
  const home = `https://localhost:${(site.address() as AddressInfo).port}`
  const ask = await serveAlone(t, home, cert)
  document.client_id = `${home}/client.json`
  const good = await ask(`${home}/client.json`, 'http://127.0.0.1:9/callback')
  t.equal(good.status, 303, 'any port of loopback')
  await ask(`${home}/client.json`, 'https://app.example/back')
  t.equal(asked.length, 1, 'fetched once')
  const refused: [string, object][] = [
    ['/moved.json', {}],
    ['/other.json', {}],
    ['/secret.json', { client_secret: 'x' }],
    ['/proof.json', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['/plain.json', { redirect_uris: ['http://app.example/back'] }],
    ['/large.json', { more: 'x'.repeat(300_000) }],
  ]
  for (const [path, more] of refused) {
    const client_id =
      path === '/other.json' ? 'https://other.example/' : home + path
    const before = { ...document }
    Object.assign(document, { client_id, ...more })
    const page = await ask(home + path, 'http://127.0.0.1:9/callback')
    t.equal(page.status, 400, path)
    for (const name of Object.keys(document)) delete document[name]
    Object.assign(document, before)
  }
  t.notMatch(asked.slice(2).join(), '/client.json', 'no redirect is followed')
})

/** The authorization server alone, to which one origin is not a stranger. */
async function serveAlone(t: Test, documents: string, ca: string) {
  const server = createServer((request, response) => {
    const { url = '' } = request
    void own.answer(request, response, url.slice('/login'.length))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const stop = new AbortController()
  const state = new OwnState({
    folder: join(dirname(ca), 'state'),
    key: Buffer.alloc(32, 7),
    clock: systemClock,
    onProblem: (problem) => t.fail(problem),
  })
  const login = {
    issuer: 'http://localhost:1',
    path: '/sso/mcp',
    subject: 'email',
    teams: { claim: 'groups', map: [] },
    clients: null,
    audience: null,
    scopes: [],
    algorithms: ['ES256'],
    jwks: null,
    introspection: null,
    maxAge: 3_600_000,
    server: {
      client: { id: 'x', secret: { secret: 'env:X' } },
      scopes: [],
      parameters: {},
      redirects: null,
      registration: 'documents',
      accessToken: 600_000,
      refreshToken: 600_000,
    },
  } as const
  const log = pino({ level: 'silent' })
  const key = Buffer.alloc(32, 8)
  const secrets = { env: {}, root: '/' } as never
  const parts = {
    runtime: {
      ...{ clock: systemClock, log, routing: { table: { login } } },
      proxies: { nameAddress: () => '127.0.0.1' },
    },
    origin: () => origin,
    cookies: new Cookies(key, () => origin),
    secrets,
    state: () => state.open(),
    visits: new Visits(systemClock),
    passing: new Passing(systemClock),
    loginPace: new LoginPace(systemClock),
    cookieKey: key,
    tokenKey: key,
    documents,
    outward: () =>
      findCommonOutward({ proxy: null, tls: { caAppend: ca } }, secrets),
    signal: stop.signal,
  }
  const own = new AuthorizationServer(
    parts as never,
    origin,
    login as never,
    login.server as never,
  )
  t.teardown(async () => {
    stop.abort()
    own.close()
    server.closeAllConnections()
    server.close()
    await state.close()
  })
  return (client: string, redirect: string) => {
    const { url } = makeRequest(origin, client, {
      redirect_uri: redirect,
      scope: 'mcp',
      resource: `${origin}/sso/mcp`,
    })
    return new Visitor().open(url)
  }
}

const run = promisify(execFile)

t.test('its packages are loaded when it is first asked', async (t) => {
  const config = {
    servers: {},
    roles: { all: { allow: {} } },
    teams: { platform: { roles: ['all'] } },
  }
  const login = {
    issuer: 'http://localhost:1',
    teams: { claim: 'groups', map: { all: 'platform' } },
    server: { client: { id: 'x', secret: { secret: 'env:X' } } },
  }
  const folder = t.testdir({
    without: { 'gateway.config.json': JSON.stringify(config) },
    with: { 'gateway.config.json': JSON.stringify({ ...config, login }) },
    // oidc-provider is a module of ES; what it is made of is in this cache.
    'run.mjs': `
      import { createRequire } from 'node:module'
      const { cache } = createRequire(import.meta.url)
      const from = (path) => import('${root}/dist/src/' + path)
      const { compile } = await from('compile.js')
      const { startGateway } = await from('runtime/gateway.js')
      const note = (status) => console.log(status,
        Object.keys(cache).some((path) => path.includes('/node_modules/koa/')))
      const log = { debug() {}, info() {}, warn() {}, error() {}, flush() {} }
      for (const root of ['without', 'with']) {
        const { artefact } = await compile({ cwd: root, now: Date.now() })
        const gateway = await startGateway({
          artefact, root, version: '0', log, env: {}, port: 0, adminPort: 0,
        })
        const { origin } = new URL(gateway.url)
        const at = '/.well-known/oauth-authorization-server/login'
        note((await fetch(origin + at)).status)
        note((await fetch(origin + '/login/keys')).status)
        await gateway.close()
      }`,
  })
  const { stdout } = await run(process.execPath, ['run.mjs'], { cwd: folder })
  t.same(stdout.trim().split('\n'), [
    '404 false',
    '404 false',
    '200 false',
    '200 true',
  ])
})

t.test('what nobody uses goes, and the oldest makes place', async (t) => {
  const clock = { now: 1_000_000_000_000 }
  const options = {
    folder: join(t.testdir(), 'login'),
    key: Buffer.alloc(32, 7),
    clock: { ...systemClock, now: () => clock.now },
    onProblem: (problem: string) => t.fail(problem),
  }
  const state = new LoginState(options)
  const client = (used: number | null) => {
    return { metadata: {}, created: clock.now, used }
  }
  await state.saveClient('unused', client(null))
  await state.saveClient('used', client(clock.now))
  const payload = (more: object = {}) => ({
    accountId: 'ada',
    clientId: 'used',
    exp: clock.now / 1_000 + 3_600,
    ...more,
  })
  const person = {
    ...{ issuer: 'x', sub: 'ada', subject: 'ada', groups: [] },
    ...{ authenticated: 0, seen: clock.now, refreshToken: null, allowed: [] },
  }
  await state.savePerson('ada', person)
  const begin = async (id: string, isLocal: boolean) => {
    clock.now += 1_000
    state.hold(id, payload())
    state.describe(id, { authenticated: clock.now, isLocal })
    t.ok(await state.saveRefresh(id, payload({ grantId: id, jti: id })))
  }
  const there = () => state.signIns.entries().map(([id]) => id)
  await begin('a', false)
  await begin('b', false)
  t.same(there(), ['b'], 'one for a site')
  for (const id of ['c', 'd', 'e', 'f', 'g', 'h']) await begin(id, true)
  t.same(there(), ['d', 'e', 'f', 'g', 'h'], 'five for machines')
  t.notOk(await state.saveRefresh('gone', payload()))
  await state.clean((_, { authenticated }) => authenticated < clock.now)
  t.same(there(), ['h'], 'what was revoked')
  clock.now += 3_600_000
  await state.clean()
  t.same(there(), [], 'what has expired')
  await state.clean()
  t.ok(state.clients.get('unused'))
  clock.now += 86_400_000
  await state.clean()
  t.notOk(state.clients.get('unused'), 'after a day')
  t.ok(state.clients.get('used'))
  const soon = clock.now + 60_000
  t.ok(await state.useOnce('a', soon))
  t.notOk(await state.useOnce('a', soon))
  await state.close()
  const again = new LoginState(options)
  t.notOk(await again.useOnce('a', soon), 'used before a restart')
  clock.now += 60_000
  await again.clean()
  t.ok(await again.useOnce('a', soon), 'when it is too old anyway')
  t.same(
    again.clients.entries().map(([id]) => id),
    ['used'],
  )
  t.match(again.people.get('ada'), { subject: 'ada' })
  await again.close()
})
