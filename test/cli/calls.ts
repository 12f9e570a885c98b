// One call from the command line, and the lines of `serve --dev`: with real
// gateways and real servers.
// Covers src/cli.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { followCalls, renderCallLine } from '../../src/cli/dev-lines.ts'
import { openIo } from '../../src/cli/io.ts'
import {
  judgeCalled,
  renderCalled,
  renderProgress,
} from '../../src/cli/render/called.ts'
import type { Called } from '../../src/cli/verbs/call/called.ts'
import type { AuditRecord } from '../../src/contract/audit.ts'
import { makeFolder, makeIo, runHere } from '../harness/gateway.ts'
import { ada, bob, CONFIG, local, old, serve } from '../harness/holders.ts'
import { makeFolder as makeProject, serveFolder } from '../harness/process.ts'
import { readRecords } from '../harness/served.ts'
import { until } from '../harness/until.ts'

t.test('a call through a running gateway', async (t) => {
  const { url, folder } = await serve(t)
  const call = (args: readonly string[], input = bob.token) =>
    runHere(['call', ...args, '--gateway', url], { cwd: folder, input })
  const args = '{"big":12345678901234567890,"a":[1]}'
  const echoed = await call(['bob', 'local/echo', '--args', args])
  t.equal(echoed.code, 0, echoed.stderr)
  t.match(echoed.stderr, /^request \S+\n$/)
  const json = await call([
    'local/echo',
    '--arg',
    'n:=5',
    '--arg',
    's=a=b',
    '--report',
    'json',
  ])
  const message = JSON.parse(json.stdout)
  t.same(JSON.parse(message.result.content[0].text), { n: 5, s: 'a=b' })
  const failed = await call(['local/fail'])
  t.equal(failed.code, 1)
  const unknown = await call(['local/ecko'])
  t.equal(unknown.code, 1)
  t.match(
    unknown.stderr,
    'local/ecko is not listed to this token; did you mean `echo`',
  )
  t.match(unknown.stdout, 'refused: Unknown tool: local__ecko')
  const other = await call(['ada', 'local/echo'])
  t.equal(other.code, 2)
  t.match(other.stderr, 'the token is that of bob, not of ada')
  const wrong = await call(['local/echo'], `${bob.token.slice(0, -1)}x`)
  t.equal(wrong.code, 2)
  t.match(wrong.stderr, 'a character of the token is wrong (401)')
  for (const bad of [
    ['--args', '{"a":1,"a":2}'],
    ['--args', '[1]'],
    ['--arg', 'none'],
    ['--arg', 'a:={'],
    ['--args', '-'],
  ]) {
    t.equal((await call(['local/echo', ...bad])).code, 2, bad.join(' '))
  }
})

t.test('a call through a gateway of its own', async (t) => {
  const records = Object.fromEntries(
    [ada, bob, old].map(({ id, record }) => [id, record]),
  )
  const config = { ...CONFIG, tokens: { grants: records } }
  const file = JSON.stringify(config, null, 2)
  const cwd = makeFolder(t, { 'gateway.config.json': file })
  const call = (...args: readonly string[]) =>
    runHere(['call', ...args], { cwd })
  const image = await call('tester', 'every/get-tiny-image')
  t.equal(image.code, 0, image.stderr)
  t.match(image.stdout, /^\(image, image\/png, 4\.0 kB\)$/m)
  t.match(image.stderr, /allowed by gateway\.config\.json:\d+, ok in \d+ ms/)
  const denied = await call('platform', 'local/echo', '--arg', 'say=c')
  t.equal(denied.code, 1)
  t.match(
    denied.stdout,
    /^refused:\nNot allowed with these arguments: `say` must/,
  )
  t.match(denied.stderr, /denied by gateway\.config\.json:\d+ \(`say` must/)
  const refused = await call('old', 'local/pid')
  t.equal(refused.code, 1)
  t.match(refused.stderr, `the token ${old.id} of old is revoked`)
  t.equal((await call('nobody', 'local/pid')).code, 1)
  t.equal((await call('local/pid')).code, 2)
  t.notOk(existsSync(join(cwd, 'audit/gateway.jsonl')))
  const written = readRecords(join(cwd, 'audit/dev.jsonl'))
  t.ok(written.some(({ tool }) => tool === 'get-tiny-image'))
  t.notOk(existsSync(join(cwd, 'audit/dev.jsonl.owner')))
})

t.test('a tool by the name that clients see, without a lock', async (t) => {
  const renamed = { ...local, prefix: '', rename: { echo: 'say_again' } }
  const config = {
    servers: { local: renamed },
    roles: { reader: { allow: { local: ['*'] } } },
  }
  const text = JSON.stringify(config)
  const cwd = makeFolder(t, { 'gateway.config.json': text })
  const said = ['say_again', '--arg', 'say=a']
  const called = await runHere(['call', 'reader', ...said], { cwd })
  t.equal(called.code, 0, called.stderr)
  t.match(called.stdout, /"say":"a"/)
})

t.test('a result is text for a person', (t) => {
  const show = (message: object, record?: object) => {
    const answer = { status: 200, headers: {}, text: '', message }
    const called = { answer, requestId: '', record } as unknown as Called
    const { result, remarks } = renderCalled(called)
    const shown = `${result}${remarks}`
    return { code: judgeCalled(called), shown }
  }
  const item = (one: object) => ({ result: { content: [one] } })
  const blob = Buffer.alloc(2_500).toString('base64')
  const cases: readonly (readonly [object, number, string])[] = [
    [item({ type: 'text', text: 'a\u001b[31m\nb' }), 0, 'a\ufffd[31m\nb\n'],
    [
      item({ type: 'audio', mimeType: 'audio/wav', data: blob }),
      0,
      '(audio, audio/wav, 2.5 kB)\n',
    ],
    [
      item({ type: 'resource', resource: { uri: 'a:b', text: 'x' } }),
      0,
      '(a:b)\nx\n',
    ],
    [
      item({ type: 'resource_link', uri: 'a:b', name: 'n' }),
      0,
      '(link to a:b: n)\n',
    ],
    [{ result: { content: [] } }, 0, '(an empty result)\n'],
    [
      {
        result: {
          content: [{ type: 'text', text: '{"a":1}' }],
          structuredContent: { a: 1 },
        },
      },
      0,
      '{\n  "a": 1\n}\n',
    ],
    [
      {
        result: {
          content: [{ type: 'text', text: 'hello' }],
          structuredContent: { content: 'hello\n' },
        },
      },
      0,
      'hello\n',
    ],
    [
      {
        result: {
          messages: [{ role: 'user', content: { type: 'text', text: 'q' } }],
        },
      },
      0,
      'user:\nq\n',
    ],
    [
      { result: { contents: [{ uri: 'a:b', mimeType: 'x/y', blob }] } },
      0,
      '(a:b, x/y, 2.5 kB)\n',
    ],
    [
      { error: { code: -32602, message: 'Unknown tool: x' } },
      1,
      'refused: Unknown tool: x (-32602)\n',
    ],
    [
      {
        result: {
          resultType: 'input_required',
          inputRequests: {
            a: { method: 'elicitation/create', params: { message: 'Name?' } },
          },
        },
      },
      2,
      'the tool asks something before it answers, and this command cannot reply:\n' +
        '  Name?\nhelp: call it from a client that shows questions\n',
    ],
  ]
  for (const [message, code, shown] of cases) {
    t.same(show(message), { code, shown })
  }
  const failed = { result: { isError: true, content: [] } }
  const end = { decision: 'allowed', outcome: 'tool_error', durationMs: 3.2 }
  t.same(show(failed, end), {
    code: 1,
    shown:
      'the tool says that it failed:\n(an empty result)\n' +
      'allowed, tool_error in 3 ms; request  in the trail\n',
  })
  t.match(show(failed, { ...end, outcome: 'timeout' }).shown, /^the server fa/)
  const progress = { progress: 1, total: 4, message: 'half\nway' }
  const told = renderProgress({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: progress,
  })
  t.match(String(told), /^progress 1 of 4: half.way\n$/)
  t.end()
})

t.test('serve --dev tells each call, in a trail of its own', async (t) => {
  const file = JSON.stringify({
    ...CONFIG,
    servers: { local },
    limits: {},
    roles: { reader: CONFIG.roles.reader },
  })
  const folder = makeProject(t, { 'gateway.config.json': file })
  const served = await serveFolder(t, folder, ['--dev'])
  const call = (args: readonly string[], input = served.token) =>
    runHere(['call', ...args, '--gateway', served.url], { cwd: folder, input })
  const own = await runHere(['call', 'reader', 'local/pid'], { cwd: folder })
  t.equal(own.code, 0, own.stderr)
  t.match(own.stderr, 'audit/dev-2.jsonl', 'beside it')
  await call(['local/pid'])
  await call(['local/echo', '--arg', 'say=\u001b[31mc'])
  const headers = { 'content-type': 'application/json' }
  await fetch(served.url, { method: 'POST', body: '{}', headers })
  await until(() => / 401 /.test(served.stderr()))
  const lines = served.stderr()
  const time = String.raw`\d\d:\d\d:\d\d`
  t.match(
    lines,
    new RegExp(
      `^${time}  developer  local/pid  ok  \\d+ ms  \\d+ B in, \\d+ B out$`,
      'm',
    ),
  )
  t.match(
    lines,
    new RegExp(`^${time}  developer  local/echo  denied  .*say`, 'm'),
  )
  t.match(lines, new RegExp(`^${time}  127.0.0.1  -  401  no token$`, 'm'))
  t.notMatch(lines, '\u001b')
  t.equal(await served.stop(), 0)
  t.notOk(existsSync(join(folder, 'audit/gateway.jsonl')))
  t.match(readFileSync(join(folder, 'audit/dev.jsonl'), 'utf8'), '"tool":"pid"')
})

t.test(
  'lines of calls: colour, counts, and nothing that moves a cursor',
  async (t) => {
    const base = {
      ts: '2026-11-30T10:00:00.000Z',
      seq: 1,
      prevHash: '',
      event: 'refusal',
    } as const
    const bad = {
      ...base,
      subject: 'a\u001b[2J\nb',
      decision: 'unknown',
      exposed: 'x\ry',
    } as unknown as AuditRecord
    const line = String(renderCallLine(bad))
    t.equal(line.split('\n').length, 2)
    t.notMatch(line, /[\u001b\r]/)
    const many = {
      ...base,
      ip: '::1',
      decision: 'unauthenticated',
      count: 3,
      reason: 'unknown token',
    } as AuditRecord
    t.equal(
      renderCallLine(many)?.format({ colours: true, links: false }),
      '10:00:00  ::1  -  \u001b[31m401 × 3\u001b[0m  unknown token\n',
    )
    const quiet = { ...base, event: 'outcome', method: 'ping' } as AuditRecord
    t.equal(renderCallLine(quiet), undefined)
    const io = makeIo(makeFolder(t))
    await followCalls(join(io.cwd, 'none.jsonl'), openIo([], io)).close()
    io.stderr.end()
    t.match(
      await text(io.stderr),
      'calls are no longer shown: there is no audit',
    )
  },
)
