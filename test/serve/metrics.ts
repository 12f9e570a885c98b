// What operators see of a running gateway: metrics, status and log, after real
// calls of real clients to real servers.
// Covers src/runtime/control.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Use } from '../../src/runtime/catalog/view.ts'
import { Callers } from '../../src/runtime/control/metrics/callers.ts'
import { Tally } from '../../src/runtime/control/metrics/tally.ts'
import type { Exchange } from '../../src/runtime/request.ts'
import { root } from '../harness/gateway.ts'
import { FAMILIES, METRICS_FILE } from '../harness/metrics-page.ts'
import { serveObserved as start } from '../harness/observed.ts'
import { openSchema } from '../harness/schema.ts'
import { connect } from '../harness/served.ts'
import { UP } from '../harness/status.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

/** Samples with other labels than their metric declares. */
function findOddLabels(keys: Iterable<string>): readonly string[] {
  return [...keys].filter((key) => {
    const [, name = '', labels = ''] = /^(\w+)\{(.*)\}$/.exec(key) ?? []
    if (!name.startsWith('portcullis_')) return false
    const own = FAMILIES.find((one) => one.name === name.replace(PART, ''))
    const family = FAMILIES.find((one) => one.name === name) ?? own
    const said = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label)
    const without = said.filter((label) => label !== 'le').sort()
    return without.join() !== [...(family?.labels ?? [])].sort().join()
  })
}

const PART = /_(?:bucket|sum|count)$/

t.test('a scrape counts the results of calls', async (t) => {
  const { gateway, mine, late, call, ask, scrape, records } = await start(t)
  t.match(await ask('/metrics'), { status: 401 })
  t.match(await ask('/metrics', { authorization: 'Bearer x' }), { status: 401 })

  const client = await connect(t, 'sdk 1.x', gateway.url, mine.token)
  await client.call('issues__search_issues', { q: 'canary-argument' })
  for (let i = 0; i < 3; i++) await call('local__echo', { a: i })
  await call('local__fail')
  await call('issues__delete_file')
  for (let i = 0; i < 50; i++) await call(`canary-name-${i}`)
  await post(gateway.url, late.token, 'tools/list')
  await post(gateway.url, 'gwt_nonsense', 'tools/list')

  const { samples, types, faults, headers, body } = await scrape()
  t.same(faults, [])
  const page = readFileSync(join(root, METRICS_FILE), 'utf8')
  t.same(
    [...types.keys()].sort(),
    [...page.matchAll(/<a id="(\w+)"/g)].map(([, name]) => name).sort(),
    `${METRICS_FILE} has each metric, and no other: run \`npm run docs\``,
  )
  t.same(findOddLabels(samples.keys()), [])
  t.not(findOddLabels(['portcullis_ready{server="a"}']).length, 0)
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
  const calls = (server: string, tool: string, outcome: string) =>
    `portcullis_calls_total{outcome="${outcome}",server="${server}",tool="${tool}"}`
  const expected: Record<string, number> = {
    [calls('issues', 'search_issues', 'ok')]: 1,
    [calls('local', 'echo', 'ok')]: 2,
    [calls('local', 'echo', 'limited')]: 1,
    [calls('local', 'fail', 'protocol_error')]: 1,
    [calls('issues', 'delete_file', 'denied')]: 1,
    [calls('', '(unknown)', 'unknown')]: 50,
    'portcullis_refusals_total{reason="unknown"}': 50,
    'portcullis_refusals_total{reason="denied"}': 1,
    'portcullis_refusals_total{reason="limited"}': 1,
    'portcullis_refusals_total{reason="expired_token"}': 1,
    'portcullis_refusals_total{reason="damaged_token"}': 1,
    'portcullis_limit_calls_total{limit="echoes",verdict="admitted"}': 2,
    'portcullis_limit_calls_total{limit="echoes",verdict="refused"}': 1,
    'portcullis_call_duration_seconds_count{server="local"}': 3,
    'portcullis_upstream_duration_seconds_count{server="issues"}': 1,
    'portcullis_server_up{server="issues"}': 1,
    'portcullis_server_up{server="local"}': 1,
    'portcullis_server_sessions{server="issues"}': 1,
    'portcullis_sessions{}': 1,
    'portcullis_tokens{state="expiring"}': 1,
    'portcullis_tokens{state="expired"}': 1,
    'portcullis_ready{}': 1,
    'portcullis_config_stale{}': 0,
    'portcullis_calls_in_flight{}': 0,
    'portcullis_audit_write_failures_total{}': 0,
    'portcullis_build_info{version="0.0.0-test"}': 1,
    [`portcullis_table_info{digest="${gateway.status().table.digest}",revision=""}`]: 1,
  }
  const told = Object.keys(expected).map((key) => [key, samples.get(key)])
  t.same(Object.fromEntries(told), expected)
  const fill = samples.get('portcullis_limit_fill_ratio{limit="echoes"}') ?? 0
  t.ok(fill > 0.99 && fill <= 1)
  t.ok((samples.get('portcullis_server_strays_total{server="local"}') ?? 0) > 0)
  t.equal(
    samples.get('portcullis_audit_records_total{}'),
    records().filter(({ seq }) => seq > 0).length,
  )
  t.ok(samples.has('nodejs_eventloop_lag_seconds{}'), 'the process too')
  t.notMatch(body, /canary|gwt_/, 'no argument, no name of a client, no secret')

  const own = (one: typeof samples) =>
    [...one.keys()].filter((key) => key.startsWith('portcullis_'))
  const again = await scrape()
  t.same(own(again.samples), own(samples), 'a scrape adds no series')
})

t.test('status: callers, limits, strays; as its schema says', async (t) => {
  const { gateway, mine, call, reload, config } = await start(t)
  for (let i = 0; i < 3; i++) await call('local__echo')
  await call('issues__search_issues')
  const status = gateway.status()
  t.match(status, {
    table: { revision: null },
    reloads: { accepted: 0, rejected: 0, last: null },
    callers: [
      {
        token: mine.id,
        subject: 'ann',
        team: null,
        server: 'local',
        tool: 'echo',
        calls: 3,
        refused: 1,
      },
      { tool: 'search_issues', calls: 1, refused: 0 },
    ],
    limits: [{ limit: 'echoes', bucket: 'all', used: 2, of: 2 }],
    audit: { failures: 0, lastFailure: null },
    traces: null,
  })
  const { refillMs = 0 } = status.limits[0] ?? {}
  t.ok(refillMs > 86_000_000 && refillMs <= 86_400_000, 'whole in a day')
  t.match(
    status.servers.find(({ name }) => name === 'local'),
    { strays: Number, queued: 0, reconnects: 0 },
  )
  t.ok(status.servers.some(({ strays }) => strays > 0))

  await reload({ ...config, caps: { depth: 32 } })
  gateway.reject(['GW3001 no such role'], null)
  const after = gateway.status()
  t.match(after.reloads, {
    accepted: 1,
    rejected: 1,
    last: { verdict: 'rejected', findings: ['GW3001 no such role'] },
  })
  t.match(after.rejected, { digest: null })
  const judge = openSchema('status.schema.json')
  for (const one of [status, after, UP]) t.same(judge(one), [])
  t.not(judge({ ...after, secret: 1 }).length, 0)
})

t.test('metrics show a rejected table and a full disk', async (t) => {
  const { gateway, scrape, call } = await start(t, {
    audit: { file: '/dev/full', onFailure: 'allow' },
  })
  await call('issues__search_issues')
  gateway.reject(['GW1001'], null)
  const { samples, faults } = await scrape()
  t.same(faults, [])
  t.equal(samples.get('portcullis_config_stale{}'), 1)
  t.equal(samples.get('portcullis_rejected_table_info{digest=""}'), 1)
  t.equal(samples.get('portcullis_reloads_total{verdict="rejected"}'), 1)
  t.ok((samples.get('portcullis_audit_write_failures_total{}') ?? 0) > 0)
  t.match(gateway.status().audit, {
    records: 0,
    lastFailure: { reason: /ENOSPC/ },
  })
})

t.test('labels are bounded, whatever is called', (t) => {
  const tally = new Tally()
  const ending = {
    outcome: 'ok',
    durationMs: 1,
    upstreamMs: 1,
    bytesOut: 1,
  } as const
  const count = (server: string, kind: Use['kind'], name: string) => {
    const use = { kind, server, name, exposed: name, fragment: '' }
    const principal = { token: { id: `${server}${name}`, subject: 's' } }
    const exchange = {
      named: { use },
      principal,
      bytesIn: 1,
    } as unknown as Exchange
    tally.end(exchange, ending)
  }
  for (let i = 0; i < 6_000; i++) {
    count(i % 2 ? 'a' : 'b', 'tool', `tool-${i}`)
    count('a', 'resource', `file:///${i}`)
  }
  for (let i = 0; i < 1_000; i++) tally.countRefusal(`reason ${i}`)
  const tools = [...tally.servers.values()].flatMap((one) => [
    ...one.tools.values(),
  ])
  t.ok(tools.length <= 1_002, `${tools.length} tools`)
  const counted = (tool: string) =>
    tools
      .filter((one) => one.tool === tool)
      .reduce((sum, { counts }) => sum + (counts[0] ?? 0), 0)
  t.equal(counted('(resource)'), 6_000, 'no URI is a label')
  t.equal(counted('(other)'), 6_000 - 999, 'what is beyond shares one')
  t.equal(tally.reasons.size, 100)
  t.equal(tally.callers.top(10_000).length, 4_000)
  t.end()
})

t.test('callers leave the window after five minutes', (t) => {
  const callers = new Callers()
  const token = { id: 'a', subject: 'ann', team: 'x' } as never
  const echo = { server: 'local', tool: 'echo' }
  callers.count(token, echo, false)
  callers.rotate()
  callers.count(token, echo, true)
  t.match(callers.top(1), [{ subject: 'ann', calls: 2, refused: 1 }])
  for (let i = 0; i < 4; i++) callers.rotate()
  t.match(callers.top(1), [{ calls: 1, refused: 1 }], 'the first is gone')
  callers.rotate()
  t.same(callers.top(1), [])
  t.end()
})

t.test('the log: one line an event, none a call, no secret', async (t) => {
  const { log, call, upstream, gateway, folder, reload, config } =
    await start(t)
  const lines = () =>
    log
      .join('')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  const up = lines().map(({ msg, server }) => `${server} ${msg}`)
  t.same(up.sort(), ['issues up', 'local up'])
  const before = lines().length
  for (let i = 0; i < 3; i++) await call('local__echo')
  await call('issues__search_issues')
  await call('local__fail')
  await call('nothing')
  t.equal(lines().length, before, 'no call is an event')

  await upstream.close()
  for (let i = 0; i < 3; i++) await call('issues__search_issues')
  await until(() =>
    gateway.status().servers.some((one) => one.state === 'down'),
  )
  await call('issues__search_issues')
  const [down, ...more] = lines().slice(before)
  t.match(down, { level: 40, server: 'issues', msg: 'down', reason: String })
  t.same(more, [], 'a server that goes is one')

  const script = "console.error('no ' + process.env.SECRET); process.exit(3)"
  const { env } = config.servers.local
  const command = process.execPath
  const doomed = { type: 'stdio', command, args: ['-e', script], env }
  await reload({ ...config, servers: { ...config.servers, doomed } })
  const find = () =>
    gateway
      .status()
      .servers.find((one) => one.state === 'down' && one.name === 'doomed')
  await until(() => find() !== undefined)
  t.equal(find()?.reason, 'ended: exited with 3: no [redacted]')
  const key = readFileSync(join(folder, 'gateway.key'), 'utf8').trim()
  t.notOk(log.join('').includes(key))
  t.notMatch(log.join(''), /canary|gwt_/)
})
