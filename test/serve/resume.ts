// Streams of legacy sessions that outlive their connections, on real sockets:
// what a client gets that comes back, and what it never gets.

import { connect as connectTcp, createServer, type Socket } from 'node:net'
import t from 'tap'
import type { AuditRecord } from '../../src/contract/audit.ts'
import { listen } from '../harness/ask.ts'
import { readSaid, readWhole } from '../harness/events.ts'
import { findOutcomes, serveHeld } from '../harness/held-server.ts'
import { connect } from '../harness/served.ts'
import { until } from '../harness/until.ts'

t.test('clients of the SDK get their answers', async (t) => {
  const { url, mine, calls } = await serveHeld(t)
  const through = new Set<Socket>()
  const { port } = await listen(
    t,
    createServer((socket) => {
      const onward = connectTcp(Number(new URL(url).port), '127.0.0.1')
      through.add(socket)
      socket.pipe(onward).pipe(socket)
      socket.on('close', () => onward.destroy())
      onward.on('error', () => socket.destroy())
      onward.on('close', () => socket.destroy())
    }),
  )
  const proxied = `http://127.0.0.1:${port}/mcp`
  const kinds = ['sdk 1.x', 'sdk 2.x legacy'] as const
  const clients = await Promise.all(
    kinds.map((kind) => connect(t, kind, proxied, mine.token)),
  )
  const told: unknown[] = []
  const answers = clients.map(({ watch }, i) =>
    watch(
      'raw__slow',
      { nonce: String(i) },
      { onprogress: (progress) => told.push(progress) },
    ),
  )
  await until(() => calls.length === 2, 'both calls')
  for (const call of calls) call.progress('before')
  await until(() => told.length === 2, 'progress')
  for (const socket of through) socket.destroy()
  for (const call of calls) {
    call.progress('away')
    call.answer(`answer ${call.nonce}`)
  }
  t.same(await Promise.all(answers), ['answer 0', 'answer 1'])
  t.equal(told.length, 4, 'and what was told in between')
})

t.test('a stream begins as its version requires', async (t) => {
  const { open } = await serveHeld(t)
  const now = await open('2025-11-25')
  const { stream, call } = await now.start('a')
  const [priming, first] = stream.events()
  t.match(priming, { retry: '1000', data: undefined })
  t.match(priming?.id, /^[\w-]{8}\.p1\.0$/)
  t.equal(first?.id, priming?.id?.replace(/0$/, '1'))
  call.answer('done')
  t.same(await readWhole(stream), ['first', 'done'])
  const listening = await now.get()
  const [begun] = await listening.count(1)
  t.match(begun?.id, /\.g2\.0$/)
  t.match(begun, { retry: '1000', data: undefined })

  const before = await open('2025-06-18')
  const old = await before.start('b')
  t.match(old.stream.text(), /^: open\n\nid: [\w-]{8}\.p1\.1\n/)
  old.stream.cut()
  old.call.answer('later')
  const back = await before.get(old.stream.lastId())
  t.same(await readWhole(back), ['later'])
  t.match(back.text(), /^: open\n\nid: /)
  const silent = await before.get()
  await until(() => silent.text() !== '')
  t.equal(silent.text(), ': open\n\n')
})

t.test('only the named stream continues', async (t) => {
  const { open, records } = await serveHeld(t)
  const { start, get } = await open()
  const listening = await get()
  const [a, b] = [await start('a'), await start('b')]
  a.stream.cut()
  for (const { call } of [a, b]) {
    call.progress(`${call.nonce} second`)
    call.progress(`${call.nonce} third`)
  }
  await b.stream.count(4)
  const back = await get(a.stream.lastId())
  t.match(back.headers['content-type'], 'text/event-stream')
  await back.count(3)
  t.same(readSaid(back.events()), ['a second', 'a third'])
  t.equal(back.events()[0]?.id, a.stream.lastId(), 'an id to begin with')
  a.call.progress('a live')
  await back.count(4)
  const middle = back.lastId()
  back.cut()
  a.call.answer('a done')
  await until(() => findOutcomes(records()).length === 1, 'on record')
  const again = await get(middle)
  t.same(await readWhole(again), ['a done'])
  // Once more from further back: what it had is its own to remember.
  t.same(await readWhole(await get(middle)), ['a done'])
  const last = await get(again.lastId())
  t.equal(last.status, 204, 'nothing is left')
  b.call.answer('b done')
  t.same(await readWhole(b.stream), ['first', 'b second', 'b third', 'b done'])
  t.same(readSaid(listening.events()), [])

  const gets = records().filter(({ method }) => method === 'GET')
  await until(() => records().filter(isClosed).length === 3, 'all closed')
  t.equal(gets.filter(({ event }) => event === 'intent').length, 4)
  const bytes = records().find(isClosed)?.bytesOut ?? 0
  t.ok(bytes > 100, 'what left on it')
})

const isClosed = ({ method, event }: AuditRecord) =>
  method === 'GET' && event === 'outcome'

t.test('an event id that cannot be resumed', async (t) => {
  const { open, other, records } = await serveHeld(t)
  const [mine, second] = [await open(), await open()]
  const theirs = await open('2025-11-25', other)
  const { stream, call } = await mine.start('a')
  stream.cut()
  const id = stream.lastId()
  const refused = async (lastEventId: string, session = mine) => {
    const { status, text, ended } = await session.get(lastEventId)
    await until(() => ended() === 'end')
    t.equal(status, 400, lastEventId)
    return JSON.parse(text()).error
  }
  const odd = [`${id}.1`, `${id} `.repeat(9), id.replace('.p', '.q')]
  for (const one of ['1', 'a b', ...odd]) {
    t.match(await refused(one), { code: -32600, message: /not an event id/ })
  }
  t.match(await refused(id, second), { message: /another session/ })
  t.match(await refused(id, theirs), { message: /another session/ })
  t.match(await refused(id.replace(/1$/, '2')), { message: /never existed/ })
  t.match(await refused(id.replace('.p1', '.p7')), {
    message: /no longer kept/,
  })
  const stolen = {
    ...mine.headers,
    authorization: theirs.headers.authorization,
  }
  const asThem = await open('2025-11-25', other)
  Object.assign(asThem.headers, stolen)
  t.equal((await asThem.get(id)).status, 404, 'a session of another token')
  t.ok(records().some(({ reason }) => /another session/.test(reason ?? '')))
  // Who only listens has nothing to miss that was not told anew.
  const fresh = await second.get('AAAAAAAA.g1.5')
  t.match(await fresh.count(1), [{ id: /\.g1\.0$/ }])
  call.answer('done')
  t.same(await readWhole(await mine.get(id)), ['done'])
})

t.test('W20 a new connection replaces a half-dead one', async (t) => {
  const { open } = await serveHeld(t)
  const { start, get } = await open()
  const { stream, call } = await start('a')
  const back = await get(stream.lastId())
  await until(() => stream.ended() === 'cut', 'the old one is broken')
  const third = await get(stream.lastId())
  await until(() => back.ended() === 'cut')
  call.answer('done')
  t.same(await readWhole(third), ['done'])
  t.same(readSaid(stream.events()), ['first'])

  const listening = await get()
  await listening.count(1)
  const anew = await get()
  t.equal(anew.status, 200, 'without a place to go on from')
  await until(() => listening.ended() === 'end', 'the old one is ended')
  const next = await get(listening.lastId())
  t.equal(next.status, 200)
  await until(() => anew.ended() === 'cut')
})

t.test('W20 a GET replaces one that hangs, with all its events', async (t) => {
  const { open, reload, config } = await serveHeld(t, {
    caps: { streams: 1 },
  })
  const { get } = await open()
  const hung = await get()
  const [begun] = await hung.count(1)
  hung.pause()
  // The stream is the only one that its token may have.
  const anew = await get()
  t.equal(anew.status, 200)
  t.equal((await anew.count(1))[0]?.id, begun?.id, 'the same stream')
  await reload({ ...config, roles: { all: { allow: {} } } })
  const [, told] = await anew.count(2)
  t.equal(told?.data?.method, 'notifications/tools/list_changed')
  anew.cut()
  const back = await get(begun?.id)
  const [, again] = await back.count(2)
  t.same(again, told, 'what came since its first id')
  hung.resume()
  await until(() => hung.ended() === 'end', 'properly')
  t.equal(hung.events().length, 1, 'and with nothing more')
  const both = await Promise.all([get(), get()])
  await until(() => both.some((one) => one.ended() === 'end'), 'one of two')
  t.equal(both.filter((one) => one.ended() === undefined).length, 1)
})

t.test('a returning client gets list changes', async (t) => {
  const { open, reload, config, gateway } = await serveHeld(t)
  const isAlone = () => gateway.status().streams === 0
  const { get } = await open()
  const listening = await get()
  await listening.count(1)
  listening.cut()
  await until(isAlone, 'the gateway has noticed')
  await reload({ ...config, roles: { all: { allow: {} } } })
  const back = await get(listening.lastId())
  const events = await back.count(2)
  t.equal(events[1]?.data?.method, 'notifications/tools/list_changed')
  back.cut()
  await until(isAlone, 'the gateway has noticed')
  const fresh = await get()
  t.equal(fresh.status, 200, 'or begins anew')
  t.match(await fresh.count(1), [{ id: /\.g2\.0$/ }])
})

t.test('the end of a session ends its streams', async (t) => {
  const { open, reload, config, other, records } = await serveHeld(t)
  const left = await open()
  const one = await left.start('a')
  const listening = await left.get()
  one.stream.cut()
  const back = await left.get(one.stream.lastId())
  t.equal((await left.remove()).status, 204)
  for (const stream of [back, listening]) {
    await until(() => stream.ended() === 'end', 'the end')
  }
  t.equal((await left.get(one.stream.lastId())).status, 404)

  const gone = await open()
  const [two, lost] = [await gone.start('b'), await gone.start('c')]
  two.stream.cut()
  lost.stream.cut()
  const resumed = await gone.get(two.stream.lastId())
  await resumed.count(1)
  const grants = { [other.id]: other.record }
  await reload({ ...config, tokens: { grants } })
  await until(() => resumed.ended() !== undefined, 'within a second')
  two.call.answer('too late')
  t.match(readSaid(resumed.events()), [/^Unauthorized: .* was revoked\./])
  t.equal((await gone.get(two.stream.lastId())).status, 401)
  await until(() => findOutcomes(records()).length === 3)
  t.same(
    findOutcomes(records()).map(({ outcome }) => outcome),
    ['cancelled', 'revoked', 'revoked'],
  )
  await until(() => records().filter(isClosed).length === 3)
  t.equal(records().filter(isClosed).at(-1)?.outcome, 'revoked')
})

t.test('open GETs of a token are counted, all kinds', async (t) => {
  const { open } = await serveHeld(t, { caps: { streams: 2 } })
  const { start, get } = await open()
  const { stream, call } = await start('a')
  const [listening, back] = [await get(), await get(stream.lastId())]
  t.match([listening.status, back.status], [200, 200])
  const more = await open()
  t.equal((await more.get()).status, 429)
  const again = await get(stream.lastId())
  t.equal(again.status, 200, 'in place of one of them')
  call.answer('done')
  t.same(await readWhole(again), ['done'])
  await until(async () => (await more.get()).status === 200)
})
