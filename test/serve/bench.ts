// That `npm run bench` works, on a few calls of each kind; no figure is judged.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { root } from '../harness/gateway.ts'

const run = promisify(execFile)
const MAIN = join(root, 'dist/bench/main.js')

t.test('a short run names its ratios and holds the audit', async (t) => {
  const cases = ['200 B', '200 B, from sessions', 'SSE, 10 KB', 'list']
  const few = ['--rounds', '1', '--requests', '20', '--warmup', '20', '--json']
  const flags = cases.flatMap((name) => ['--case', name])
  const { stdout } = await run(process.execPath, [MAIN, ...flags, ...few])
  const report = JSON.parse(stdout)
  t.same(Object.keys(report.ratios), [
    'cpu_vs_nginx',
    'cpu_vs_nginx_from_legacy',
    'cpu_vs_nginx_sse_10kb',
    'cpu_vs_nginx_list',
    'p99_vs_nginx',
    'cpu_vs_passthrough',
    'cpu_vs_sdk',
  ])
  t.ok(report.ratios.cpu_vs_passthrough > 0)
  t.same(report.audit, { intents: 100, outcomes: 100, amiss: 0 })
  const own = report.rows.filter(
    ({ contestant }: { contestant: string }) => contestant === 'gateway',
  )
  t.equal(own.length, cases.length)
})

t.test('what it does not understand', async (t) => {
  const wrong = run(process.execPath, [MAIN, '--case', 'fast'])
  await t.rejects(wrong, { code: 2, stderr: /200 B/ })
})
