// Attacks on the edge: connections that go on behind a refusal, guesses at the
// admin listener.
// In: nothing. Out: ATTACKS.

import { strict as assert } from 'node:assert'
import {
  open,
  STILL,
  type Teardown,
  talk,
  write,
  writeCall,
} from '../harness/bounds/edge.ts'
import { runHere } from '../harness/gateway.ts'
import { json, startRawServer } from '../harness/raw-server.ts'
import { type Grant, issue } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { modernHeaders } from '../harness/wire.ts'
import type { Attack } from './case.ts'

type Opened = Awaited<ReturnType<typeof open>>

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
const WAITS = { expect: '100-continue' }
const LEGACY = { 'content-type': 'application/json' }

/** What is turned away with its connection: the status, and the bytes. */
const REFUSED: Readonly<
  Record<string, (world: Opened) => readonly [number, string]>
> = {
  'two Host headers': ({ good }) => [
    400,
    writeCall(good.token, { Host: 'localhost' }),
  ],
  'transfer-encoding identity': ({ good }) => [
    400,
    write(
      {
        ...modernHeaders(good.token, 'tools/call', 'raw__work'),
        'content-length': '0',
        'transfer-encoding': 'identity',
      },
      '',
    ).replace('content-length: 0\r\n', ''),
  ],
  'a Host that is not allowed': ({ good }) => [
    403,
    writeCall(good.token, { host: 'evil.example' }),
  ],
  'an Origin that is not allowed': ({ good }) => [
    403,
    writeCall(good.token, { origin: 'https://evil.example' }),
  ],
  'a method that is none': ({ good }) => [
    405,
    write({ authorization: `Bearer ${good.token}` }, '', 'PATCH /mcp'),
  ],
  'no token': () => [401, write({ 'content-type': 'application/json' }, '{}')],
  'a wrong token': ({ good }) => [
    401,
    writeCall(good.token.replace(/_.{4}/, '_zzzz')),
  ],
  'an expired token': ({ expired }) => [401, writeCall(expired.token)],
  'another media type': ({ good }) => [
    415,
    writeCall(good.token, { 'content-type': 'text/plain' }),
  ],
  'a content encoding': ({ good }) => [
    415,
    writeCall(good.token, { 'content-encoding': 'gzip' }),
  ],
  'a body in chunks that is too long': ({ good }) => {
    const headers = {
      ...modernHeaders(good.token, 'tools/call'),
      'transfer-encoding': 'chunked',
    }
    const chunk = `1400\r\n${' '.repeat(0x1400)}\r\n0\r\n\r\n`
    const head = write(headers).replace('content-length: 0\r\n', '')
    return [413, head + chunk]
  },
  'a body that is no JSON': ({ good }) => [
    400,
    write(modernHeaders(good.token, 'tools/call'), '{"jsonrpc":'),
  ],
  'a batch outside a session': ({ good }) => [
    400,
    write(modernHeaders(good.token, 'tools/call'), `[${PING},${PING}]`),
  ],
  'a batch of nothing': ({ good }) => [
    400,
    write({ ...LEGACY, authorization: `Bearer ${good.token}` }, '[]'),
  ],
  'an upgrade without a token': () => [
    401,
    write({ ...LEGACY, connection: 'Upgrade', upgrade: 'websocket' }, PING),
  ],
  'an expectation that nobody meets': ({ good }) => [
    417,
    writeCall(good.token, { expect: 'magic' }),
  ],
  'another one beside 100-continue': ({ good }) => [
    417,
    writeCall(good.token, { expect: '100-continue, magic' }),
  ],
  'an expectation, for a Host that is not allowed': ({ good }) => [
    403,
    writeCall(good.token, { expect: 'magic', host: 'evil.example' }),
  ],
  'a body that waits, without a token': () => [
    401,
    write({ ...LEGACY, expect: '100-continue' }, PING),
  ],
  'a body that waits, with a wrong token': ({ good }) => [
    401,
    writeCall(good.token.replace(/_.{4}/, '_zzzz'), WAITS),
  ],
  'a body that waits, of another media type': ({ good }) => [
    415,
    writeCall(good.token, { ...WAITS, 'content-type': 'text/plain' }),
  ],
  'bytes that are no HTTP': () => [400, `${'x'.repeat(40)}\r\n\r\n`],
  'an unknown framing': ({ good }) => [
    400,
    writeCall(good.token, { 'transfer-encoding': 'chunked' }),
  ],
}

/** Nothing but the refusal comes back, and the server sees nothing, whether
 * more was pipelined or arrives when the refusal did. */
async function refuseAlone(t: Teardown, name: string): Promise<string> {
  const world = await open(t)
  const [status, bytes] = REFUSED[name]?.(world) ?? [0, '']
  const behind = writeCall(world.good.token).repeat(8)
  const answers = [
    await talk(world.url, bytes + behind),
    await talk(world.url, bytes, behind),
  ]
  for (const answer of answers) {
    const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)]
    assert.deepEqual(
      statuses.map(([, one]) => one),
      [String(status)],
    )
  }
  await world.gateway.close()
  assert.equal(world.calls(), 0, 'the server saw a call')
  const allowed = world.records().filter((one) => one.decision === 'allowed')
  assert.deepEqual(allowed, [])
  return `${status}, alone`
}

const PIPELINED: readonly Attack[] = Object.keys(REFUSED).map((name) => ({
  id: `S10 calls behind ${name}`,
  run: (t) => refuseAlone(t, name),
}))

const TURNS: readonly Attack[] = [
  {
    id: 'S10 calls behind a refusal that waits for its time',
    run: async (t) => {
      const { url, good, calls } = await open(t)
      const [, wrong] = REFUSED['a wrong token']?.({ good } as Opened) ?? []
      // More than one address may guess at once: the next answers wait.
      await Promise.all(
        Array.from({ length: 60 }, () => talk(url, wrong ?? '')),
      )
      const answer = await talk(url, wrong + writeCall(good.token).repeat(3))
      assert.match(answer, /^HTTP\/1\.1 401 /)
      assert.equal(calls(), 0)
    },
  },
  {
    id: 'S10 a refusal between two calls ends with itself',
    run: async (t) => {
      const { url, good, calls } = await open(t)
      const call = writeCall(good.token)
      const [, bad] = REFUSED['another media type']?.({ good } as Opened) ?? []
      const answer = await talk(url, call + call + bad + call)
      const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)]
      assert.deepEqual(
        statuses.map(([, one]) => one),
        ['200', '200', '415'],
      )
      assert.equal(calls(), 2, 'what came before it was done, in turn')
    },
  },
  {
    id: 'S10 more requests of one connection than may wait',
    run: async (t) => {
      const { url, good, calls } = await open(t)
      // Node's server reads a connection whose first request is not plain.
      const first = writeCall(good.token, { te: 'trailers' })
      const many = first + writeCall(good.token).repeat(500)
      assert.equal(await talk(url, many), '')
      assert.ok(calls() <= 1)
    },
  },
  {
    id: 'S10 more requests of one connection than may wait, each in turn',
    run: async (t) => {
      const { url, good, calls } = await open(t)
      const last = writeCall(good.token, { connection: 'close' })
      const many = writeCall(good.token).repeat(500) + last
      const answers = (await talk(url, many)).match(/HTTP\/1\.1 200 /g)
      // With Node's reader alone the connection ends.
      if (process.env.PORTCULLIS_READER === 'node') assert.ok(calls() <= 1)
      else assert.deepEqual([answers?.length, calls()], [501, 501])
    },
  },
  {
    id: 'S10 calls behind CONNECT',
    run: async (t) => {
      const { url, good, calls } = await open(t)
      const headers = { authorization: `Bearer ${good.token}` }
      for (const target of ['/mcp', 'raw.example:80']) {
        const line = write(headers, '', `CONNECT ${target}`)
        const answer = await talk(url, line + writeCall(good.token).repeat(3))
        assert.doesNotMatch(answer, /HTTP\/1\.1 [123]/)
      }
      assert.equal(calls(), 0)
    },
  },
  {
    id: 'S10 an upgrade is no way out of the protocol',
    run: async (t) => {
      const { url, good, calls } = await open(t)
      const upgrade = { connection: 'Upgrade, close', upgrade: 'websocket' }
      const answer = await talk(url, writeCall(good.token, upgrade))
      assert.match(answer, /^HTTP\/1\.1 200 /)
      assert.equal(calls(), 1, 'a call like any other')
    },
  },
  {
    id: 'S10 calls behind one that a gateway ends with',
    run: async (t) => {
      let release = () => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      const server = await startRawServer(t, {
        work: async ({ id }, response) => {
          await held
          json(response, { id, result: { content: [] } })
        },
      })
      const { gateway, good } = await open(t, {
        servers: { raw: { type: 'http', url: server.url } },
      })
      const calls = () => server.methods.filter((one) => one === 'tools/call')
      const answer = talk(gateway.url, writeCall(good.token).repeat(5))
      await until(() => calls().length > 0, 'the first call')
      const closed = gateway.close()
      release()
      const statuses = [...(await answer).matchAll(/HTTP\/1\.1 (\d+)/g)]
      await closed
      const [first, ...others] = statuses.map(([, one]) => one)
      assert.equal(first, '200')
      assert.ok(others.length < 2 && others.every((one) => one === '503'))
      assert.equal(calls().length, 1)
    },
  },
  {
    id: 'S10 calls of a token that is revoked while they wait',
    run: async (t) => {
      let release = () => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      const server = await startRawServer(t, {
        work: async ({ id }, response) => {
          await held
          json(response, { id, result: { content: [] } })
        },
      })
      const { gateway, good } = await open(t, {
        servers: { raw: { type: 'http', url: server.url } },
      })
      const calls = () => server.methods.filter((one) => one === 'tools/call')
      const answer = talk(gateway.url, writeCall(good.token).repeat(5))
      await until(() => calls().length > 0, 'the first call')
      await gateway.revoke({ kind: 'token', value: good.id })
      release()
      await answer
      assert.equal(calls().length, 1)
    },
  },
  {
    id: 'S10 what is pipelined on the admin listener behind a wrong token',
    run: async (t) => {
      const { gateway, good, records } = await open(t)
      const order = JSON.stringify({ kind: 'token', value: good.id })
      const headers = { authorization: 'Bearer wrong' }
      const bytes = write(headers, order, 'POST /revoke')
      const answer = await talk(gateway.adminUrl, bytes.repeat(4))
      assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1)
      await gateway.close()
      const refused = records().filter(
        ({ reason }) => reason === 'wrong admin token',
      )
      assert.deepEqual(
        refused.map(({ count }) => count),
        [1],
      )
    },
  },
]

const OPERATORS: readonly Attack[] = [
  {
    id: 'S17 wrong admin tokens are paced and recorded',
    run: async (t) => {
      const { gateway, records } = await open(t, {}, STILL)
      const guess = (route: string, headers: Record<string, string> = {}) =>
        talk(gateway.adminUrl, write(headers, '', route))
      const wrong = { authorization: 'Bearer wrong' }
      const routes = ['GET /status', 'GET /metrics', 'POST /revoke', 'GET /x']
      const guessMany = (count: number) =>
        Array.from({ length: count }, (_, i) =>
          guess(routes[i % 4] as string, wrong),
        )
      const first = await Promise.all(guessMany(60))
      const [told, ...others] = new Set(
        first.map((one) => one.replace(/date: .*/i, '')),
      )
      assert.match(told ?? '', /^HTTP\/1\.1 401 /)
      assert.deepEqual(others, [], 'one answer for all')
      // A few wait for their time; the others are not answered at all.
      let unanswered = 0
      const more = guessMany(40).map((one) =>
        one.then((answer) => {
          if (answer === '') unanswered++
        }),
      )
      await until(() => unanswered >= 30, 'connections that end', 60_000)
      await guess('GET /status')
      await gateway.close()
      await Promise.all(more)
      const counts = (reason: string) =>
        records()
          .filter((one) => one.reason === reason)
          .reduce((sum, { count = 0 }) => sum + count, 0)
      assert.equal(counts('wrong admin token'), 100)
      assert.equal(counts('no admin token'), 1)
    },
  },
]

/** A token whose secret is right and that is no good: what says so, what its
 * holder is told, and a forged one is not. */
const SPENT: readonly [reason: string, more: Partial<Grant>, told: RegExp][] = [
  [
    'expired token',
    { created: '2020-01-01', expires: '2020-02-01' },
    /expired at 2020-02-01T00:00:00Z\./,
  ],
  ['revoked token', { revoked: '2020-01-01', reason: 'left' }, /was revoked\./],
  [
    'token not valid yet',
    { notBefore: '2099-01-01', expires: '2099-02-01' },
    /not valid before 2099-01-01T00:00:00Z\./,
  ],
]

const HOLDERS: readonly Attack[] = SPENT.map(([reason, more, told]) => ({
  id: `N2 who held it, of a refusal for: ${reason}`,
  run: async (t) => {
    const spent = issue({ subject: 'sam', roles: ['all'], ...more })
    const forged = spent.token.replace(/_.{4}(?=[^_]*$)/, '_AAAA')
    const { url, gateway, records, folder } = await open(t, {
      tokens: { grants: { [spent.id]: spent.record }, maxAge: '36500d' },
    })
    const ask = (token: string) => talk(url, writeCall(token))
    assert.match(await ask(spent.token), told)
    const closed = new RegExp(`${spent.id}|left|2099`)
    assert.doesNotMatch(await ask(forged), closed)
    await gateway.close()
    const refused = records().filter(({ event }) => event === 'refusal')
    const shown = refused.map((one) => [one.reason, one.tokenId, one.subject])
    assert.deepEqual(shown[0], [reason, spent.id, 'sam'])
    assert.deepEqual(shown[1], ['damaged token', undefined, undefined])
    const query = async (form: string) => {
      const args = ['audit', 'query', '--all', '--report', form]
      return (await runHere(args, { cwd: folder })).stdout
    }
    assert.match(await query('human'), new RegExp(`sam .*${reason}`))
    assert.match(
      await query('json'),
      new RegExp(`"${spent.id}".*"reason":"${reason}"`),
    )
  },
}))

export const ATTACKS: readonly Attack[] = [
  ...PIPELINED,
  ...TURNS,
  ...OPERATORS,
  ...HOLDERS,
]
