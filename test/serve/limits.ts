// Limits, end to end: the text of a refusal, whom it spares, and what the
// server behind saw. The runtime's clock is injected and stands still.
// Covers src/runtime/stages.

import { hash } from 'node:crypto'
import t from 'tap'
import type { Limit } from '../../src/contract/table.ts'
import { Routing } from '../../src/runtime/catalog/routing.ts'
import { authenticate } from '../../src/runtime/stages/authenticate.ts'
import { Limiter } from '../../src/runtime/stages/limit.ts'
import { buildArtefact } from '../../src/table/build.ts'
import { formatToken } from '../../src/table/token.ts'
import { serveHeld, writeCall } from '../harness/held-server.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { makeTable } from '../harness/table.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

t.test('limit: 60 an hour with a stopped clock', async (t) => {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const mine = issue({ subject: 'mine', roles: ['reader'] })
  const other = issue({ subject: 'other', roles: ['reader'] })
  const config = {
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { reader: { allow: { issues: ['*'] } } },
    limits: {
      hourly: {
        on: { issues: ['search_*'] },
        calls: 60,
        per: 'hour',
        each: ['token'],
      },
    },
  }
  const instant = Date.now()
  const clock = { now: () => instant, monotonic: () => 5_000 }
  const served = await serveConfig(t, config, [mine, other], clock)
  const { url } = served.gateway
  const params = { name: 'issues__search_issues', arguments: {} }
  for (let i = 0; i < 60; i++) {
    const { body } = await post(url, mine.token, 'tools/call', params)
    if (!body.includes('found')) t.fail(`call ${i}: ${body}`)
  }
  const refused = await post(url, mine.token, 'tools/call', params)
  const text = 'Rate limit hourly: 60 calls an hour, each token. Retry in 60 s.'
  t.equal(refused.status, 200)
  t.equal(refused.headers['retry-after'], '60')
  t.match(JSON.parse(refused.body), {
    result: {
      resultType: 'complete',
      isError: true,
      content: [{ type: 'text', text }],
      _meta: { 'portcullis/retryAfterMs': 60_000 },
    },
  })
  t.equal(upstream.calls.length, 60, 'the server saw 60')
  const free = await post(url, other.token, 'tools/call', params)
  t.match(free.body, /found/, 'another token is free')
  const record = served.records().find(({ decision }) => decision === 'limited')
  t.match(record, { event: 'refusal', limit: 'hourly', subject: 'mine' })
})

t.test('limit: GCRA admits a burst, then one an interval', async (t) => {
  let now = 1_000
  const clock = { now: () => 0, monotonic: () => now }
  const limiter = new Limiter(clock)
  const limit: Limit = {
    on: {},
    for: null,
    rate: { calls: 60, per: 'minute', burst: 3 },
    concurrent: null,
    each: ['token', 'tool'],
    mode: 'enforce',
    rule: '/limits/x',
  }
  const caller = { token: 'a', subject: 's', team: 't', tool: 'u/v' }
  const admit = (who = caller, use = limit) =>
    limiter.admit([{ name: 'x', limit: use }], who)
  for (let i = 0; i < 3; i++) t.notMatch(admit(), { limit: 'x' })
  t.match(admit(), {
    detail: 'x: 60 calls a minute, each token and tool. Retry in 1 s.',
    retryAfterMs: 1_000,
  })
  now += 999
  t.match(admit(), { retryAfterMs: 1 })
  now += 1
  t.notMatch(admit(), { limit: 'x' })
  t.match(admit(), { limit: 'x' }, 'one interval is one call')
  t.notMatch(admit({ ...caller, token: 'b' }), { limit: 'x' }, 'another bucket')
  t.notMatch(admit({ ...caller, tool: 'u/w' }), { limit: 'x' })
  now += 86_400_000
  limiter.sweep()
  for (let i = 0; i < 3; i++) t.notMatch(admit(), { limit: 'x' })
  t.match(admit(), { limit: 'x' }, 'a long rest gives a burst, no more')
})

t.test('limit: a caller that is remembered counts as any other', async (t) => {
  let now = 0
  const limiter = new Limiter({ now: () => 0, monotonic: () => now })
  const limit: Limit = {
    on: {},
    for: null,
    rate: { calls: 60, per: 'minute', burst: 2 },
    concurrent: null,
    each: ['token'],
    mode: 'enforce',
    rule: '/limits/x',
  }
  const limits = [{ name: 'x', limit }]
  const parts = { token: 'a', subject: 's', team: 't', tool: 'u/v' }
  const caller = { ...parts }
  t.notMatch(limiter.admit(limits, caller), { limit: 'x' })
  t.notMatch(limiter.admit(limits, { ...parts }), { limit: 'x' })
  t.match(limiter.admit(limits, caller), { limit: 'x' }, 'one bucket for both')
  now += 60_000
  limiter.sweep()
  t.notMatch(limiter.admit(limits, caller), { limit: 'x' })
  t.notMatch(limiter.admit(limits, { ...parts }), { limit: 'x' })
  t.match(limiter.admit(limits, caller), { limit: 'x' }, 'and after a sweep')
})

t.test('limit: all admit, or none is charged', async (t) => {
  const clock = { now: () => 0, monotonic: () => 0 }
  const limiter = new Limiter(clock)
  const base = { on: {}, for: null, each: [], rule: '/x' } as const
  const wide: Limit = {
    ...base,
    rate: { calls: 2, per: 'hour', burst: 2 },
    concurrent: null,
    mode: 'enforce',
  }
  const single: Limit = { ...base, rate: null, concurrent: 1, mode: 'enforce' }
  const both = [
    { name: 'wide', limit: wide },
    { name: 'single', limit: single },
  ]
  const caller = { token: 'a', subject: 's', team: 't', tool: 'u/v' }
  const first = limiter.admit(both, caller)
  t.match(limiter.admit(both, caller), {
    detail: 'single: 1 call at once. Retry when one has ended.',
    retryAfterMs: null,
  })
  if ('release' in first) {
    first.release()
    first.release()
  }
  t.notMatch(
    limiter.admit(both, caller),
    { limit: 'wide' },
    'wide kept its call',
  )
  t.match(limiter.admit([both[0] as (typeof both)[0]], caller), {
    detail: 'wide: 2 calls an hour. Retry in 1800 s.',
  })
  const warn: Limit = { ...wide, mode: 'warn' }
  const watched = limiter.admit([{ name: 'wide', limit: warn }], caller)
  t.match(watched, { warned: ['wide'] }, 'warn only tells')
})

t.test(
  'unknown tokens get equal bytes; a good token is not delayed',
  async (t) => {
    const mine = issue({ subject: 'mine', roles: ['all'] })
    const gone = issue({ subject: 'x', roles: ['all'], revoked: '2026-01-01' })
    const config = {
      servers: { none: { type: 'http', url: 'http://127.0.0.1:9/mcp' } },
      roles: { all: { allow: { none: ['*'] } } },
    }
    let now = 0
    const clock = { now: Date.now, monotonic: () => now }
    const { gateway } = await serveConfig(t, config, [mine, gone], clock)
    const ask = (token: string) => post(gateway.url, token, 'tools/list')
    const wrong = formatToken(mine.id, new Uint8Array(32))
    const unknown = [formatToken('a'.repeat(12), new Uint8Array(32)), wrong]
    const bare = ({
      status,
      headers,
      body,
    }: Awaited<ReturnType<typeof ask>>) => {
      const { date: _, ...rest } = headers
      return JSON.stringify([status, rest, body])
    }
    const first = await Promise.all(unknown.map(ask))
    t.equal(new Set(first.map(bare)).size, 1, 'nothing tells them apart')
    for (let i = 2; i < 60; i++) await ask(wrong)

    let told = 0
    const late = [1, 2, 3, 4, 5].map(async () => {
      const answer = await ask(wrong)
      told++
      return bare(answer)
    })
    t.equal((await ask(mine.token)).status, 200, 'while five wait')
    t.equal((await ask(gone.token)).status, 401, 'who has proven it waits not')
    await t.rejects(ask(wrong), { code: 'ECONNRESET' }, 'a sixth: no answer')
    t.equal(told, 0, 'the five still wait')
    now = 5_000
    const answers = new Set(await Promise.all(late))
    t.same([...answers], [bare(first[0] as (typeof first)[0])], 'in their time')
  },
)

t.test('a token: its form, then its id, then all of it', async (t) => {
  const id = 'abcdefghij01'
  const [good, other] = [1, 2].map((byte) =>
    formatToken(id, new Uint8Array(32).fill(byte)),
  ) as [string, string]
  const artefact = buildArtefact({
    ...makeTable({ r: { allow: { a: ['x'] } } }),
    tokens: { [id]: { ...RECORD, id, sha256: hash('sha256', good, 'hex') } },
  })
  const routing = new Routing(artefact, new Map(), [])
  const asked: string[] = []
  const get = routing.tokens.get.bind(routing.tokens)
  Object.assign(routing.tokens, {
    get: (key: string) => {
      asked.push(key)
      return get(key)
    },
  })
  const ask = (token: string) =>
    authenticate(
      routing,
      { authorization: `Bearer ${token}`, memo: undefined },
      1,
    )
  const damaged = [`${good}x`, good.slice(0, -1), good.toUpperCase()]
  for (const bad of [...damaged, `${good.slice(0, -1)}_`]) {
    t.match(ask(bad), { reason: 'damaged token' })
  }
  t.match(ask('x'), { reason: 'foreign token' })
  t.same(asked, [], 'no table was asked')
  t.match(ask(good), { token: { id } })
  t.match(
    ask(other),
    { reason: 'unknown token' },
    'the same id, another secret',
  )
  const nobody = formatToken('z'.repeat(12), new Uint8Array(32))
  t.match(ask(nobody), { reason: 'unknown token' })
  t.equal(routing.principals.size, 1, 'guesses push nobody out')
  t.equal(ask(good), ask(good), 'remembered by all of it')
  routing.revocations.add({ kind: 'token', value: id, before: 1 })
  t.match(ask(good), { reason: 'revoked token' }, 'and judged each time')
})

const RECORD = {
  subject: 's',
  kind: 'person',
  team: null,
  roles: ['r'],
  tools: null,
  created: 0,
  notBefore: null,
  expires: 10,
  replaces: null,
  revoked: null,
  reason: null,
  rule: '/tokens/grants/x',
} as const

t.test('bounds of a server: in flight, queue, sessions', async (t) => {
  let skew = 0
  const monotonic = () => performance.now() + skew
  const clock = { now: () => Date.now(), monotonic }
  const few = { concurrency: 2, queue: 1, maxSessions: 1, idle: '1m' }
  const { gateway, open, calls, other } = await serveHeld(t, {}, clock, few)
  const level = () => gateway.status().servers[0]
  const [ann, bob] = [await open(), await open('2025-11-25', other)]
  const busy = /Server raw has too many calls waiting. Try again later/

  const [one, two] = [await ann.start('one'), await ann.start('two')]
  const third = ann.post(writeCall(50, 'three'))
  await until(() => level()?.queued === 1)
  t.match((await ann.post(writeCall(51, 'four'))).text(), busy)
  t.match(level(), { inFlight: 2, queued: 1, sessions: 1 })
  one.call.answer('1')
  await until(() => calls.length === 3)
  calls[2]?.answer('3')
  const stream = await third
  await until(() => stream.text().includes('"3"'))
  t.match((await bob.post(writeCall(1, 'five'))).text(), busy)
  two.call.answer('2')
  await until(() => level()?.inFlight === 0)
  const six = await bob.start('six')
  t.match(level(), { sessions: 1 }, 'in place of one without a call')
  six.call.answer('6')
  await until(() => level()?.inFlight === 0)
  skew += 61_000
  await until(() => level()?.sessions === 0, 'a session without use')
})
