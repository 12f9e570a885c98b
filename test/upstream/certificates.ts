// TLS to servers: what is wrong with a certificate, and client certificates.
// Real servers, a real nginx, certificates made with openssl.
// Covers src/runtime/outward.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeAuthority, makePair, type Pair } from '../harness/authority.ts'
import { startNginx, startTlsFront } from '../harness/forward-proxy.ts'
import { named, serveOutward, startBoth } from '../harness/outward.ts'
import { until } from '../harness/until.ts'

t.test('what is wrong with a certificate', async (t) => {
  const { server, folder, authority } = await startBoth(t)
  const front = async (pair: Pair, tls: object = {}) => {
    const { at } = await startTlsFront(t, server.url, pair)
    return { url: at(), tls }
  }
  const trusted = { ca: authority.file }
  const good = named(authority)
  const chain = { ...good, cert: good.cert + authority.pem }
  const hostile = makeAuthority(folder, 'A\u202eB".\u001b[31m run')
  const { state, call, everything } = await serveOutward(
    t,
    {
      read: await front(chain),
      cut: await front(authority.issue('DNS:localhost', { hasLocation: true })),
      alone: await front(good),
      hostile: await front(named(hostile)),
      expired: await front(
        authority.issue('DNS:localhost', { days: -1 }),
        trusted,
      ),
      other: await front(named(authority, 'x.acme.test'), trusted),
      self: await front(makePair(folder)),
      plain: { url: server.url.replace('http:', 'https:') },
      added: await front(chain, { caAppend: authority.file }),
      both: await front(chain, { caAppend: 'two.pem' }),
    },
    {},
    { 'two.pem': `${hostile.pem}\n${authority.pem}` },
  )
  const issuer = 'Acme Inspection CA'
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  const expected: Record<string, string> = {
    read: `TLS is intercepted by ${issuer}, or that is the server's own CA: .*\`tls.caAppend\``,
    alone: `TLS is intercepted by ${issuer}, or`,
    cut: `certificate chain is incomplete, or TLS is intercepted by ${issuer}`,
    hostile: 'TLS is intercepted by [\\x20-\\x7e]{1,100}, or',
    expired: `certificate expired on ${yesterday}: the operator of localhost`,
    other:
      'certificate is for other names: x.acme.test: it is not for localhost',
    self: 'certificate is signed by nobody else',
    plain: 'does not speak TLS',
  }
  for (const [name, text] of Object.entries(expected)) {
    t.match(state(name), new RegExp(`^down: ${text}`), name)
  }
  t.equal(await call('added'), 'found x')
  t.equal(await call('both'), 'found x')
  t.match(
    await call('read'),
    /could not be reached. Tell the gateway’s operator/,
  )
  t.notMatch(everything(), /\\u001b|\u202e/)
})

t.test('client certificates, and files that change', async (t) => {
  const { server, folder, authority } = await startBoth(t)
  const staff = makeAuthority(folder, 'Staff CA')
  const wants = { ...named(authority), ca: staff.pem, requestCert: true }
  const front = await startTlsFront(t, server.url, wants)
  const older = await startTlsFront(t, server.url, {
    ...wants,
    maxVersion: 'TLSv1.2',
  })
  const [good, stranger] = [staff.issue('DNS:gw'), authority.issue('DNS:gw')]
  const ca = authority.file
  const [cert, key] = ['gw.pem', 'gw.key']
  const own = { ca, cert, key }
  const files = {
    'gw.pem': good.cert,
    'gw.key': good.key,
    'x.pem': stranger.cert,
    'x.key': stranger.key,
    'cut.pem': authority.pem + staff.pem.slice(0, 200),
    'torn.pem': authority.pem + staff.pem.replace('MII', 'MIX'),
  }
  const {
    state,
    call,
    config,
    folder: at,
    reload,
  } = await serveOutward(
    t,
    {
      good: { url: front.at(), tls: own },
      older: { url: older.at(), tls: own },
      none: { url: front.at(), tls: { ca } },
      bare: { url: older.at(), tls: { ca } },
      stranger: { url: front.at(), tls: { ca, cert: 'x.pem', key: 'x.key' } },
      mixed: { url: front.at(), tls: { ca, cert: 'x.pem', key: 'gw.key' } },
      missing: { url: front.at(), tls: { ca, cert: 'x.pem', key: 'no.key' } },
      swapped: { url: front.at(), tls: { ca, cert: 'x.key', key: 'x.pem' } },
      cut: { url: front.at(), tls: { ...own, ca: 'cut.pem' } },
      torn: { url: front.at(), tls: { cert, key, caAppend: 'torn.pem' } },
    },
    {},
    files,
  )
  t.equal(await call('good'), 'found x')
  t.equal(await call('older'), 'found x')
  const expected: Record<string, string> = {
    none: 'wants a client certificate: write',
    bare: 'ended the TLS handshake: it may want a client certificate',
    stranger: '.*the server may not accept the client certificate',
    mixed:
      'a file of `tls` cannot be used: tls.key gw.key is not the key of the certificate in tls.cert x.pem',
    missing:
      'a file of `tls` cannot be used: tls.key no.key cannot be read \\(ENOENT\\)',
    swapped:
      'a file of `tls` cannot be used: tls.cert x.key holds no certificate',
    // Not read up to there, with fewer authorities than it seems to have.
    cut: 'a file of `tls` cannot be used: tls.ca cut.pem ends in the middle',
    torn: 'a file of `tls` cannot be used: tls.caAppend torn.pem holds a certificate that is damaged',
  }
  for (const [name, text] of Object.entries(expected)) {
    t.match(state(name), new RegExp(`^down: ${text}`), name)
  }
  // The server turns to another authority, and the files follow: no restart.
  const next = makeAuthority(folder, 'Next CA')
  const renewed = next.issue('DNS:gw')
  front.server.setSecureContext({ ...wants, ca: next.pem })
  for (const socket of front.sockets) socket.destroy()
  writeFileSync(join(at, 'gw.pem'), renewed.cert)
  writeFileSync(join(at, 'gw.key'), renewed.key)
  await until(async () => (await call('good')) === 'found x')
  // A file that is gone: calls say so, and no table that names it is taken.
  rmSync(join(at, 'gw.key'))
  for (const socket of front.sockets) socket.destroy()
  const refused = /has no credentials here. Tell the gateway’s operator/
  await until(async () => refused.test(await call('good')))
  await until(() => state('good').startsWith('down: a file of `tls`'))
  await t.rejects(
    reload({
      ...config,
      caps: { depth: 32 },
      servers: {
        ...config.servers,
        good: { type: 'http', url: front.at(), tls: own, title: 'Good' },
      },
    }),
    /server `good`: tls.key gw.key cannot be read/,
  )
  writeFileSync(join(at, 'gw.key'), renewed.key)
  await until(async () => (await call('good')) === 'found x')
})

t.test('a real nginx that wants client certificates', async (t) => {
  const { server, folder, authority } = await startBoth(t)
  const staff = makeAuthority(folder, 'Staff CA')
  const { port, end } = await startNginx(folder, server.url, {
    ...named(authority),
    ca: staff.pem,
  })
  if (!end) return t.comment('there is no nginx')
  t.teardown(end)
  const [good, stranger] = [staff.issue('DNS:gw'), authority.issue('DNS:gw')]
  const files = {
    'gw.pem': good.cert,
    'gw.key': good.key,
    'x.pem': stranger.cert,
    'x.key': stranger.key,
  }
  const url = `https://localhost:${port}/mcp`
  const ca = authority.file
  const { state, call } = await serveOutward(
    t,
    {
      good: { url, tls: { ca, cert: 'gw.pem', key: 'gw.key' } },
      none: { url, tls: { ca } },
      stranger: { url, tls: { ca, cert: 'x.pem', key: 'x.key' } },
    },
    {},
    files,
  )
  t.equal(await call('good'), 'found x')
  t.match(state('none'), /^down: wants a client certificate/)
  t.match(state('stranger'), /^down: does not accept the client certificate/)
})
