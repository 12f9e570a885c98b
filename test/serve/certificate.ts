// The certificate of the listener: how it is renewed, what is said when it ends,
// and how a gateway starts without a good one.
// Covers src/runtime/base, src/runtime/control.

import { createPrivateKey } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { hasOpenssl } from '../harness/certificates.ts'
import { serveConfig } from '../harness/served.ts'
import {
  issueAll,
  makeClock,
  NO_CERTIFICATES,
  openScene,
  readMetrics,
  TLS,
} from '../harness/tls.ts'

const skip = hasOpenssl() ? false : 'there is no openssl'
const certificates = skip ? NO_CERTIFICATES : issueAll(t)
const { own, issued } = certificates
const { serveTls, connectOnce, nameServed } = openScene(certificates)

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
    const mount = mkdtempSync(join(tmpdir(), 'mount-'))
    t.teardown(() => rmSync(mount, { recursive: true }))
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
      'a chain that is half written',
      {
        'cert.pem': own.cert + issued.next.cert.slice(0, 99),
        'key.pem': own.key,
      },
      /`cert\.pem`, .* ends in the middle/,
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
