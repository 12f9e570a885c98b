// The public listener with TLS: what it serves, and which handshakes it refuses.
// Covers src/runtime/http, src/runtime/control.

import { connect as connectTcp } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import t from 'tap'
import { hasOpenssl } from '../harness/certificates.ts'
import { CALL } from '../harness/one-tool.ts'
import { connect } from '../harness/served.ts'
import {
  issueAll,
  makeClock,
  NO_CERTIFICATES,
  openScene,
  TLS,
  trust,
} from '../harness/tls.ts'
import { until } from '../harness/until.ts'
import { modernHeaders, send } from '../harness/wire.ts'

const skip = hasOpenssl() ? false : 'there is no openssl'
const certificates = skip ? NO_CERTIFICATES : issueAll(t)
const { ca, issued } = certificates
const { serveTls } = openScene(certificates)

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

  trust(t, ca.cert)
  for (const kind of ['sdk 1.x', 'sdk 2.x modern'] as const) {
    const client = await connect(t, kind, url, token)
    t.ok((await client.names()).includes('issues__search_issues'), kind)
    const progress: unknown[] = []
    await client.watch(
      'issues__slow',
      { ms: 1 },
      { onprogress: (one) => progress.push(one) },
    )
    t.equal(progress.length, 1, 'a stream')
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
    const more = { caps: { connections: 2 } }
    const { gateway, url } = await serveTls(t, TLS, more)
    const { hostname: host, port } = new URL(url)
    const open = async () => {
      const socket = connectTcp(Number(port), host)
      socket.on('error', () => undefined)
      const ended = new Promise((resolve) => socket.on('close', resolve))
      await new Promise((resolve) => socket.on('connect', resolve))
      return { socket, ended }
    }
    const silent = await open()
    const slow = await open()
    slow.socket.write(Buffer.from('160301', 'hex'))
    const third = await open()
    await third.ended
    t.notOk(silent.socket.destroyed, 'the third is one too many')
    const began = performance.now()
    await Promise.all([gateway.close(), silent.ended, slow.ended])
    t.ok(performance.now() - began < 9_000, 'no handshake is waited for')
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
