// Logouts that must not be lost, and those that must not end too much.
// Covers src/runtime/login, src/runtime/control.

import { randomBytes } from 'node:crypto'
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { Logouts } from '../../src/runtime/login/logouts.ts'
import { makeSigner } from '../harness/login/company.ts'
import { restart, servePlain } from '../harness/login/logout-scene.ts'
import { makeClock } from '../harness/oauth/scene.ts'
import { openHolder } from '../harness/revocation/holder.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, post, send } from '../harness/wire.ts'

t.test('another session of the person goes on', async (t) => {
  const scene = await servePlain(t)
  const { company, at, logout, tell, calls } = scene
  const [own, other] = await Promise.all([
    openHolder(at, 'one', await company.sign({ sid: 'one' })),
    openHolder(at, 'two', await company.sign({ sid: 'two' })),
  ])
  let ended = 0
  for (const { ended: end } of other.streams) void end.then(() => ended++)
  t.equal((await tell(await logout({ sid: 'one' }))).status, 200)
  await Promise.all(own.streams.map((one) => one.ended))
  t.equal(ended, 0, 'its calls and streams')
  for (const nonce of other.nonces) calls.answer(nonce)
  await Promise.all(other.streams.slice(1, 3).map((one) => one.ended))
})

t.test('a call that waits for an answer of its client', async (t) => {
  const { company, at, logout, tell, ended } = await servePlain(t)
  const ask = async (sid: string) => {
    const _meta = {
      ...ENVELOPE,
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
    }
    const params = { name: 'raw__ask', arguments: {}, _meta }
    const method = 'tools/call'
    const { body } = await send(at, {
      headers: modernHeaders(await company.sign({ sid }), method, params.name),
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    t.match(body, '"input_required"')
  }
  await ask('one')
  await ask('two')
  t.equal((await tell(await logout({ sid: 'one' }))).status, 200)
  await until(() => ended.length > 0)
  t.equal(ended.length, 1, 'the one of the other session waits on')
  t.equal((await tell(await logout())).status, 200)
  await until(() => ended.length === 2)
})

t.test('a provider whose clock is ahead', async (t) => {
  const { company, list, logout, tell, now } = await servePlain(t)
  const silent = await company.sign({ auth_time: undefined, iat: now() + 20 })
  t.equal((await list(silent)).status, 200)
  const later = await company.sign({ auth_time: now() + 20, iat: now() + 20 })
  t.equal((await tell(await logout({ iat: now() + 21 }))).status, 200)
  t.equal((await list(silent)).status, 401)
  t.equal((await list(later)).status, 401, 'it comes after the logout')
})

t.test('a token without times does not get younger', async (t) => {
  process.env.LOGOUT_INTROSPECTION = 'canary-secret-of-introspection'
  const secret = { secret: 'env:LOGOUT_INTROSPECTION' }
  const scene = await servePlain(t, {
    introspection: { client: { id: 'gw', secret } },
  })
  const { company, list, logout, tell, clock } = scene
  const { iat: _, auth_time: __, ...claims } = company.claims()
  company.introspected['opaque-1'] = { active: true, ...claims }
  t.equal((await list('opaque-1')).status, 200)
  clock.ahead += 2_000
  t.equal((await tell(await logout())).status, 200)
  t.equal((await list('opaque-1')).status, 401)
  clock.ahead += 70_000
  t.equal((await list('opaque-1')).status, 401, 'after it was asked again')
})

t.test('a logout with a key that is newer than the last fetch', async (t) => {
  const scene = await servePlain(t)
  const { company, list, logout, tell, claims, clock } = scene
  const ada = await company.sign()
  t.equal((await list(ada)).status, 200)
  clock.ahead += 6_000
  t.equal((await tell(await logout({}, { kid: 'nobody' }))).status, 400)
  t.equal(company.countFetches('/jwks'), 2)
  const second = await makeSigner('second')
  company.keys = [...company.keys, second.publicJwk]
  const done = await tell(
    await company.sign(claims(), { typ: 'logout+jwt' }, second),
  )
  t.equal(done.status, 200, done.body)
  t.equal((await list(ada)).status, 401)
})

t.test('a flood of unknown keys keeps out no logout', async (t) => {
  const { company, list, logout, tell } = await servePlain(t)
  const ada = await company.sign()
  t.equal((await list(ada)).status, 200)
  const unknown = await logout({}, { kid: 'nobody' })
  const seen: number[] = []
  for (let sent = 0; sent < 300; sent++) {
    void tell(unknown)
      .then(({ status }) => seen.push(status))
      .catch(() => {})
  }
  await until(() => seen.includes(429))
  t.ok(seen.length < 150, `${seen.length} answers before the first 429`)
  t.equal((await tell(await logout())).status, 200)
  t.equal((await list(ada)).status, 401)
  t.ok(company.countFetches('/jwks') <= 2)
})

t.test('a request whose body comes after the logout', async (t) => {
  const { company, at, logout, tell, list } = await servePlain(t)
  const ada = await company.sign()
  t.equal((await list(ada)).status, 200)
  const { hostname, port, pathname, host } = new URL(at)
  const socket = connect(Number(port), hostname)
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  let got = ''
  socket.on('data', (chunk) => {
    got += chunk
  })
  socket.on('error', () => {})
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${ada}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  )
  await list(ada)
  t.equal((await tell(await logout())).status, 200)
  socket.write(body.slice(5))
  await new Promise((resolve) =>
    socket.once('close', resolve).once('data', resolve),
  )
  t.notMatch(got, /"result"/)
  socket.destroy()
})

t.test('a logout that the disk did not take', async (t) => {
  const scene = await servePlain(t)
  const { company, list, logout, tell, folder, url, at } = scene
  const [ada, ben] = [
    await company.sign(),
    await company.sign({ sub: 'ben', email: 'ben@acme.com' }),
  ]
  t.equal((await tell(await logout({ sub: 'cara' }))).status, 200)
  const found = findLogouts(folder)
  const kept = `${found}.away`
  renameSync(found, kept)
  writeFileSync(found, '')
  const token = await logout({ sid: 'one' })
  const full = await tell(await logout())
  t.equal(full.status, 503)
  t.match(full.body, 'in force, but not on disk')
  t.equal((await tell(token)).status, 503)
  t.equal((await list(ada)).status, 401, 'in force')
  rmSync(found)
  renameSync(kept, found)
  const before = readdirSync(found).length
  await until(() => readdirSync(found).length >= before + 2)
  t.pass('written when there is room')
  await restart(t, folder, url, scene.gateway)
  t.equal((await post(at, ada, 'tools/list')).status, 401)
  t.equal((await post(at, ben, 'tools/list')).status, 200)
})

function findLogouts(folder: string): string {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true })
  const one = all.find(({ name }) => name === 'logouts')
  if (!one) throw new Error('there is none')
  return join(one.parentPath, one.name)
}

t.test('who logs out again and again pushes out nobody', async (t) => {
  const issuer = 'https://id.example.com'
  const folder = join(t.testdir({}), 'logouts')
  const logouts = new Logouts({
    folder,
    max: 50,
    key: randomBytes(32),
    clock: makeClock(),
    onProblem: (text) => t.fail(text),
  })
  const end = (sub: string, session: string, at: number) =>
    logouts.add({ issuer, sub, session, at })
  const isOut = (sub: string, session: string) =>
    logouts.covers({ issuer, sub, session, authenticated: 0, issued: 0 })
  await end('ada', 'hers', 1)
  for (let at = 2; at < 62; at++) await end('eve', `eve-${at}`, at)
  t.ok(isOut('ada', 'hers'), 'the oldest of all')
  t.notOk(isOut('eve', 'eve-2'))
  t.ok(isOut('eve', 'eve-61'))
  t.equal(readdirSync(folder).length, 50 + 2)
  await logouts.close()
})
