// Servers that use the discovery of their authorization server for an attack:
// on other hosts, on the gateway's memory and time, on its credentials.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import type { HttpServer } from '../../src/contract/table.ts'
import {
  fetchGuarded,
  lookUp,
  type Net,
} from '../../src/runtime/oauth/fetch.ts'
import {
  findReach,
  mayReach,
  type Reach,
  type Resolve,
  reachOf,
} from '../../src/runtime/oauth/reach.ts'
import { requestToken } from '../../src/runtime/oauth/token-request.ts'
import { WhereToAsk } from '../../src/runtime/oauth/where.ts'
import { Outward } from '../../src/runtime/outward/outward.ts'
import { NO_FILES } from '../../src/runtime/outward/trust.ts'
import { DIRECT, HERE } from '../harness/direct.ts'
import { NO_PROGRAMS } from '../harness/no-programs.ts'
import { AUTH, tell } from '../harness/oauth/unsigned.ts'
import { until } from '../harness/until.ts'

const PUBLIC = '93.184.216.34'

/** A listener of this host that no server may reach. */
async function listen(
  t: Test,
  answer: RequestListener = () => {},
  host = '127.0.0.1',
) {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((done) => server.listen(0, host, done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, port, paths }
}

interface Named {
  readonly url: string
  readonly auth?: object
  /** Addresses of each name. */
  readonly names?: Readonly<Record<string, readonly string[]>>
  readonly resolve?: Resolve
}

function ask(
  {
    url,
    auth,
    names = {},
    resolve = async (host) => names[host] ?? [PUBLIC],
  }: Named,
  resourceMetadata?: string,
) {
  const server = { url } as unknown as HttpServer
  const where = new WhereToAsk(
    {
      server,
      auth: { ...AUTH, ...auth },
      resolve,
      tell,
      url: () => new URL(url),
      headers: () => ({}),
      outward: DIRECT,
      secrets: { env: {}, root: '/', programs: NO_PROGRAMS },
    },
    AbortSignal.timeout(20_000),
  )
  if (resourceMetadata !== undefined) {
    where.challenged({ error: undefined, scopes: [], resourceMetadata })
  }
  return where.find()
}

const LEDGER = 'https://ledger.example/mcp'

t.test('a public server names an address of this network', async (t) => {
  const { port, paths } = await listen(t)
  const names = { 'rebound.example': [PUBLIC, '127.0.0.1'] }
  const hosts = [
    `http://127.0.0.1:${port}`,
    `https://127.0.0.1:${port}`,
    `https://localhost:${port}`,
    `https://2130706433:${port}`,
    `https://[::1]:${port}`,
    `https://[::ffff:127.0.0.1]:${port}`,
    'https://10.1.2.3',
    'https://172.16.0.1',
    'https://192.168.0.1',
    'https://100.64.0.1',
    'https://169.254.169.254',
    'https://[fe80::1]',
    'https://[fd00::1]',
    'https://0.0.0.0',
    `https://rebound.example:${port}`,
  ]
  const local = { ...names, localhost: ['127.0.0.1'] }
  for (const host of hosts) {
    const named = `${host}/metadata`
    await t.rejects(
      ask({ url: LEDGER, names: local }, named),
      {
        message: /address of a private network, which the server may not name/,
      },
      named,
    )
  }
  t.same(paths, [], 'nothing was sent')
})

t.test('addresses that no server may name', async (t) => {
  const refused = {
    'http://metadata.example/x': /is not an https address/,
    'ftp://metadata.example/x': /is not an https address/,
    'file:///etc/passwd': /is not an https address/,
    'https://user:pass@metadata.example/x': /holds credentials/,
    'not an address': /is not an address/,
    '': /is not an address/,
  }
  for (const [named, message] of Object.entries(refused)) {
    await t.rejects(ask({ url: LEDGER }, named), { message }, named)
  }
})

t.test('how near an address is', async (t) => {
  const near: readonly (readonly [string, Reach | undefined])[] = [
    [PUBLIC, 'public'],
    ['2606:2800:220:1::1', 'public'],
    ['10.0.0.1', 'private'],
    ['::ffff:a00:1', 'private'],
    ['fd12::1', 'private'],
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['169.254.169.254', undefined],
    ['::ffff:169.254.169.254', undefined],
    ['64:ff9b::7f00:1', undefined],
    ['::ffff:0:7f00:1', undefined],
    ['3fff::1', undefined],
    ['5f00::1', undefined],
    ['2002:7f00:1::', undefined],
    ['fe80::1', undefined],
    ['::7f00:1', undefined],
    ['255.255.255.255', undefined],
    ['name.example', undefined],
  ]
  for (const [address, reach] of near) t.equal(reachOf(address), reach, address)
  t.ok(mayReach('loopback', '10.0.0.1'))
  t.notOk(mayReach('private', '127.0.0.1'))
  t.notOk(mayReach('loopback', '169.254.169.254'))
  const both = async () => ['10.0.0.1', PUBLIC]
  t.equal(await findReach('x.example', both), 'public', 'the farthest counts')
})

/** A server on this host that names what is answered at `/named`. */
async function name(t: Test, answer: RequestListener, auth: object = {}) {
  const { origin } = await listen(t, answer)
  const names = { '127.0.0.1': ['127.0.0.1'] }
  return {
    origin,
    found: ask({ url: `${origin}/mcp`, auth, names }, `${origin}/named`),
  }
}

const tells =
  (metadata: object): RequestListener =>
  (_, response) =>
    void response.end(JSON.stringify(metadata))

t.test('metadata that is not what it should be', async (t) => {
  const elsewhere = await listen(t)
  const redirects: RequestListener = (_, response) => {
    response.writeHead(302, { location: `${elsewhere.origin}/secret` }).end()
  }
  const endless: RequestListener = (_, response) => {
    const piece = 'x'.repeat(65_536)
    const more = () => response.write(piece, (error) => error || more())
    more()
  }
  const cases: readonly (readonly [RequestListener, RegExp])[] = [
    [redirects, /answers with a redirect, which is not followed/],
    [endless, /its answer is too long/],
    [tells({}), /is about nothing, not about this server/],
    [
      tells({ resource: 'https://other.example/mcp' }),
      /is about https:\/\/other/,
    ],
    [tells([]), /is not JSON metadata/],
    [(_, response) => void response.writeHead(404).end(), /names no authoriz/],
    [(_, response) => void response.writeHead(500).end(), /fails: HTTP 500/],
    [({ socket }) => void socket.destroy(), /cannot be reached/],
  ]
  for (const [answer, message] of cases) {
    const { found } = await name(t, answer)
    await t.rejects(found, { message }, String(message))
  }
  t.same(elsewhere.paths, [], 'no redirect was followed')
})

t.test('an issuer is the one that was asked for', async (t) => {
  for (const own of ['', '/', '/other', 'x']) {
    const { origin } = await listen(t, (request, response) => {
      const host = `http://${request.headers.host}`
      const issuer = own === '' ? undefined : host + own
      tells({ issuer, token_endpoint: `${host}/token` })(request, response)
    })
    const names = { '127.0.0.1': ['127.0.0.1'] }
    const found = ask({ url: LEDGER, auth: { issuer: origin }, names })
    await t.rejects(found, { message: /both must be equal, letter by letter/ })
  }
})

t.test('a name that is near only while the gateway looks', async (t) => {
  const far = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address
  if (far === undefined) return t.comment('this host has no other address')
  const victim = await listen(t)
  const server = await listen(
    t,
    ({ url }, response) => {
      const named = `Bearer resource_metadata="${victim.origin}/named"`
      if (url === '/mcp') response.writeHead(401, { 'www-authenticate': named })
      const token_endpoint = `${victim.origin}/token`
      response.end(JSON.stringify({ issuer: origin, token_endpoint }))
    },
    far,
  )
  const origin = `http://ledger.example:${server.port}`
  for (const nearAt of [0, 1]) {
    let looks = 0
    const resolve = async () => [looks++ === nearAt ? '127.0.0.1' : far]
    const named = { url: `${origin}/mcp`, resolve }
    await t.rejects(ask(named), { message: /private network|not reach|cannot/ })
    looks = 0
    const auth = { issuer: origin }
    const found = await ask({ ...named, auth }).catch(() => undefined)
    t.not(found?.from, 'loopback', 'nor does an issuer')
  }
  t.same(victim.paths, [], 'nothing was sent')
})

t.test('an issuer whose path looks like a host', async (t) => {
  const other = await listen(t, (_, response) => {
    response.end(JSON.stringify({ issuer, token_endpoint: issuer }))
  })
  const { origin, paths } = await listen(t, (_, response) => {
    response.writeHead(404).end()
  })
  const issuer = `${origin}//127.0.0.1:${other.port}`
  const names = { '127.0.0.1': ['127.0.0.1'] }
  await t.rejects(ask({ url: LEDGER, auth: { issuer }, names }), {
    message: /has no metadata/,
  })
  t.equal(paths.length, 3)
  t.same(other.paths, [], 'only the issuer was asked')
})

t.test('a public issuer names a token endpoint on this host', async (t) => {
  const { origin, paths } = await listen(t)
  const net = {
    resolve: async () => [PUBLIC],
    tell,
    signal: AbortSignal.timeout(20_000),
    own: 'https://ledger.example',
    outward: DIRECT,
  }
  const tokenEndpoint = `${origin}/token`
  const issuer = {
    issuer: 'https://id.example',
    tokenEndpoint,
    methods: undefined,
    reach: undefined,
  }
  const request = {
    server: 'ledger',
    auth: AUTH,
    credential: 'a-client-secret-of-thirty-signs',
    issuer,
    scopes: [],
    resource: undefined,
    from: 'public',
    net,
    hide() {},
  } as const
  await t.rejects(requestToken(request), { message: /private network/ })
  t.same(paths, [], 'the secret was not sent')
})

t.test('an answer that drips', async (t) => {
  const { origin } = await listen(t, (_, response) => {
    const timer = setInterval(() => response.write(' '), 10)
    response.on('close', () => clearInterval(timer))
  })
  const net: Net = {
    resolve: async () => [],
    tell,
    signal: AbortSignal.timeout(20_000),
    ms: 300,
    own: '',
    outward: DIRECT,
  }
  const get = { method: 'GET', headers: {} } as const
  await t.rejects(fetchGuarded(new URL(origin), get, 'loopback', net), {
    message: `${origin} cannot be reached: it did not answer in time`,
  })
})

t.test('an answer that never comes, while memory is freed', async (t) => {
  const { origin } = await listen(t, () => {})
  const { signal } = new AbortController()
  const [own, outward] = ['', DIRECT]
  const net: Net = {
    resolve: async () => [],
    tell,
    signal,
    ms: 500,
    own,
    outward,
  }
  const get = { method: 'GET', headers: {} } as const
  const asked = fetchGuarded(new URL(origin), get, 'loopback', net)
  const looked = lookUp(new Promise(() => {}), net)
  let isOver = false
  const both = Promise.allSettled([asked, looked]).finally(() => {
    isOver = true
  })
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await until(() => {
    collect()
    return isOver
  })
  t.match(await both, [{ status: 'rejected' }, { status: 'rejected' }])
})

t.test(
  'certificates are verified, and the CAs of a server are its own',
  async (t) => {
    const folder = t.testdir()
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const made = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost'
    const named = ['-addext', 'subjectAltName=DNS:localhost']
    const files = ['-keyout', key, '-out', cert]
    const command = [...made.split(' '), ...named, ...files]
    try {
      execFileSync('openssl', command, { stdio: 'ignore' })
    } catch {
      t.comment('there is no openssl')
      return
    }
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    t.teardown(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
    const options = { key: readFileSync(key), cert: readFileSync(cert) }
    const tls = { ...NO_FILES, ca: cert }
    const outward = new Outward({ tls }, HERE)
    const server = createSecure(options, (_, response) => response.end('{}'))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    t.teardown(() => void server.close())
    const { port } = server.address() as AddressInfo
    const url = new URL(`https://localhost:${port}/x`)
    const net = (origin: string): Net => ({
      resolve: async () => ['127.0.0.1'],
      tell,
      signal: AbortSignal.timeout(20_000),
      own: origin,
      outward,
    })
    const get = { method: 'GET', headers: {} } as const
    const answer = await fetchGuarded(url, get, 'public', net(url.origin))
    t.equal(answer.status, 200, 'the operator trusts it, wherever it is')
    await t.rejects(
      fetchGuarded(url, get, 'loopback', net('https://ledger.example')),
      {
        message:
          /certificate is signed by nobody else: .*DEPTH_ZERO_SELF_SIGNED_CERT/,
      },
    )
  },
)
