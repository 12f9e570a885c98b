// What waits, and how long: the breaker, the backoff and the pacer, by a clock
// and a chance of the test's.

import t from 'tap'
import { Backoff } from '../../src/runtime/base/backoff.ts'
import { readMessage } from '../../src/runtime/message/message.ts'
import { Breaker } from '../../src/runtime/upstream/breaker.ts'
import type { Framer } from '../../src/runtime/upstream/http1/frames.ts'
import { Pacer } from '../../src/runtime/upstream/http1/pacer.ts'
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

t.test('only a server that cannot be reached is closed to all', async (t) => {
  const { breaker, fail } = makeBreaker()
  fail('a', AWAY)
  t.match(breaker.judge('b'), { kind: 'failing', detail: 'nobody there' })
  breaker.succeeded('c')
  t.equal(breaker.judge('b'), undefined, 'an answer to anybody opens it')
  fail('d', AWAY)
  breaker.reached()
  t.equal(breaker.judge('e'), undefined, 'so does the catalogue')
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

t.test('pauses double up to the longest, between half and whole', async (t) => {
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

t.test('a stream that floods is read on in the next second', async (t) => {
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

/** A stream over one connection, with what its server is asked. */
function openServerStream() {
  const asked: { id: number; answer(): void }[] = []
  const session = {
    era: 'modern',
    over: false,
    call(call: { id: number; answer(): void }) {
      call.id = asked.push(call)
    },
    cancel() {},
    notify() {},
  }
  const stream = new ServerStream(
    session as unknown as Session,
    { attributes: false } as unknown as Transport,
    { depth: 64, notified() {} } as unknown as SessionOptions,
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
    if (!('problem' in message)) stream.takes(message)
  }
  return { stream, session, asked, acknowledge }
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
