// What waits, and how long: the breaker, the backoff and the pacer, by a clock
// and a chance of the test's.
// Covers src/runtime/base and src/runtime/upstream.

import { mock } from 'node:test'
import t from 'tap'
import { Backoff } from '../../src/runtime/base/backoff.ts'
import { readMessage } from '../../src/runtime/message/message.ts'
import { Breaker } from '../../src/runtime/upstream/breaker.ts'
import type { Framer } from '../../src/runtime/upstream/http1/frames.ts'
import { Pacer } from '../../src/runtime/upstream/http1/pacer.ts'
import { LateTransport } from '../../src/runtime/upstream/late.ts'
import { ServerStream } from '../../src/runtime/upstream/listen.ts'
import type { Session } from '../../src/runtime/upstream/session.ts'
import type { SessionOptions } from '../../src/runtime/upstream/session-options.ts'
import type { Transport } from '../../src/runtime/upstream/transport.ts'

const LOST = { kind: 'ended', detail: 'it ended' } as const
const AWAY = { kind: 'unreachable', detail: 'nobody there' } as const

function makeBreaker() {
  let now = 0
  const clock = { now: () => now, monotonic: () => now }
  const breaker = new Breaker({ failures: 3, open: 30_000 }, clock)
  const advance = (ms: number) => {
    now += ms
  }
  const fail = (
    caller: string,
    failure: typeof LOST | typeof AWAY,
    times = 3,
  ) => {
    for (let i = 0; i < times; i++) breaker.failed(caller, failure)
  }
  return { breaker, advance, fail }
}

t.test('failures are counted for each caller', async (t) => {
  const { breaker, advance, fail } = makeBreaker()
  fail('a', LOST, 2)
  t.equal(breaker.judge('a'), undefined, 'two of three')
  fail('a', LOST, 1)
  t.match(breaker.judge('a'), { kind: 'failing', waitMs: 30_000 })
  t.equal(breaker.judge('b'), undefined, 'another caller goes on')
  t.same(breaker.waiting, { callers: 1, ms: 30_000 })
  advance(30_000)
  t.equal(breaker.judge('a'), undefined, 'one call finds out')
  const held = breaker.judge('a')
  t.match(held, { kind: 'failing' })
  t.equal(held?.waitMs, undefined, 'and is the only one')
  breaker.left('a')
  t.equal(breaker.judge('a'), undefined, 'another, where it told nothing')
  breaker.failed('a', LOST)
  t.match(breaker.judge('a'), { waitMs: 30_000 }, 'one failure opens it again')
  advance(30_000)
  breaker.judge('a')
  breaker.succeeded('a')
  t.ok(breaker.quiet, 'an answer ends it')
})

t.test('only an unreachable server is closed to all callers', async (t) => {
  const { breaker, fail } = makeBreaker()
  fail('a', AWAY)
  t.match(breaker.judge('b'), { kind: 'failing', detail: 'nobody there' })
  breaker.succeeded('c')
  t.equal(breaker.judge('b'), undefined, 'an answer to anybody opens it')
  fail('d', AWAY)
  breaker.reached()
  t.equal(breaker.judge('e'), undefined, 'so does the catalog')
})

t.test('a program that ends soon after each start', async (t) => {
  const { breaker, advance } = makeBreaker()
  breaker.ended('a', 100)
  breaker.ended('a', 100)
  t.equal(breaker.judge('a'), undefined)
  breaker.ended('a', 100)
  const { waitMs = 0 } = breaker.judge('a') ?? {}
  t.ok(waitMs >= 500 && waitMs <= 1_000, `${waitMs}`)
  advance(waitMs)
  breaker.ended('a', 60_000)
  breaker.ended('a', 100)
  t.equal(breaker.judge('a'), undefined, 'a long life resets it')
})

t.test('pauses double up to the longest, with jitter', async (t) => {
  const take = (chance: number) => {
    const backoff = new Backoff(100, 350, () => chance)
    return [1, 2, 3, 4].map(() => backoff.next())
  }
  t.same(take(0), [50, 100, 175, 175])
  t.same(take(1), [100, 200, 350, 350])
  const backoff = new Backoff(100, 350, () => 1)
  backoff.next()
  backoff.reset()
  t.equal(backoff.next(), 100)
})

t.test('a flooding stream is read again in the next second', async (t) => {
  let now = 0
  let paused = 0
  const told: number[] = []
  const framer = {
    messages: 0,
    // One byte is 6,000 messages, and a turn.
    feed(_: Buffer, from: number) {
      framer.messages += 6_000
      return from + 1
    },
  }
  const source = { pause: () => paused++, resume: () => paused-- }
  const paced = { outgrown: () => {}, flooded: (n: number) => told.push(n) }
  const pacer = new Pacer(framer as unknown as Framer, paced, () => now)
  pacer.feed(Buffer.from('abcd'), source)
  t.equal(paused, 1)
  now = 999
  // Its own timers hold no process.
  const held = setInterval(() => {}, 1_000)
  await new Promise<void>((done) => pacer.end(done))
  clearInterval(held)
  t.equal(framer.messages, 24_000, 'all is read')
  t.equal(paused, 0)
  t.same(told, [12_000], 'told once')
})

const DECLARED = { capabilities: {}, clientInfo: { name: 'x', version: '1' } }

interface Asked {
  id: number
  answer(): void
  failed(failure: typeof LOST): void
  /** URIs that its filter lists. */
  readonly wanted: unknown
}

/** A stream over one connection, with what its server is asked and told. */
function openServerStream() {
  const asked: Asked[] = []
  const onNotification: string[] = []
  const session = {
    era: 'modern',
    over: false,
    isBroken: false,
    call(call: Asked & { write(id: number): { bytes: Buffer } }) {
      call.id = asked.length + 1
      const { bytes } = call.write(call.id)
      const { params } = JSON.parse(`${bytes}`)
      const wanted = params.notifications.resourceSubscriptions
      asked.push(Object.assign(call, { wanted }))
      if (session.isBroken) call.failed(LOST)
    },
    cancel() {},
    forget() {},
    notify: (method: string) => onNotification.push(method),
  }
  const stream = new ServerStream(
    session as unknown as Session,
    { attributes: false } as unknown as Transport,
    {
      depth: 64,
      onNotification() {},
      declared: DECLARED,
    } as unknown as SessionOptions,
  )
  const acknowledge = (id: number, uris: readonly string[]) => {
    const message = readMessage(
      Buffer.from(
        JSON.stringify({
          jsonrpc: '2.0',
          method: 'notifications/subscriptions/acknowledged',
          params: {
            _meta: { 'io.modelcontextprotocol/subscriptionId': id },
            notifications: { resourceSubscriptions: uris },
          },
        }),
      ),
      64,
    )
    if (!('refusal' in message)) stream.takeAcknowledgement(message)
  }
  return { stream, session, asked, onNotification, acknowledge }
}

t.test('a stream that replaces another over one connection', async (t) => {
  const { stream, session, asked, acknowledge } = openServerStream()
  const first = stream.subscribe('a')
  acknowledge(1, ['a'])
  await first
  const second = stream.subscribe('b')
  // Late, and about the older one: it says nothing of the newer.
  acknowledge(1, ['a'])
  t.equal(asked.length, 1, 'the older one ends first')
  asked[0]?.answer()
  t.equal(asked.length, 2)
  acknowledge(2, ['a', 'b'])
  await second
  const third = stream.subscribe('c')
  session.over = true
  asked[1]?.answer()
  await t.rejects(third, 'nobody waits for a session that is over')
  t.equal(stream.calls, 0)
})

const catchKind = (promise: Promise<void>) =>
  promise.then(
    () => 'agreed',
    ({ kind }: { kind: string }) => kind,
  )

t.test('a server that never accepts a subscription', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { stream, asked, onNotification } = openServerStream()
  const first = catchKind(stream.subscribe('a'))
  mock.timers.tick(10_000)
  t.equal(await first, 'timeout')
  const second = catchKind(stream.subscribe('b'))
  mock.timers.tick(500)
  t.same(onNotification, ['notifications/cancelled'], 'told once')
  t.equal(asked.length, 2)
  t.same(asked[1]?.wanted, ['b'], 'nothing is left of the first')
  mock.timers.tick(10_000)
  t.equal(await second, 'timeout')
})

t.test('a stream that fails while it is sent', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { stream, session, asked, acknowledge } = openServerStream()
  session.isBroken = true
  t.equal(await catchKind(stream.subscribe('a')), 'ended')
  t.equal(stream.calls, 0)
  session.isBroken = false
  mock.timers.tick(500)
  t.equal(asked.length, 2, 'it is asked again')
  const again = stream.subscribe('a')
  mock.timers.tick(500)
  acknowledge(asked.length, ['a'])
  await again
})

t.test('a stream that lasted is reopened soon', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { stream, asked } = openServerStream()
  await stream.listen()
  for (let i = 0; i < 10; i++) {
    asked.at(-1)?.failed(LOST)
    mock.timers.tick(60_000)
  }
  t.equal(asked.length, 11)
  mock.timers.tick(60_000)
  asked.at(-1)?.failed(LOST)
  mock.timers.tick(500)
  t.equal(asked.length, 12)
})

t.test('what is sent behind a failed start fails', async (t) => {
  const outgoing = { bytes: Buffer.alloc(0), edits: [] } as never
  const fault = new Error('no secret')
  const send = (transport: LateTransport) =>
    new Promise((failed) => transport.send(outgoing, { failed }))
  const unmade = await new Promise<LateTransport>((resolve) => {
    const making = Promise.reject(fault)
    const late: LateTransport = new LateTransport(true, making, (error) => {
      t.equal(error, fault)
      resolve(late)
    })
  })
  t.match(await send(unmade), { kind: 'ended' })
  const closed = new LateTransport(true, new Promise(() => {}), () => {})
  void closed.close()
  t.match(await send(closed), { kind: 'ended' })
})
