// That the benches of calls work, on a few calls of each kind; no figure is judged.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { type WireMessage, WireReader } from '../../bench/wire.ts'
import { root } from '../harness/gateway.ts'

const run = promisify(execFile)

// Each starts up to eleven processes, on a machine that may be busy.
t.setTimeout(300_000)

async function bench(name: string, ...args: string[]): Promise<string> {
  const file = join(root, `dist/bench/${name}.js`)
  const { stdout } = await run(process.execPath, [file, ...args])
  return stdout
}

const FEW = ['--rounds', '1', '--requests', '20', '--warmup', '20', '--json']

t.test('a short run names its ratios and holds the audit', async (t) => {
  const cases = [
    '200 B',
    '200 B, from sessions',
    'SSE, 10 KB',
    'SSE, 10 events',
    'list',
    'stdio',
  ]
  const flags = cases.flatMap((name) => ['--case', name])
  const report = JSON.parse(await bench('main', ...flags, ...FEW))
  t.same(Object.keys(report.ratios), [
    'cpu_vs_nginx',
    'cpu_vs_nginx_from_legacy',
    'cpu_vs_nginx_sse_10kb',
    'cpu_vs_nginx_sse_10_events',
    'cpu_vs_nginx_list',
    'p99_vs_nginx',
    'cpu_vs_floor',
    'cpu_vs_passthrough',
    'cpu_vs_sdk',
    'cpu_vs_sdk2',
    'cpu_vs_sdk_stdio',
  ])
  t.ok(report.ratios.cpu_vs_passthrough > 0)
  t.ok(report.ratios.cpu_vs_sdk_stdio > 0)
  t.same(report.audit, { intents: 198, outcomes: 198, amiss: 0 })
  const own = report.rows.filter(
    ({ contestant }: { contestant: string }) => contestant === 'gateway',
  )
  t.equal(own.length, cases.length)
})

t.test('the time of a call is divided by where it went', async (t) => {
  const few = ['--rounds', '1', '--requests', '200', '--warmup', '200']
  const report = JSON.parse(await bench('profile', ...few, '--json'))
  const [{ build, cpu, places }] = report.builds
  t.equal(build, 'this build')
  const own = Object.keys(places).filter((one) => one.startsWith('src/'))
  t.ok(own.includes('src/runtime/http'), own.join())
  const sum = Object.values<number>(places).reduce((a, b) => a + b)
  t.ok(Math.abs(sum - cpu) < cpu / 1_000, `${sum} of ${cpu}`)
})

t.test('what grows is compared with the smallest', async (t) => {
  const only = ['--only', 'tools', '--short']
  const { rows } = JSON.parse(await bench('scale', ...only, ...FEW))
  t.match(rows, [
    { size: 10, ratio: { median: 1 } },
    { size: 100, ratio: { median: Number }, swapMs: Number },
  ])
})

t.test('calls at a fixed rate are not lost while tables change', async (t) => {
  const short = ['--short', '--rate', '40', '--seconds', '2', '--rounds', '1']
  const report = JSON.parse(await bench('open', ...short, '--json'))
  const ways = report.figures.map(({ way }: { way: string }) => way)
  t.ok(ways.includes('gateway') && ways.includes('gateway, reloads'))
  t.ok(report.swaps >= 1)
})

t.test('memory of calls, of streams and after a while', async (t) => {
  const few = ['--streams', '40', '--calls', '40', '--minutes', '2']
  const report = JSON.parse(await bench('memory', '--short', ...few, '--json'))
  const values = report.rows.map(({ value }: { value: number }) => value)
  t.equal(values.length, 13)
  t.ok(values.every(Number.isFinite))
})

t.test('what they do not understand', async (t) => {
  await t.rejects(bench('main', '--case', 'fast'), { code: 2, stderr: /200 B/ })
  for (const name of ['scale', 'memory', 'peers']) {
    const wrong = bench(name, '--only', 'fast')
    const stderr = /^--only fast is none of: .*\n$/
    await t.rejects(wrong, { code: 2, stderr }, name)
  }
  const profile = bench('profile', '--case', 'fast')
  await t.rejects(profile, { code: 2, stderr: /^--case fast is no case/ })
  const open = bench('open', '--fast')
  await t.rejects(open, { code: 2, stderr: /^Unknown option '--fast'/ })
})

t.test('an answer is the same however it is cut', (t) => {
  const short = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
  const event = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  const chunks = '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
  const empty = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n'
  const bytes = Buffer.from(`${short}${empty}${short}`)
  const stream = Buffer.from(event + chunks)
  const read = (bytes: Buffer, step: number, most?: number) => {
    const found: object[] = []
    const take = (one: WireMessage) => {
      const [start, end] = [one.start(), one.end()]
      found.push({ size: one.size, text: one.text(), start, end })
    }
    const reader = new WireReader(take, most)
    const into = Buffer.alloc(step)
    for (let at = 0; at < bytes.length; at += step) {
      // As into the one buffer that all sockets share.
      const count = bytes.copy(into, 0, at, at + step)
      reader.feed(into.subarray(0, count))
    }
    return found
  }
  const whole = (text: string) => {
    return { size: text.length, text, start: text, end: text }
  }
  for (let step = 1; step <= bytes.length; step++) {
    const wanted = ['hello', '', 'hello'].map(whole)
    t.same(read(bytes, step), wanted, `${step} bytes at a time`)
    t.same(read(stream, step), [whole(chunks)], `a stream, ${step} at a time`)
  }
  const long = `${'a'.repeat(600)}${'b'.repeat(600)}`
  const body = `HTTP/1.1 200 OK\r\nContent-Length: 1200\r\n\r\n${long}`
  for (const step of [1, 7, 100, 511, 513, 1_000]) {
    const [one] = read(Buffer.from(body), step, 64)
    t.match(one, { size: 1_200, end: long.slice(-512) }, `long, by ${step}`)
    t.match(one, { start: long.slice(0, 512) })
  }
  t.end()
})
