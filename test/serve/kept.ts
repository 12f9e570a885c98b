// What is kept for clients that lost a stream: for how long, and how much of it.
// On real sockets, but for what all sessions share.

import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { SessionRounds } from '../../src/runtime/control/session-rounds.ts'
import type { ClientSession } from '../../src/runtime/http/sessions.ts'
import {
  readEvent,
  SseConnection,
  writeEvent,
} from '../../src/runtime/http/sse.ts'
import { ReplayRetention, Streams } from '../../src/runtime/http/streams.ts'
import { listen } from '../harness/ask.ts'
import { readSaid, readWhole, type WireStream } from '../harness/events.ts'
import { findOutcomes, serveHeld, writeCall } from '../harness/held-server.ts'
import { makeSteppedClock } from '../harness/stepped-clock.ts'
import { until } from '../harness/until.ts'

t.test('events are kept for a time', async (t) => {
  const clock = makeSteppedClock()
  const pass = (minutes: number) => clock.step(minutes * 60_000)
  const { open, calls, gateway } = await serveHeld(t, {}, clock)
  const { start, get, post } = await open()
  const silent = post(writeCall(9, 'silent'))
  await until(() => calls.length === 1)
  clock.step(5_000)
  const resumable = await silent
  await resumable.count(1)
  resumable.cut()
  calls[0]?.answer('said nothing')
  t.same(await readWhole(await get(resumable.lastId())), ['said nothing'])

  const [slow, quick] = [await start('slow'), await start('quick')]
  const listening = await get()
  for (const { stream } of [slow, quick]) stream.cut()
  await listening.count(1)
  listening.cut()
  const { status } = gateway
  await until(() => status().streams === 0, 'the gateway has noticed')
  quick.call.answer('quick')
  pass(4)
  const read = await get(quick.stream.lastId())
  t.same(await readWhole(read), ['quick'], 'after four minutes')
  pass(2)
  t.equal((await get(read.lastId())).status, 400, 'it had it long ago')
  const back = await get(slow.stream.lastId())
  slow.call.progress('on')
  await back.count(2)
  t.same(readSaid(back.events()), ['on'], 'a call that lasts is waited for')
  back.cut()
  slow.call.answer('slow')
  const anew = await get(listening.lastId())
  t.match(await anew.count(1), [{ id: /\.g5\.0$/ }], 'nothing to go on with')
  pass(6)
  t.equal((await get(back.lastId())).status, 400, 'not for ever')
})

t.test('a stream ends with its token', async (t) => {
  let ahead = 0
  const stepped = makeSteppedClock()
  const clock = { ...stepped, now: () => Date.now() + ahead }
  const { open, gateway } = await serveHeld(t, {}, clock)
  const stream = await (await open()).get()
  await stream.count(1)
  stepped.step(1_000)
  t.equal(gateway.status().sessions, 1)
  ahead = 2 * 86_400_000
  stepped.step(1_000)
  await until(() => gateway.status().streams === 0, 'the stream has ended')
  t.equal(gateway.status().sessions, 0)
})

t.test('ten thousand silent streams get signs of life in parts', (t) => {
  const [written, touched] = [new Map<number, number>(), new Set<object>()]
  const sessions = Array.from({ length: 10_000 }, (_, at) => ({
    stream: {
      tick: () => {
        if (written.has(at)) return false
        written.set(at, ticks)
        return true
      },
    },
    streams: { readers: at % 2 },
  })) as unknown as readonly ClientSession[]
  const rounds = new SessionRounds()
  let ticks = 0
  const most = () => {
    const before = written.size
    rounds.tick({ touch: (one) => void touched.add(one) }, ticks++)
    return written.size - before
  }
  for (let second = 0; second < 10; second++) {
    rounds.begin(sessions)
    for (let tick = 0; tick < 10; tick++) t.equal(most(), 100)
    t.equal(touched.size, 5_000, 'every one with a client, each second')
  }
  t.equal(written.size, 10_000, 'after ten seconds')
  rounds.begin(sessions.slice(0, 3))
  written.clear()
  for (let tick = 0; tick < 10; tick++) most()
  t.equal(written.size, 3, 'few are visited within the second')
  t.end()
})

t.test('events are kept up to a size', async (t) => {
  const { open, records } = await serveHeld(t)
  const { start, get } = await open()
  const big = 'x'.repeat(1_000_000)
  const started = []
  for (let i = 0; i < 6; i++) started.push(await start(String(i)))
  for (const { stream } of started) stream.cut()
  for (const [at, { call }] of started.entries()) {
    for (let i = 0; i < 3; i++) call.progress(big)
    call.answer(call.nonce + big)
    await until(() => findOutcomes(records()).length > at, 'on record')
  }
  const read = async ({ stream }: { stream: WireStream }) =>
    readWhole(await get(stream.lastId()))
  const texts: string[] = []
  for (const one of started) texts.push((await read(one)).join())
  t.match(texts[0], /^The call ran, but its answer could not be kept/)
  t.same(
    texts.map((text) => text.length > 1_000),
    [false, false, true, true, true, true],
  )
  t.same(texts[5], `5${big}`, 'only progress was let go for them')

  const { call, stream } = await start('chatty')
  stream.cut()
  for (let i = 0; i < 3_000; i++) call.progress(`${i} ${'y'.repeat(2_000)}`)
  call.answer('done')
  await until(() => findOutcomes(records()).length > 6, 'on record')
  const kept = await read({ stream })
  t.ok(kept.length > 1_000 && kept.length < 2_500, String(kept.length))
  t.equal(kept.at(-1), 'done')
  t.match(kept.at(-2), /^2999 /)
})

t.test(
  'all sessions together are bounded, and free their memory',
  (t: Test) => {
    const retention = new ReplayRetention(64 << 20)
    const clock = { now: () => 0, monotonic: () => 0 }
    const sessions = Array.from(
      { length: 40 },
      () => new Streams('2025-11-25', clock, retention),
    )
    const final = (id: number) =>
      Buffer.from(
        JSON.stringify({ jsonrpc: '2.0', id, result: 'z'.repeat(3 << 20) }),
      )
    for (const [id, session] of sessions.entries()) {
      const stream = session.answer()
      stream.send(Buffer.from('{}'), 0)
      stream.deliver(final(id))
      stream.end()
    }
    t.ok(retention.cost < 65 << 20, String(retention.cost))
    t.ok(retention.cost > 60 << 20)
    for (const session of sessions) session.close()
    t.equal(retention.cost, 0)
    const spread = Buffer.from('{\r\n"a":\r1\n}')
    const event = readEvent(writeEvent(spread, 'id')).toString()
    t.same(JSON.parse(event), { a: 1 }, 'lines are joined again')
    t.end()
  },
)

t.test(
  'an answer that cannot be completed does not look complete',
  async (t) => {
    const clock = { now: () => 0, monotonic: () => 0 }
    const streams = new Streams('2025-11-25', clock)
    const server = createServer((_request, response) => {
      const stream = streams.answer()
      stream.attach(new SseConnection(response, {}, false), 0)
      stream.begin(0)
      stream.send(Buffer.from('{}'), 0)
      setTimeout(() => stream.cut(), 20)
    })
    const { port } = await listen(t, server)
    const incoming = await new Promise<IncomingMessage>((resolve) => {
      get({ port, host: '127.0.0.1', agent: false }, resolve)
    })
    incoming.on('error', () => {})
    const closed = once(incoming, 'close')
    incoming.resume()
    await closed.catch(() => {})
    t.notOk(incoming.complete)
  },
)

t.test('a client that does not read is not awaited', async (t) => {
  const { open, records } = await serveHeld(t)
  const { stream, call } = await (await open()).start('a')
  stream.pause()
  const before = process.memoryUsage().rss
  for (let i = 0; i < 60; i++) {
    for (let j = 0; j < 500; j++) call.progress(`${i} ${'y'.repeat(2_000)}`)
    await call.sent()
  }
  call.answer('done')
  await until(() => findOutcomes(records()).length === 1, 'all of it is read')
  const grown = (process.memoryUsage().rss - before) >> 20
  t.ok(grown < 200, `${grown} MiB more, of 60 MB twice and their like`)
  stream.resume()
  const said = await readWhole(stream)
  t.ok(said.length > 1_000 && said.length < 29_000, String(said.length))
  t.equal(said.at(-1), 'done', 'but the answer is')
  const rounds = said.slice(1, -1).map((text) => Number.parseInt(text, 10))
  t.same(
    rounds,
    rounds.toSorted((a, b) => a - b),
    'in order',
  )
})
