// The audit file: complete, safe to read, and never outrun by an answer.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startHttpServer } from './harness/http-server.ts'
import { issue, readRecords, serveConfig } from './harness/served.ts'
import { post } from './harness/wire.ts'

async function start(t: Test, audit: object) {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const config = {
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { all: { allow: { issues: ['*'] } } },
    audit,
  }
  const served = await serveConfig(t, config, [mine])
  const call = (args: object = {}, name = 'issues__search_issues') => {
    const params = { name, arguments: args }
    return post(served.gateway.url, mine.token, 'tools/call', params)
  }
  return { upstream, call, mine, ...served }
}

t.test('a disk that is full stops what cannot be recorded', async (t) => {
  const refuse = await start(t, { file: '/dev/full' })
  const answer = await refuse.call()
  t.match(answer, { status: 503, headers: { 'retry-after': '1' } })
  t.match(JSON.parse(answer.body), { id: 1, error: { code: 50300 } })
  t.match(await refuse.call({}, 'nothing'), { status: 503 })
  t.equal(refuse.upstream.calls.length, 0, 'nothing was forwarded')

  const allow = await start(t, { file: '/dev/full', onFailure: 'allow' })
  t.match(await allow.call(), { status: 200, body: /found/ })
})

t.test('arguments: none, keys, digest, values', async (t) => {
  const args = { q: 'the quick brown fox' }
  const seen: Record<string, unknown> = {}
  for (const mode of ['none', 'keys', 'digest', 'values']) {
    const { call, records } = await start(t, { arguments: mode })
    await call(args)
    await call(args)
    const intents = records().filter(({ event }) => event === 'intent')
    t.same(intents[0]?.arguments, intents[1]?.arguments)
    seen[mode] = intents[0]?.arguments
  }
  t.match(seen, {
    none: undefined,
    keys: ['q'],
    digest: { hmac: /^[0-9a-f]{64}$/, bytes: 27 },
    values: args,
  })
})

t.test('nothing from outside breaks a line', async (t) => {
  const { gateway, folder, mine } = await start(t, { arguments: 'keys' })
  const names = [
    'a\nb',
    '{"event":"outcome"}',
    '\u2028\u2029\u0085',
    '\u0000\u001b[2J',
    '__proto__',
    'constructor',
    'toString',
    'x'.repeat(5_000),
    '\ud800',
  ]
  for (const [i, name] of names.entries()) {
    const encoded = Buffer.from(name).toString('base64')
    const { body } = await post(
      gateway.url,
      mine.token,
      'tools/call',
      { name, arguments: { [name]: 1 } },
      `=?base64?${encoded}?=`,
    )
    t.match(body, /Unknown tool|Mcp-Name/, `name ${i}`)
  }
  const file = join(folder, 'audit/gateway.jsonl')
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  const records = readRecords(file)
  t.equal(records.length, lines.length)
  const sequence = records.map(({ seq }) => seq)
  t.same(
    sequence,
    sequence.map((_, i) => i + 1),
  )
  t.notMatch(readFileSync(file, 'utf8'), /[\u007f-\u009f\u2028\u2029]/)
})
