// `audit query` on what changes under it: compressed files, a trail that grows
// and is rotated, and the audit of a real gateway with real clients.
// In: files, gateways, clients. Out: tap.

import { spawn } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { run } from '../../src/cli/run.ts'
import { readTrail } from '../../src/trail/read.ts'
import { LineScanner, startCount } from '../../src/trail/scan.ts'
import {
  bin,
  gateway,
  makeFolder,
  makeIo,
  root,
  runHere,
} from '../harness/gateway.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { CLIENTS, connect, issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

const FIXTURE = join(root, 'test/fixtures/audit')

type Rows = readonly Readonly<Record<string, unknown>>[]

const parseLines = (text: string): Rows =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

const idsOf = (rows: Rows) => rows.map(({ requestId }) => requestId)

const query = (file: string, ...args: readonly string[]) =>
  runHere(['audit', 'query', '--file', file, ...args])

async function queryJson(file: string, ...args: readonly string[]) {
  const { stdout } = await query(file, ...args, '--report', 'json')
  return parseLines(stdout)
}

t.test('compressed, copied and rewritten files', async (t) => {
  const folder = makeFolder(t)
  cpSync(FIXTURE, folder, { recursive: true })
  const [old = ''] = readdirSync(folder).filter((name) =>
    name.includes('11-23'),
  )
  const whole = readFileSync(join(folder, old))
  writeFileSync(join(folder, `${old}.gz`), gzipSync(whole))
  const live = join(folder, 'gateway.jsonl')
  t.equal((await queryJson(live)).length, 7, 'both are one')
  rmSync(join(folder, old))
  t.equal((await queryJson(live)).length, 7)
  t.equal((await queryJson(join(folder, `${old}.gz`))).length, 3, 'by itself')
  writeFileSync(join(folder, `${old}.gz`), gzipSync(whole).subarray(0, 300))
  const cut = await query(live)
  t.equal(cut.code, 1)
  t.match(cut.stderr, `${old}.gz`)

  // As another program writes JSON: no needle is in it.
  const spaced = whole
    .toString()
    .replaceAll('":', '": ')
    .replaceAll(',"', ', "')
  writeFileSync(join(folder, 'other.jsonl'), spaced)
  const other = join(folder, 'other.jsonl')
  t.strictSame(idsOf(await queryJson(other, '--subject', 'bob')), ['r-2'])
})

const line = (at: number, event: string, id: string) =>
  `{"ts":"${new Date(at).toISOString()}","seq":1,"event":"${event}",` +
  `"requestId":"${id}","subject":"ada","method":"tools/call",` +
  `"decision":"allowed"` +
  `${event === 'outcome' ? ',"outcome":"ok","durationMs":1' : ''}}\n`

t.test('follow: across rotations, until SIGINT', async (t) => {
  const folder = makeFolder(t)
  mkdirSync(join(folder, 'audit'))
  const live = join(folder, 'audit/gateway.jsonl')
  const now = Date.parse('2026-11-27T15:00:00Z')
  const call = (id: string) =>
    line(now, 'intent', id) + line(now, 'outcome', id)
  const rotate = (instant: string) =>
    renameSync(live, join(folder, `audit/gateway.${instant}.jsonl`))
  writeFileSync(live, call('a') + call('b') + call('c'))
  const args = ['audit', 'query', '--file', live, '--follow', '--limit', '2']
  const child = spawn(process.execPath, [bin, ...args, '--report', 'json'])
  t.teardown(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  const seen = () =>
    idsOf(parseLines(said.slice(0, said.lastIndexOf('\n') + 1)))
  const sees = (ids: string) =>
    until(() => seen().join('') === ids, `${ids}, not ${seen().join('')}`)
  await sees('bc')
  appendFileSync(live, line(now, 'intent', 'd'))
  appendFileSync(live, call('e'))
  await sees('bce')
  // Half a line, then the rest of it.
  const half = call('f')
  appendFileSync(live, half.slice(0, -20))
  appendFileSync(live, half.slice(-20))
  appendFileSync(live, line(now, 'outcome', 'd'))
  rotate('2026-11-27T15-00-01.000Z')
  writeFileSync(live, call('g'))
  rotate('2026-11-27T15-00-02.000Z')
  writeFileSync(live, call('h'))
  await sees('bcefdgh')
  child.kill('SIGINT')
  const [code] = await new Promise<unknown[]>((resolve) =>
    child.once('exit', (...all) => resolve(all)),
  )
  t.equal(code, 0)
})

t.test(
  'a partial line is read again; an undone line is not a record',
  async (t) => {
    const live = join(makeFolder(t), 'gateway.jsonl')
    const now = Date.parse('2026-11-27T15:00:00Z')
    const [whole, half] = [line(now, 'intent', 'a'), line(now, 'intent', 'b')]
    writeFileSync(live, whole + half.slice(0, 30))
    const found: string[] = []
    const count = startCount()
    const scanner = new LineScanner([], count, ({ bytes, start, end }) => {
      found.push(JSON.parse(bytes.toString('utf8', start, end)).requestId)
      return true
    })
    const end = new AbortController()
    const steps = [
      () => appendFileSync(live, half.slice(30)),
      () => appendFileSync(live, half.slice(0, 70)),
      // As the writer does when the disk is full.
      () => truncateSync(live, whole.length + half.length),
      () => appendFileSync(live, line(now, 'intent', 'c')),
      () => end.abort(),
    ]
    const idle = () => steps.shift()?.()
    const pause = async () => {}
    await readTrail({ live, scanner, pause, idle, follow: end.signal })
    t.strictSame(found, ['a', 'b', 'c'])
    t.match(count, { lines: 3, damaged: 0, bytes: 3 * whole.length })
  },
)

t.test('a slow reader gets all of it', async (t) => {
  const live = join(makeFolder(t), 'gateway.jsonl')
  const now = Date.parse('2026-11-27T15:00:00Z')
  const ids = Array.from({ length: 5_000 }, (_, i) => `r-${i}`)
  const lines = ids.map((id) => line(now, 'intent', id))
  writeFileSync(live, lines.join('').repeat(3))
  const io = makeIo(root)
  const told = text(io.stdout)
  const args = ['audit', 'query', '--file', live, '--report', 'json']
  t.equal(await run(args, io), 0)
  t.ok(io.stdout.listenerCount('drain') < 5, 'no listener for each write')
  io.stdout.end()
  t.equal(idsOf(parseLines(await told)).length, 3 * ids.length)
})

t.test('a real gateway, three clients', async (t) => {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const ada = issue({ subject: 'ada', team: 'docs' })
  const config = {
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { reader: { allow: { issues: ['search_*'] } } },
    teams: { docs: { roles: ['reader'] } },
    limits: {
      few: { on: { issues: ['search_*'] }, calls: 3, per: 'day' },
    },
  }
  const { gateway: served, folder } = await serveConfig(t, config, [ada])
  for (const kind of CLIENTS) {
    const { call } = await connect(t, kind, served.url, ada.token)
    await call('issues__search_issues', { q: kind })
    await t.rejects(call('issues__delete_file'))
  }
  const name = 'issues__search_issues'
  const params = { name, arguments: {} }
  const { headers } = await post(served.url, ada.token, 'tools/call', params)
  const ask = async (...args: readonly string[]) => {
    const told = ['audit', 'query', ...args, '--report', 'json']
    const { stdout, code, stderr } = await gateway(told, { cwd: folder })
    t.equal(code, 0, stderr)
    return parseLines(stdout)
  }
  const calls = await ask('--tool', 'issues/*', '--subject', 'ada')
  t.strictSame(
    calls.map(({ client, decision, outcome }) => [
      (client as { name: string }).name,
      decision,
      outcome,
    ]),
    [
      ...CLIENTS.flatMap((kind) => [
        [kind, 'allowed', 'ok'],
        [kind, 'denied', null],
      ]),
      ['wire', 'limited', null],
    ],
  )
  t.match(calls[0], {
    team: 'docs',
    rule: { at: /^gateway\.config\.json:\d+$/ },
    durationMs: Number,
    upstreamMs: Number,
  })
  const id = String(headers['x-request-id'])
  const [limited] = await ask('--request', id)
  t.match(limited, { decision: 'limited', limit: 'few', requestId: id })
})
