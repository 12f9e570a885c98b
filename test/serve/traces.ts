// Traces, from a client through the gateway to a server, over real sockets to a
// real collector.

import { pino } from 'pino'
import t from 'tap'
import { Exporter } from '../../src/runtime/control/traces/exporter.ts'
import { parseTraceparent } from '../../src/runtime/message/trace-context.ts'
import { DIRECT } from '../harness/direct.ts'
import { connect } from '../harness/served.ts'
import { serveTraced as start } from '../harness/traced.ts'
import {
  type ExportedSpan,
  readAttributes,
  startCollector,
} from '../harness/tracing.ts'
import { until } from '../harness/until.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const SAMPLED = `00-${TRACE}-${PARENT}-01`
const UNSAMPLED = `00-${TRACE}-${PARENT}-00`
const OTHER = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`

for (const era of ['legacy', 'modern'] as const) {
  t.test(`one span a call, one a hop to a ${era} server`, async (t) => {
    const { collector, upstream, call, spans, records } = await start(t, era)
    t.match(await call({ meta: SAMPLED, header: OTHER }), { status: 200 })
    const [entry, hop, ...more] = (await spans(2)).toSorted(
      (a, b) => a.kind - b.kind,
    )
    t.same(more, [])
    if (!entry || !hop) return
    t.match(entry, {
      name: 'tools/call eye__look',
      traceId: TRACE,
      parentSpanId: PARENT,
      kind: 2,
      status: undefined,
    })
    t.match(hop, {
      name: 'tools/call look',
      traceId: TRACE,
      parentSpanId: entry.spanId,
      kind: 3,
    })
    t.ok(BigInt(entry.startTimeUnixNano) <= BigInt(hop.startTimeUnixNano))
    t.ok(BigInt(hop.endTimeUnixNano) <= BigInt(entry.endTimeUnixNano))
    const [outcome] = records().filter(({ event }) => event === 'outcome')
    const { port } = new URL(upstream.url)
    t.match(readAttributes(entry), {
      'mcp.method.name': 'tools/call',
      'mcp.protocol.version': '2026-07-28',
      'jsonrpc.request.id': 'my-id',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'eye__look',
      'network.transport': 'tcp',
      'client.address': '127.0.0.1',
      'portcullis.request.id': outcome?.requestId,
      'portcullis.verdict': 'ok',
      'portcullis.server': 'eye',
    })
    t.match(readAttributes(hop), {
      'gen_ai.tool.name': 'look',
      'server.address': '127.0.0.1',
      'server.port': Number(port),
    })
    t.equal(outcome?.trace, TRACE, 'the audit names the exported trace')

    const own = `00-${TRACE}-${hop.spanId}-01`
    const [heard] = upstream.calls
    t.equal(heard?.headers.traceparent, own, 'the hop, in the header')
    t.match(heard?.meta, { 'x-before': 1, tracestate: /^rojo/ })
    t.equal(heard?.meta?.traceparent, own, 'and where the call carried one')
    t.equal(collector.heads[0]?.authorization, 'Bearer canary-collector')
    t.equal(collector.paths[0], '/v1/traces')
    t.notMatch(collector.bodies.join(), /canary|gwt_/)
  })
}

t.test('the trace of a call', async (t) => {
  const { collector, upstream, call, spans, records } = await start(t)
  await call({ header: SAMPLED })
  await call({ meta: 'nonsense', header: OTHER })
  await call()
  await call({ meta: UNSAMPLED })
  await spans(6)
  const entries = collector.spans().filter(({ kind }) => kind === 2)
  t.equal(entries.length, 3, 'who samples not is not sampled here')
  const [header, fallback, fresh] = entries
  t.match(header, { traceId: TRACE, parentSpanId: PARENT })
  t.match(fallback, { traceId: 'a'.repeat(32) })
  t.match(fresh, { traceId: /^[0-9a-f]{32}$/, parentSpanId: undefined })
  const [first, second, third, fourth] = upstream.calls
  t.equal(first?.meta?.traceparent, undefined, 'only where there was one')
  t.match(first?.headers.traceparent, new RegExp(`^00-${TRACE}-`))
  t.match(second?.meta?.traceparent, /^00-a{32}-/, 'nonsense goes no further')
  t.match(third?.headers.traceparent, new RegExp(`^00-${fresh?.traceId}-`))
  t.match(fourth?.headers.traceparent, new RegExp(`^00-${TRACE}-.{16}-00$`))
  t.not(fourth?.meta?.traceparent, UNSAMPLED, 'the parent is the gateway')
  const told = records().filter(({ event }) => event === 'outcome')
  t.same(
    told.map(({ trace }) => trace),
    [TRACE, 'a'.repeat(32), fresh?.traceId, TRACE],
  )
  t.equal(told[0]?.session, TRACE, "a client's trace is a conversation")
  t.not(told[2]?.session, fresh?.traceId, 'its own trace is no conversation')
})

t.test('refusals, failures, retries', async (t) => {
  const { upstream, mine, gateway, call, spans } = await start(t, 'legacy')
  const legacy = await connect(t, 'sdk 1.x', gateway.url, mine.token)
  await legacy.names()
  upstream.state.forgets = 1
  t.equal(await legacy.call('eye__look'), 'seen')
  await call({}, 'canary-name')
  const all = await spans(6)
  const named = (name: string) => all.filter((span) => span.name === name)
  t.equal(named('initialize').length, 1)
  t.equal(named('tools/list').length, 1)
  const hops = named('tools/call look')
  t.equal(hops.length, 2, 'a retry is a hop of its own')
  t.match(hops[0], { status: { code: 2 } })
  t.equal(hops[1]?.status, undefined)
  const sent = upstream.calls.map(({ headers }) => headers.traceparent)
  t.same(
    sent.map((text) => String(text).split('-')[2]),
    hops.map(({ spanId }) => spanId),
  )
  const [refused] = named('tools/call')
  t.match(refused, { status: { code: 2 } })
  t.match(readAttributes(refused as ExportedSpan), { 'error.type': 'unknown' })
  const [call1] = named('tools/call eye__look')
  const session = readAttributes(call1 as ExportedSpan)['mcp.session.id']
  t.match(session, /^[0-9a-f]{16}$/, 'a hash, as in the audit')
})

t.test('a collector that fails delays nothing and loses nothing', async (t) => {
  const { collector, call, spans, gateway, log } = await start(t)
  const traces = () => gateway.status().traces
  collector.status = 503
  await call()
  await until(() => traces()?.failures === 1)
  t.match(traces(), { exported: 0, queued: 2, problem: /answers 503/ })
  t.match(await call(), { status: 200 })
  await until(() => traces()?.failures === 2)
  collector.status = 200
  t.equal((await spans(4)).length, 4, 'what waited is sent, once')
  await until(() => traces()?.exported === 4)
  t.same(
    log.filter((line) => /traces/.test(line)),
    ['traces cannot be exported', 'traces are exported again'],
    'loud once, and once more when it is over',
  )
  collector.status = 400
  await call()
  await until(() => traces()?.dropped === 2)
  t.match(traces(), { queued: 0, problem: /answers 400/ })
  collector.status = 200
  collector.answer = '{"partialSuccess":{"rejectedSpans":"1"}}'
  await call()
  await until(() => traces()?.dropped === 3)
  t.match(traces(), { exported: 5, problem: /refuses some/ })
})

t.test('the queue is bounded and sent in batches', async (t) => {
  const collector = await startCollector(t)
  const log = pino({ level: 'silent' })
  const resource = { version: '1', instance: 'x' }
  const plain = { headers: async () => ({}), outward: DIRECT }
  const to = { url: `${collector.url}/v1/traces`, ...plain }
  const exporter = new Exporter(to, resource, log)
  const [parentId, attributes] = [undefined, []]
  for (let i = 0; i < 5_000; i++) {
    const spanId = String(i).padStart(16, '0')
    const times = { began: 1_000, ended: 1_001.5, failed: false }
    const ids = { traceId: TRACE, spanId, parentId, attributes }
    exporter.add('server', { ...ids, ...times, name: 'x' })
  }
  t.match(exporter.describe(), { queued: 4_096, dropped: 904 })
  await exporter.close(60_000)
  t.match(exporter.describe(), { queued: 0, exported: 4_096, dropped: 904 })
  const ids = collector.spans().map(({ spanId }) => Number(spanId))
  t.same(
    ids,
    Array.from({ length: 4_096 }, (_, i) => i),
    'each once, in order',
  )
  t.ok(collector.bodies.every((body) => JSON.parse(body)))
  t.match(collector.spans()[0], {
    startTimeUnixNano: '1000000000',
    endTimeUnixNano: '1001500000',
  })
  const away = { url: 'http://127.0.0.1:9/v1/traces', ...plain }
  const lost = new Exporter(away, resource, log)
  lost.add('client', {
    ...{ traceId: TRACE, spanId: PARENT, parentId, attributes },
    ...{ began: 0, ended: 0, failed: true, name: 'x' },
  })
  await lost.close(60_000)
  t.match(lost.describe(), { dropped: 1, queued: 0, problem: /ECONNREFUSED/ })
})

t.test('`telemetry` follows every reload and the shutdown', async (t) => {
  const { collector, config, traced, call, spans, gateway, reload, upstream } =
    await start(t)
  await call()
  await reload(config(undefined))
  await until(() => gateway.status().traces === null)
  t.equal((await spans(2)).length, 2, 'what was ended before is sent')
  await call({ meta: SAMPLED })
  const untraced = upstream.calls.at(-1)
  t.equal(untraced?.headers.traceparent, undefined)
  t.equal(untraced?.meta?.traceparent, SAMPLED, 'verbatim where none is ours')

  const secretless = { authorization: { bearer: 'file:none.txt' } }
  const lacking = { otlp: { ...traced.otlp, headers: secretless } }
  await t.rejects(
    reload(config(lacking)),
    /telemetry: secret file:none.txt cannot be read/,
  )
  await reload(config(traced))
  await until(() => gateway.status().traces !== null)
  await call()
  t.equal(collector.spans().length, 2, 'not yet')
  await gateway.close()
  t.equal(collector.spans().length, 4, 'the end waits for what is left')
})

t.test('traceparent, to the letter', async (t) => {
  const good = [SAMPLED, UNSAMPLED, `01-${TRACE}-${PARENT}-01-more`]
  for (const text of good) {
    t.match(parseTraceparent(text), { traceId: TRACE, spanId: PARENT }, text)
  }
  t.equal(parseTraceparent(`00-${TRACE}-${PARENT}-03`)?.sampled, true)
  const bad = [
    undefined,
    '',
    `ff-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `00-${TRACE}-${PARENT}-1`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    ` ${SAMPLED}`,
    `${SAMPLED}\n`,
    `01-${TRACE}-${PARENT}-01-${'x'.repeat(1_000)}`,
  ]
  for (const text of bad)
    t.equal(parseTraceparent(text), undefined, String(text))
})
