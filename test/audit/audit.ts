// The audit file: complete, safe to read, and never outrun by an answer.
// Covers src/runtime/record.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { AuditLog } from '../../src/runtime/audit/log.ts'
import type { Routing } from '../../src/runtime/catalog/routing.ts'
import { recordThen } from '../../src/runtime/record/record-then.ts'
import { bin } from '../harness/gateway.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { makeFolder, serveFolder } from '../harness/process.ts'
import { issue, readRecords, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

async function start(
  t: Test,
  audit: object,
  issues: readonly (string | object)[] = ['*'],
  limits: object = {},
) {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const config = {
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { all: { allow: { issues } } },
    limits,
    audit,
  }
  const served = await serveConfig(t, config, [mine])
  const call = (args: object = {}, name = 'issues__search_issues') => {
    const params = { name, arguments: args }
    return post(served.gateway.url, mine.token, 'tools/call', params)
  }
  return { upstream, call, mine, ...served }
}

/** The same, as a process of its own. */
async function startProcess(
  t: Test,
  audit: object,
  flags: readonly string[],
  before: readonly string[] = [],
) {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const config = {
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { all: { allow: { issues: ['*'] } } },
    tokens: { grants: { [mine.id]: mine.record } },
    audit,
  }
  const text = JSON.stringify(config)
  const folder = makeFolder(t, { 'gateway.config.json': text })
  const command = [...before, process.execPath, ...flags, bin, 'serve']
  const served = await serveFolder(t, folder, [], {}, command)
  return { folder, served, mine }
}

t.test('a full disk stops calls that cannot be recorded', async (t) => {
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

t.test('arguments of a tool: selected, masked, in every form', async (t) => {
  const args = (secret: string) => ({
    q: { owner: 'acme', key: secret },
    list: [{ a: 1, b: secret }, { a: 2 }],
    constructor: secret,
    more: secret,
  })
  const select = ['/q', '/list/1', '/list/0/a', '/none/x']
  const tool = { select, redact: ['/q/key', '/list/1/a', '/absent'] }
  const tools = { issues: { search_issues: tool } }
  const seen: Record<string, unknown> = {}
  for (const mode of ['none', 'keys', 'digest', 'values']) {
    const { call, records } = await start(t, { arguments: mode, tools })
    await call(args('canary-1'))
    await call(args('canary-2'))
    const intents = records().filter(({ event }) => event === 'intent')
    t.same(intents[0]?.arguments, intents[1]?.arguments, 'no trace of it')
    t.notMatch(JSON.stringify(records()), /canary/)
    seen[mode] = intents[0]?.arguments
  }
  const shown = {
    q: { owner: 'acme', key: '[redacted]' },
    list: [{ a: 1 }, { a: '[redacted]' }],
  }
  const bytes = JSON.stringify(shown).length
  t.strictSame(
    { ...seen, digest: Object(seen.digest).bytes },
    { none: undefined, keys: ['q', 'list'], digest: bytes, values: shown },
  )
})

t.test('a refusal records the arguments as a call would', async (t) => {
  const when = { owner: { equals: 'acme' } }
  const tools = { issues: { create_issue: { redact: ['/key'] } } }
  const { gateway, mine, records } = await start(
    t,
    { arguments: 'values', tools },
    [{ tool: 'create_issue', when }, 'search_*'],
    { one: { on: { issues: ['search_*'] }, calls: 1, per: 'day' } },
  )
  const long = `issues__${'x'.repeat(500)}`
  const ask = (name: string, args: object, method = 'tools/call') =>
    post(gateway.url, mine.token, method, { name, arguments: args })
  await ask('issues__create_issue', { owner: 'other', key: 'canary' })
  await ask('issues__search_issues', { q: 'a' })
  await ask('issues__search_issues', { q: 'b' })
  await ask('issues__slow', { ms: 1 })
  await ask(long, { key: 'canary' })
  const uri = 'note://nobody'
  await post(gateway.url, mine.token, 'resources/read', { uri }, uri)
  t.match(
    records().filter(({ event }) => event === 'refusal'),
    [
      {
        tool: 'create_issue',
        decision: 'denied',
        arguments: { owner: 'other', key: '[redacted]' },
      },
      { decision: 'limited', limit: 'one', arguments: { q: 'b' } },
      { tool: 'slow', decision: 'denied', arguments: { ms: 1 } },
      {
        server: null,
        tool: null,
        exposed: /^issues__x{100,}… \(508 characters, sha256 [0-9a-f]{16}\)$/,
        decision: 'unknown',
        arguments: undefined,
      },
      { server: null, exposed: uri, decision: 'unknown' },
    ],
  )
  t.notMatch(JSON.stringify(records()), /canary/)
})

t.test('a bug that ends the process is recorded', async (t) => {
  const { folder, served } = await startProcess(t, {}, [
    '--import',
    `data:text/javascript,${encodeURIComponent(BUG)}`,
  ])
  served.child.kill('SIGUSR2')
  await until(() => served.child.exitCode !== null, 'it ends')
  t.equal(served.child.exitCode, 1)
  t.match(served.stderr(), /TypeError: canary/, 'the log has all of it')
  const file = join(folder, 'audit/gateway.jsonl')
  const records = readRecords(file)
  t.match(records.slice(-2), [
    { notice: 'crash', detail: { name: 'TypeError', at: [/fail/] } },
    { notice: 'checkpoint' },
  ])
  t.notMatch(readFileSync(file, 'utf8'), /canary/)
  const again = await serveFolder(t, folder)
  t.equal(await again.stop(), 0, 'what it owned is free')
})

const BUG = `
process.once('SIGUSR2', () => setTimeout(function fail() {
  throw new TypeError('can' + 'ary\\n    at it')
}))`

t.test('with `fsync`, the disk has a record before its answer', async (t) => {
  if (spawnSync('strace', ['-V']).status !== 0)
    return t.pass('as seen by strace', { skip: 'strace is not here' })
  const trace = ['-f', '-tt', '-e', 'trace=fdatasync,write,writev,sendto']
  const out = join(mkdtempSync(join(tmpdir(), 'gateway-trace-')), 'trace')
  const command = ['strace', ...trace, '-s', '200', '-o', out]
  const { served, mine } = await startProcess(t, { fsync: true }, [], command)
  const method = 'tools/call'
  const params = { name: 'issues__search_issues' }
  for (let i = 0; i < 5; i++) await post(served.url, mine.token, method, params)
  await served.stop()
  const events = readFileSync(out, 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (/write\(\d+, "\{\\"ts\\".*outcome/.test(line)) return ['record']
      if (/fdatasync.*= 0$/.test(line)) return ['synced']
      return /HTTP\/1\.1 200 OK.*x-request-id/.test(line) ? ['answer'] : []
    })
  const order = events.join(' ')
  t.equal(events.filter((one) => one === 'answer').length, 5, order)
  t.notMatch(order, /record answer/, 'the sync comes between')
  rmSync(join(out, '..'), { recursive: true })
})

t.test('no text from outside breaks a line', async (t) => {
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

t.test('an exception after a record ends one request', (t) => {
  const appended: string[] = []
  const audit = {
    append: (record: string, done?: (failure: Error | null) => void) => {
      appended.push(record)
      done?.(null)
    },
  } as unknown as AuditLog
  const routing = {
    digest: 'd',
    table: { audit: { onFailure: 'refuse' } },
  } as unknown as Routing
  const done: string[] = []
  const act = () => {
    throw new Error('a bug')
  }
  const context = { audit, log: pino({ level: 'silent' }) }
  recordThen(context, routing, '"event":"intent"', act, () =>
    done.push('refused'),
  )
  t.strictSame(done, ['refused'])
  t.equal(appended.length, 2)
  t.match(appended[1], /"notice":"fault"/)
  t.end()
})
