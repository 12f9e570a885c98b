// How requests leave the gateway: through real proxies, to real servers.
// Covers src/runtime/outward.

import { pino } from 'pino'
import t from 'tap'
import { Exporter } from '../../src/runtime/control/traces/exporter.ts'
import { fetchGuarded } from '../../src/runtime/oauth/fetch.ts'
import { Outward } from '../../src/runtime/outward/outward.ts'
import { NO_FILES } from '../../src/runtime/outward/trust.ts'
import { makeAuthority } from '../harness/authority.ts'
import { HERE } from '../harness/direct.ts'
import { startForwardProxy, startTlsFront } from '../harness/forward-proxy.ts'
import { gateway, makeFolder } from '../harness/gateway.ts'
import { makeServer } from '../harness/http-server.ts'
import { named, PASSWORD, serveOutward, startBoth } from '../harness/outward.ts'
import { startSseServer } from '../harness/sse-server.ts'
import { startCollector } from '../harness/tracing.ts'

t.test(
  'through a proxy with credentials, for TLS and for plain HTTP',
  async (t) => {
    const { server, authority } = await startBoth(t)
    const front = await startTlsFront(
      t,
      server.url,
      named(authority, 'mcp.acme.test'),
    )
    const proxy = await startForwardProxy(t, { credentials: `gw:${PASSWORD}` })
    const sse = await startSseServer(() => makeServer([], []))
    t.teardown(() => sse.close())
    const basic = { user: 'gw', secret: 'file:proxy.secret' }
    const common = {
      url: proxy.url,
      auth: { basic },
      noProxy: ['127.0.0.1'],
    }
    const { port } = new URL(server.url)
    const { call, find, logged, everything } = await serveOutward(
      t,
      {
        secure: { url: front.at('mcp.acme.test'), tls: { ca: authority.file } },
        plain: { url: `http://plain.acme.test:${port}/mcp` },
        old: { url: `http://old.acme.test:${sse.port}/sse` },
        near: { url: server.url },
        own: { url: server.url, proxy: false },
      },
      { proxy: common },
    )
    for (const name of ['secure', 'plain', 'old', 'near', 'own']) {
      t.equal(await call(name), 'found x', name)
    }
    const through = `through proxy localhost:${proxy.port} (\`proxy\`)`
    t.equal(find('secure')?.exit, through)
    t.equal(find('plain')?.exit, through)
    t.equal(find('near')?.exit, 'direct (noProxy)')
    t.equal(find('own')?.exit, null)
    t.ok(
      logged.some(
        (line) => line.includes(`"server":"old"`) && line.includes(through),
      ),
    )
    const hosts = new Set(proxy.asked.map((one) => one.split(':')[0]))
    t.same([...hosts].sort(), [
      'mcp.acme.test',
      'old.acme.test',
      'plain.acme.test',
    ])
    const text = everything()
    t.notMatch(text, PASSWORD)
    t.notMatch(text, Buffer.from(`gw:${PASSWORD}`).toString('base64'))
    for (const head of server.heads) t.notOk('proxy-authorization' in head)
  },
)

t.test('the environment counts only where the config says so', async (t) => {
  const { server, authority } = await startBoth(t)
  const secure = await startTlsFront(
    t,
    server.url,
    named(authority, 'mcp.acme.test'),
  )
  const proxy = await startForwardProxy(t, { credentials: `gw:${PASSWORD}` })
  const variables = {
    HTTP_PROXY: 'http://localhost:9',
    http_proxy: proxy.url,
    HTTPS_PROXY: `http://gw:${PASSWORD}@localhost:${proxy.port}`,
    NO_PROXY: 'near.acme.test, .inner.test,10.0.0.0/8',
  }
  Object.assign(process.env, variables, { NODE_USE_ENV_PROXY: '1' })
  t.teardown(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
    delete process.env.NODE_USE_ENV_PROXY
  })
  const tls = { ca: authority.file }
  const { call, find, state, everything } = await serveOutward(t, {
    ignored: { url: server.url },
    here: { url: server.url, proxy: 'env' },
    far: { url: secure.at('mcp.acme.test'), proxy: 'env', tls },
    near: { url: secure.at('near.acme.test'), proxy: 'env', tls },
    inner: { url: secure.at('a.inner.test'), proxy: 'env', tls },
    block: { url: secure.at('10.1.2.3'), proxy: 'env', tls, disabled: true },
  })
  t.equal(await call('ignored'), 'found x')
  t.equal(await call('here'), 'found x')
  t.equal(await call('far'), 'found x')
  t.equal(find('ignored')?.exit, null)
  t.equal(find('here')?.exit, 'direct (this host)')
  t.equal(
    find('far')?.exit,
    `through proxy localhost:${proxy.port} (HTTPS_PROXY)`,
  )
  t.equal(find('near')?.exit, 'direct (NO_PROXY)')
  t.equal(find('inner')?.exit, 'direct (NO_PROXY)')
  t.match(
    state('near'),
    /^down: name not found: near.acme.test has no address \(ENOTFOUND\)|^down: name not found: no name server/,
  )
  t.same(new Set(proxy.asked), new Set([`mcp.acme.test:${secure.port}`]))
  t.notMatch(everything(), PASSWORD)
})

t.test('what is wrong with a proxy, and that no call has run', async (t) => {
  const { server, authority } = await startBoth(t)
  const { port } = new URL(server.url)
  const url = `http://mcp.acme.test:${port}/mcp`
  const gone = await startForwardProxy(t, {})
  const start = async (options: object) => {
    const { url } = await startForwardProxy(t, options)
    return { url }
  }
  const pair = named(authority)
  const asked = { credentials: `gw:${PASSWORD}` }
  const wrong = { basic: { user: 'gx', secret: 'file:proxy.secret' } }
  const proxies: Record<string, object> = {
    asks: await start(asked),
    wrong: { ...(await start(asked)), auth: wrong },
    forbids: await start({ refusal: 'HTTP/1.1 403 No' }),
    kerberos: await start({
      refusal: 'HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate',
    }),
    tiny: { ...(await start({ refusal: 'HTTP/1.1 401 No' })), auth: wrong },
    fails: await start({ refusal: 'HTTP/1.1 503 No' }),
    odd: await start({ refusal: 'SSH-2.0-x' }),
    speaks: await start({ refusal: 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK' }),
    closed: { url: 'http://localhost:9' },
    unknown: { url: 'http://proxy.invalid:3128' },
    secure: await start({ tls: pair }),
    lacks: { url: gone.url, auth: { secret: 'env:NO_SUCH_VARIABLE' } },
  }
  const servers = Object.entries(proxies).map(([name, proxy]) => {
    return [name, { url, proxy }]
  })
  const { state, call } = await serveOutward(t, Object.fromEntries(servers))
  const at = 'proxy localhost:\\d+ \\(`proxy`\\)'
  const expected: Record<string, string> = {
    asks: `${at} refused \\(HTTP 407\\): it wants credentials: write them into \`auth\` of \`proxy\`; it accepts Basic`,
    wrong: `${at} refused \\(HTTP 407\\): it does not accept the credentials`,
    forbids: `${at} refused \\(HTTP 403\\): it does not allow a connection to mcp.acme.test:${port}`,
    kerberos: `${at} refused \\(HTTP 407\\): .*; it accepts Negotiate`,
    tiny: `${at} refused \\(HTTP 401\\): it does not accept the credentials`,
    fails: `${at} cannot reach the server \\(HTTP 503\\)`,
    odd: `${at} does not answer like a proxy`,
    speaks: `${at} does not answer like a proxy: it sent bytes`,
    closed: `proxy localhost:9 \\(\`proxy\`\\) cannot be reached: it refuses connections`,
    unknown: `proxy proxy.invalid:3128 \\(\`proxy\`\\) cannot be reached: name not found`,
    secure: `${at} cannot be reached: TLS is intercepted by Acme Inspection CA`,
    lacks: 'lacks a secret: secret env:NO_SUCH_VARIABLE is not set',
  }
  for (const [name, text] of Object.entries(expected)) {
    t.match(state(name), new RegExp(`^down: ${text}`), name)
  }
  t.equal(
    await call('forbids'),
    'Server forbids could not be reached. Tell the gateway’s operator.',
  )
  t.equal(
    await call('closed'),
    'Server closed could not be reached. Try again later.',
  )
  t.equal(server.heads.length, 0, 'nothing went to the server')
})

t.test('a proxy over TLS, which reads what it forwards', async (t) => {
  const { server, folder, authority } = await startBoth(t)
  const front = await startTlsFront(
    t,
    server.url,
    named(authority, 'a.acme.test'),
  )
  const secure = await startForwardProxy(t, { tls: named(authority) })
  const reading = await startForwardProxy(t, {
    intercept: named(authority, 'a.acme.test'),
  })
  const url = front.at('a.acme.test')
  const { call, state } = await serveOutward(
    t,
    {
      trusted: { url, proxy: { url: secure.url } },
      pinned: { url, proxy: { url: secure.url }, tls: { ca: authority.file } },
      read: { url, proxy: { url: reading.url }, tls: { ca: 'other.pem' } },
    },
    { tls: { caAppend: authority.file } },
    { 'other.pem': makeAuthority(folder, 'Other').pem },
  )
  t.equal(state('trusted'), 'up: null')
  t.equal(await call('trusted'), 'found x', 'TLS in TLS')
  t.equal(await call('pinned'), 'found x')
  t.match(state('read'), /^down: TLS is intercepted by Acme Inspection CA, or/)
})

t.test('what a server names is judged before the proxy is asked', async (t) => {
  const { server, authority } = await startBoth(t)
  const front = await startTlsFront(
    t,
    server.url,
    named(authority, '*.acme.test'),
  )
  const proxy = await startForwardProxy(t)
  const settings = {
    proxy: { url: proxy.url, auth: null, noProxy: [] },
    tls: { ...NO_FILES, common: authority.file },
  }
  const addresses: Record<string, readonly string[]> = {
    'inner.acme.test': ['10.1.2.3'],
    'mixed.acme.test': ['93.184.215.14', '169.254.169.254'],
  }
  const net = (own: string, outward = new Outward(settings, HERE)) => ({
    resolve: async (host: string) => {
      const known = addresses[host]
      if (!known) throw new Error('ENOTFOUND')
      return known
    },
    tell: (text: string) => text,
    signal: AbortSignal.timeout(20_000),
    ...{ own, outward },
  })
  const ask = (host: string, own = '') => {
    const url = new URL(`https://${host}:${front.port}/x`)
    const head = { method: 'GET', headers: {}, headOnly: true } as const
    return fetchGuarded(url, head, 'public', net(own))
  }
  t.match(await ask('id.acme.test'), { reach: 'public' }, 'no name server here')
  const inner = `https://inner.acme.test:${front.port}`
  t.match(await ask('inner.acme.test', inner), { reach: 'private' })
  t.equal(proxy.asked.length, 2)
  for (const host of [
    'inner.acme.test',
    'mixed.acme.test',
    'metadata.google.internal',
    'metadata',
    'printer.local.',
    '169.254.169.254',
    '[::ffff:10.0.0.1]',
  ]) {
    await t.rejects(ask(host), { message: /private network/ }, host)
  }
  t.equal(proxy.asked.length, 2, 'the proxy was not asked')
  const strict = new Outward({ ...settings, tls: NO_FILES }, HERE)
  const url = new URL(`https://id.acme.test:${front.port}/x`)
  const get = { method: 'GET', headers: {} } as const
  await t.rejects(fetchGuarded(url, get, 'public', net('', strict)), {
    message: /id\.acme\.test:\d+\/x TLS is intercepted by Acme Inspection CA/,
  })
})

t.test('traces go through the proxy of all servers', async (t) => {
  const proxy = await startForwardProxy(t)
  const collector = await startCollector(t)
  const { port } = new URL(collector.url)
  const proxies = { url: proxy.url, auth: null, noProxy: [] }
  const to = {
    url: `http://otlp.acme.test:${port}/v1/traces`,
    headers: async () => ({}),
    outward: new Outward({ proxy: proxies }, HERE),
  }
  const resource = { version: '1', instance: 'x' }
  const exporter = new Exporter(to, resource, pino({ level: 'silent' }))
  const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
  const times = { began: 0, ended: 0, failed: false }
  const rest = { parentId: undefined, attributes: [], name: 'x' }
  exporter.add('client', { ...ids, ...times, ...rest })
  await exporter.close(20_000)
  t.match(exporter.describe(), { exported: 1, problem: null })
  t.same(proxy.asked, [`otlp.acme.test:${port}`])
})

t.test(
  'check --live, with the CAs of Node beside those of the config',
  async (t) => {
    const { server, folder, authority } = await startBoth(t)
    const host = 'mcp.acme.test'
    const proxy = await startForwardProxy(t, { credentials: `gw:${PASSWORD}` })
    const other = makeAuthority(folder, 'Other CA')
    const [front, more] = [
      await startTlsFront(t, server.url, named(authority, host)),
      await startTlsFront(t, server.url, named(other, host)),
    ]
    const allow = { one: ['*'], two: ['*'] }
    const config = {
      proxy: 'env',
      servers: {
        one: { type: 'http', url: front.at(host) },
        two: {
          type: 'http',
          url: more.at(host),
          tls: { caAppend: other.file },
        },
        three: { type: 'http', url: more.at(host) },
      },
      roles: { all: { allow } },
    }
    const cwd = makeFolder(t, { 'gateway.config.json': JSON.stringify(config) })
    const env = {
      PATH: process.env.PATH ?? '',
      NODE_EXTRA_CA_CERTS: authority.file,
      HTTPS_PROXY: `http://gw:${PASSWORD}@localhost:${proxy.port}`,
    }
    const check = await gateway(['check', '--live'], { cwd, env })
    const said = check.stdout + check.stderr
    t.match(
      said,
      `hrough proxy localhost:${proxy.port} (HTTPS_PROXY): one, three, two`,
    )
    t.match(said, /2 of 3 servers answered/)
    t.match(said, /`three`.*TLS is intercepted by Other CA \(Acme\)/)
    t.notMatch(said, PASSWORD)
  },
)
