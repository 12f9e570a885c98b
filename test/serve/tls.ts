// The public listener with TLS: what it serves, which handshakes it refuses, how
// it takes a new certificate, and how it starts without a good one.
// Covers src/runtime/http, src/runtime/control, src/cli/live.

import { createPrivateKey } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import type { Clock } from '../../src/runtime/base/clock.ts'
import { deriveToken, readKey } from '../../src/runtime/base/key.ts'
import {
  hasOpenssl,
  issueCertificate,
  issueChain,
} from '../harness/certificates.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { CALL } from '../harness/one-tool.ts'
import { connect, issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { modernHeaders, send } from '../harness/wire.ts'

const skip = hasOpenssl() ? false : 'there is no openssl'

/** All certificates of this file: openssl costs more than the tests. */
const made = mkdtempSync(join(tmpdir(), 'certificates-'))
t.teardown(() => rmSync(made, { recursive: true }))
const { ca, own } = skip ? { ca: NONE(), own: NONE() } : issueChain(made)
const issued = skip
  ? {
      next: NONE(),
      soon: NONE(),
      strangers: NONE(),
      client: NONE(),
      stranger: NONE(),
    }
  : {
      next: issueCertificate(made, 'next', { by: 'ca', days: 200 }),
      soon: issueCertificate(made, 'soon', { by: 'ca', days: 20 }),
      strangers: issueCertificate(made, 'strangers', { names: '' }),
      client: issueCertificate(made, 'client', { by: 'ca', names: 'DNS:ann' }),
      stranger: issueCertificate(made, 'stranger', {
        by: 'strangers',
        names: 'DNS:eve',
      }),
    }

function NONE() {
  return { cert: '', key: '' }
}

const FILES = { 'cert.pem': own.cert, 'key.pem': own.key, 'ca.pem': ca.cert }
const TLS = { cert: 'cert.pem', key: 'key.pem' }

interface Line {
  readonly level: number
  readonly msg: string
  readonly reason?: string
}

async function serveTls(
  t: Test,
  tls: object = TLS,
  more: object = {},
  clock?: Clock,
) {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const config = (next: object | undefined) => ({
    listen: next ? { tls: next, ...more } : more,
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { all: { allow: { issues: ['*'] } } },
  })
  const lines: Line[] = []
  const log = pino(
    { level: 'info' },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  )
  const served = await serveConfig(t, config(tls), [mine], clock, FILES, log)
  const { token } = mine
  const url = served.gateway.url
  const ask = (trust: ConnectionOptions = {}, text = 'x', id = 7) =>
    send(url, {
      headers: {
        ...modernHeaders(token, 'tools/call', CALL.params.name),
        connection: 'close',
      },
      body: JSON.stringify({
        ...CALL,
        id,
        params: { ...CALL.params, arguments: { query: text } },
      }),
      tls: { ca: ca.cert, ...trust },
    })
  const save = (name: string, text: string) =>
    writeFileSync(join(served.folder, name), text)
  return { ...served, upstream, token, url, ask, lines, save, config }
}

/** One connection that stays open, and the status of a call on it. */
async function connectOnce(url: string) {
  const { hostname: host, port } = new URL(url)
  const socket = connectTls({ host, port: Number(port), ca: ca.cert })
  await new Promise((resolve) => socket.on('secureConnect', resolve))
  return {
    ask: async () => {
      socket.write(`GET /livez HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
      const head = await new Promise((resolve) => socket.once('data', resolve))
      return Number(String(head).split(' ')[1])
    },
    end: () => socket.destroy(),
  }
}

async function readMetrics(adminUrl: string, folder: string): Promise<string> {
  const token = deriveToken(readKey(join(folder, 'gateway.key')), 'admin')
  const headers = { authorization: `Bearer ${token}` }
  return (await send(`${adminUrl}/metrics`, { method: 'GET', headers })).body
}

/** The common name of what a new connection gets. */
async function nameServed(url: string, more: ConnectionOptions = {}) {
  const { hostname: host, port } = new URL(url)
  const socket = connectTls({ host, port: Number(port), ca: ca.cert, ...more })
  return new Promise<string>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('secureConnect', () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
  })
}

t.test('calls over TLS', { skip }, async (t) => {
  const { url, token, ask, upstream, gateway } = await serveTls(t)
  t.match(url, /^https:\/\/127\.0\.0\.1:\d+\/mcp$/)
  t.equal(gateway.status().url, url)
  t.match(gateway.adminUrl, /^http:/, 'the admin listener has no TLS')
  const small = await ask()
  t.equal(small.status, 200, small.body)
  const large = await ask({}, 'x'.repeat(2_000_000))
  t.equal(large.status, 200, 'a body in many records')
  t.same(upstream.calls, ['search_issues', 'search_issues'])
  const refused = await send(url, {
    headers: { ...modernHeaders('gwt_x', 'tools/list') },
    body: '{}',
    tls: { ca: ca.cert },
  })
  t.equal(refused.status, 401)
  const probe = await send(new URL('/livez', url).href, {
    method: 'GET',
    tls: { ca: ca.cert },
  })
  t.equal(probe.body, 'ok', 'what is not for our reader')

  const before = getGlobalDispatcher()
  const trusting = new Agent({ connect: { ca: ca.cert } })
  setGlobalDispatcher(trusting)
  t.teardown(async () => {
    setGlobalDispatcher(before)
    await trusting.close()
  })
  for (const kind of ['sdk 1.x', 'sdk 2.x modern'] as const) {
    const client = await connect(t, kind, url, token)
    t.ok((await client.names()).includes('issues__search_issues'), kind)
    const progress: unknown[] = []
    await client
      .watch(
        'issues__slow',
        { ms: 30 },
        { onprogress: (one) => progress.push(one) },
      )
      .catch(() => undefined)
  }
})

t.test(
  'requests on one connection, and a client that hangs up',
  { skip },
  async (t) => {
    const { url, token, upstream } = await serveTls(t)
    const { hostname: host, port } = new URL(url)
    const head = Object.entries(
      modernHeaders(token, 'tools/call', CALL.params.name),
    )
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    const body = JSON.stringify(CALL)
    const whole = `POST /mcp HTTP/1.1\r\nhost: ${host}:${port}\r\n${head}content-length: ${body.length}\r\n\r\n${body}`
    const socket = connectTls({
      host,
      port: Number(port),
      ca: ca.cert,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    let answers = ''
    socket.on('data', (chunk) => {
      answers += chunk
    })
    const ended = new Promise((resolve) => socket.on('close', resolve))
    socket.write(whole.slice(0, 70))
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.write(whole.slice(70) + whole)
    await until(
      () => answers.split('HTTP/1.1 200').length === 3,
      'both answers',
    )
    t.equal(socket.alpnProtocol, 'http/1.1')
    t.equal(upstream.calls.length, 2)
    // Not for our reader: Node's parser goes on where it stopped.
    socket.write(`GET /livez HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
    await until(() => answers.endsWith('ok'), 'the probe')
    socket.end()
    await ended
    t.pass('half a close ends the connection')
  },
)

t.test('handshakes that fail', { skip }, async (t) => {
  const { url, ask, lines, records, gateway, token } = await serveTls(t)
  const { hostname: host, port: text } = new URL(url)
  const port = Number(text)
  const tryTls = (options: ConnectionOptions) =>
    new Promise<string>((resolve) => {
      const socket = connectTls({ host, port, ca: ca.cert, ...options })
      socket.on('secureConnect', () => {
        socket.destroy()
        resolve('connected')
      })
      socket.on('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code ?? ''),
      )
    })
  const tryPlain = (bytes: string) =>
    new Promise<string>((resolve) => {
      const socket = connectTcp(port, host, () => socket.write(bytes))
      let got = ''
      socket.on('data', (chunk) => {
        got += chunk
      })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(got))
    })
  const plain = `POST /mcp HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`
  t.equal(await tryPlain(plain), '', 'plain HTTP is ended')
  t.equal(await tryPlain('\0'.repeat(40)), '', 'and so is what is nothing')
  t.match(await tryTls({ ALPNProtocols: ['h2'] }), /NO_APPLICATION_PROTOCOL/)
  t.match(
    await tryTls({
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    }),
    /PROTOCOL/,
  )
  t.equal(await tryTls({ maxVersion: 'TLSv1.2' }), 'connected')
  t.equal(await tryTls({ minVersion: 'TLSv1.3' }), 'connected')
  // As the check of a load balancer does.
  await new Promise((resolve) => {
    const socket = connectTcp(port, host, () => socket.destroy())
    socket.on('close', resolve)
  })
  t.equal((await ask()).status, 200, 'it goes on')
  const failed = lines.filter(({ msg }) => msg === 'a TLS handshake failed')
  t.match(failed, [
    {
      level: 40,
      ip: '127.0.0.1',
      reason: 'plain HTTP was sent to the port of TLS',
    },
  ])
  t.equal(failed.length, 1, 'one line a minute')
  t.notMatch(JSON.stringify(lines), token)
  await gateway.close()
  const counted = records().filter(
    (one) => (one as { reason?: string }).reason === 'TLS handshake',
  )
  t.ok(counted.length > 0, 'they are in the audit')
})

t.test(
  'a handshake counts as a connection, and ends with the gateway',
  { skip },
  async (t) => {
    const served = await serveTls(t, TLS)
    const { config, gateway, url } = served
    const { hostname: host, port } = new URL(url)
    t.ok(config)
    const silent = connectTcp(Number(port), host)
    await new Promise((resolve) => silent.on('connect', resolve))
    const ended = new Promise((resolve) => silent.on('close', resolve))
    silent.on('error', () => undefined)
    const began = Date.now()
    await Promise.all([gateway.close(), ended])
    t.ok(Date.now() - began < 9_000, 'no handshake is waited for')
  },
)

/** A clock whose seconds the test counts. */
function makeClock() {
  const ticks = new Set<() => void>()
  let shift = 0
  return {
    now: () => Date.now() + shift,
    monotonic: () => performance.now() + shift,
    every: (_ms: number, run: () => void) => {
      ticks.add(run)
      return () => ticks.delete(run)
    },
    /** Housekeeping of one second, as the files are read anew. */
    async second(times = 1) {
      for (let at = 0; at < times * 10; at++) {
        for (const run of ticks) run()
        if (at % 10 === 9) await new Promise((done) => setTimeout(done, 8))
      }
    },
    /** Housekeeping of a minute, without a look at the files. */
    minute() {
      for (let at = 0; at < 600; at++) for (const run of ticks) run()
    },
    shift: (ms: number) => {
      shift += ms
    },
  }
}

t.test('a new certificate', { skip }, async (t) => {
  const clock = makeClock()
  const served = await serveTls(t, TLS, {}, clock)
  const { url, save, lines, gateway, ask, folder } = served
  const told = (text: string) =>
    lines.filter(({ msg }) => msg.includes(text)).length
  const open = await connectOnce(url)
  t.equal(await nameServed(url), 'own')

  save('cert.pem', issued.next.cert)
  await clock.second(2)
  t.equal(await nameServed(url), 'own', 'half a pair is no pair')
  t.equal(gateway.status().certificate?.problem, null, 'the key may follow')
  save('key.pem', issued.next.key)
  await clock.second()
  t.equal(await nameServed(url), 'next')
  t.equal((await ask()).status, 200)
  t.equal(told('a new certificate is served'), 1)
  t.equal(await open.ask(), 200, 'an open connection goes on')
  await clock.second(5)
  t.equal(told('a new certificate is served'), 1, 'told once')

  const faults = [
    ['cert.pem', 'no certificate', /`cert\.pem`, .*holds no certificate/],
    [
      'cert.pem',
      own.cert,
      /`key\.pem`, .* does not belong to the certificate in `cert\.pem`/,
    ],
    ['key.pem', '', /`key\.pem`, .*holds no private key/],
  ] as const
  for (const [name, text, why] of faults) {
    save('cert.pem', issued.next.cert)
    save('key.pem', issued.next.key)
    await clock.second(2)
    save(name, text)
    await clock.second(4)
    t.equal(await nameServed(url), 'next', String(why))
    t.match(gateway.status().certificate?.problem, why)
    t.match(
      await readMetrics(gateway.adminUrl, folder),
      /^portcullis_certificate_stale 1$/m,
    )
  }
  t.equal(told('the certificate is not replaced'), 3, 'told once each')
  t.notMatch(JSON.stringify([lines, gateway.status()]), 'PRIVATE KEY')

  save('cert.pem', own.cert)
  save('key.pem', own.key)
  await clock.second()
  t.equal(await nameServed(url), 'own', 'tried again')
  t.equal(gateway.status().certificate?.problem, null)
  for (const name of ['cert', 'key'] as const) {
    save(`${name}.new`, issued.next[name])
    renameSync(join(folder, `${name}.new`), join(folder, `${name}.pem`))
  }
  await clock.second()
  t.equal(await nameServed(url), 'next', 'files that were renamed')
  rmSync(join(folder, 'key.pem'))
  await clock.second(4)
  t.match(
    gateway.status().certificate?.problem,
    /`key\.pem`, .* does not exist/,
  )
  t.equal((await ask()).status, 200)
  open.end()
})

t.test(
  'a certificate behind links, as Kubernetes mounts it',
  { skip },
  async (t) => {
    const mount = join(made, 'mount')
    const put = (version: string, { cert, key }: typeof own) => {
      mkdirSync(join(mount, version), { recursive: true })
      writeFileSync(join(mount, version, 'tls.crt'), cert)
      writeFileSync(join(mount, version, 'tls.key'), key)
      symlinkSync(version, join(mount, '..data_tmp'))
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
    }
    put('..1', own)
    symlinkSync('..data/tls.crt', join(mount, 'tls.crt'))
    symlinkSync('..data/tls.key', join(mount, 'tls.key'))
    const clock = makeClock()
    const tls = { cert: join(mount, 'tls.crt'), key: join(mount, 'tls.key') }
    const { url } = await serveTls(t, tls, {}, clock)
    t.equal(await nameServed(url), 'own')
    await clock.second(4)
    put('..2', issued.next)
    await clock.second()
    t.equal(await nameServed(url), 'next')
  },
)

t.test('client certificates', { skip }, async (t) => {
  const clock = makeClock()
  const strict = { ...TLS, clientCa: 'ca.pem' }
  const served = await serveTls(t, TLS, {}, clock)
  const { ask, reload, config, lines, save, gateway } = served
  const { client, stranger, strangers } = issued
  const fails = (trust: ConnectionOptions = {}) =>
    ask(trust).then(
      ({ status }) => status,
      () => 'refused',
    )
  const both = { maxVersion: 'TLSv1.2' } as const
  t.equal(await fails(), 200)
  await reload(config(strict))
  const kept = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  t.equal(await fails(), 'refused', 'by a swap, at once')
  t.equal(await fails(both), 'refused')
  t.equal(await fails(stranger), 'refused', 'of another authority')
  t.equal(await fails({ ...stranger, ...both }), 'refused')
  if (kept === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  t.equal(await fails(client), 200)
  t.equal(await fails({ ...client, ...both }), 200)
  t.ok(gateway.status().certificate?.clients)
  t.match(
    lines.find(({ msg }) => msg === 'a TLS handshake failed'),
    {
      ip: '127.0.0.1',
      reason: 'no client certificate',
    },
  )
  clock.shift(61_000)
  t.equal(await fails(stranger), 'refused')
  await until(
    () =>
      lines.filter(({ msg }) => msg === 'a TLS handshake failed').length === 2,
  )
  t.match(lines.at(-1), {
    ip: '127.0.0.1',
    reason: 'a client certificate of another authority',
  })

  save('ca.pem', strangers.cert)
  await clock.second()
  t.equal(await fails(client), 'refused', 'authorities are read again')
  t.equal(await fails(stranger), 200)
  await reload(config(TLS))
  t.equal(await fails(), 200, 'and asked for no longer')
})

t.test('other files by a swap', { skip }, async (t) => {
  const { url, config, reload, save, gateway } = await serveTls(t)
  save('second.pem', issued.next.cert)
  save('second.key', issued.next.key)
  const second = { cert: 'second.pem', key: 'second.key' }
  await reload(config(second))
  t.equal(await nameServed(url), 'next')
  t.equal(gateway.status().certificate?.file, 'second.pem')
  const bad = reload(config({ cert: 'second.pem', key: 'key.pem' }))
  await t.rejects(bad, /does not belong to the certificate/)
  t.equal(await nameServed(url), 'next', 'the table is rejected')
  await reload(config(undefined))
  t.match(gateway.status().reloads.last?.atNextStart, ['listen.tls'])
  t.equal(await nameServed(url), 'next', 'without TLS from the next start on')
})

t.test('certificates that end soon', { skip }, async (t) => {
  const clock = makeClock()
  const { lines, gateway, save, folder, url, ask } = await serveTls(
    t,
    { ...TLS, clientCa: 'ca.pem' },
    {},
    clock,
  )
  const warnings = () =>
    lines
      .filter(({ msg }) => /of the listener (?:expire|is not)/.test(msg))
      .map(({ msg }) => msg)
  t.same(warnings(), [])
  const metrics = await readMetrics(gateway.adminUrl, folder)
  for (const use of ['listener', 'clients']) {
    const [, value = ''] =
      new RegExp(`_expiry_timestamp_seconds\\{use="${use}"\\} (\\S+)`).exec(
        metrics,
      ) ?? []
    const days = (Number(value) - Date.now() / 1_000) / 86_400
    t.ok(days > 89 && days <= 90, `${use}: ${days} days`)
  }
  save('cert.pem', issued.soon.cert)
  save('key.pem', issued.soon.key)
  await clock.second()
  t.match(warnings(), [
    /^the certificate of the listener expires at .*, in 19 days$/,
  ])
  t.match(gateway.status().certificate?.warning, /in 19 days$/)
  clock.minute()
  t.equal(warnings().length, 1, 'once a day')
  clock.shift(86_400_000)
  clock.minute()
  t.equal(warnings().length, 2)
  clock.shift(80 * 86_400_000)
  clock.minute()
  t.match(warnings().slice(2), [
    /^the certificate of the listener expired at/,
    /^the client authority of the listener expires at .*, in 8 days$/,
  ])
  const trust = { ...issued.client, rejectUnauthorized: false }
  t.equal(await nameServed(url, trust), 'soon', 'it is served all the same')
  t.equal((await ask(trust)).status, 401, 'the token has ended too')
})

t.test('a start that cannot serve', { skip }, async (t) => {
  const encrypted = createPrivateKey(own.key).export({
    format: 'pem',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  }) as string
  const chain = issued.strangers.cert + own.cert
  const rows: readonly (readonly [
    string,
    Readonly<Record<string, string>>,
    RegExp,
  ])[] = [
    [
      'a missing certificate',
      { 'key.pem': own.key },
      /`cert\.pem`, the file of `listen\.tls\.cert`, does not exist/,
    ],
    [
      'a missing key',
      { 'cert.pem': own.cert },
      /`key\.pem`, the file of `listen\.tls\.key`, does not exist/,
    ],
    [
      'the two confused',
      { 'cert.pem': own.key, 'key.pem': own.cert },
      /`cert\.pem`, .*holds no certificate in PEM form/,
    ],
    [
      'a damaged certificate',
      { 'cert.pem': own.cert.replace('MII', 'AAA'), 'key.pem': own.key },
      /certificate that is damaged/,
    ],
    [
      'an encrypted key',
      { 'cert.pem': own.cert, 'key.pem': encrypted },
      /`key\.pem`, .* is encrypted: write the key without a password/,
    ],
    [
      'the key of another',
      { 'cert.pem': own.cert, 'key.pem': issued.next.key },
      /does not belong to the certificate in `cert\.pem`/,
    ],
    [
      'a chain in the wrong order',
      { 'cert.pem': chain, 'key.pem': own.key },
      /certificate 2 of `cert\.pem`: the first one must be the gateway's own/,
    ],
  ]
  for (const [name, files, why] of rows) {
    const config = { listen: { tls: TLS }, servers: {} }
    const served = serveConfig(t, config, [], undefined, files)
    await t.rejects(served, why, name)
  }
})
