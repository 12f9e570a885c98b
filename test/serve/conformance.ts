// The official conformance suite, direct and through the gateway, and what
// judges it. `npm run conformance` is the same with flags, and headers.
// In: nothing. Out: tap.
// INVARIANT: a suite that cannot be installed is a failure, not a skip.

import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { readExpected, runSuites } from '../harness/conformance/compare.ts'
import { readFigures } from '../harness/conformance/figures.ts'
import {
  findProblems,
  judge,
  listOdd,
  writeEntries,
} from '../harness/conformance/judge.ts'
import type { Check, Results } from '../harness/conformance/run.ts'
import { SUITES } from '../harness/conformance/suites.ts'
import { startHeaderShim } from '../harness/header-shim.ts'

// The header scenarios are part of the newest revision's set.
const SHORT = ['0.1.16', '2025-11-25', '2026-07-28']

const BRIDGES = SUITES.filter(({ bridge }) => bridge).map(({ name }) => name)

/** All of a bridge takes as long as its suite: `npm run conformance` runs it. */
const BRIDGED = [
  'tools-call-with-progress',
  'resources-read-text',
  'tools-call-sampling',
  'input-required-result-basic-sampling',
]

const outcomes = await runSuites({
  suites: [...SHORT, ...BRIDGES],
  bridged: BRIDGED,
  expected: readExpected(),
})

t.test('direct and through the gateway, as expected', (t) => {
  for (const outcome of outcomes) {
    const { suite, side, results, count, verdict, again } = outcome
    if (!SHORT.includes(suite)) continue
    for (const name of again) t.comment(`${suite} ${side}: ${name}, once more`)
    t.strictSame(verdict.unexpected, [], `${suite} ${side}: no new failure`)
    t.strictSame(verdict.stale, [], `${suite} ${side}: no stale entry`)
    t.ok(count.passed > 0 && results.size >= 30, `${suite} ${side} is whole`)
    // Of a run that is not as expected, the figures say nothing.
    if (verdict.unexpected.length + verdict.stale.length > 0) continue
    const noted = readFigures()[suite]?.[side]
    t.strictSame(count, noted, `${suite} ${side}: figures.json, by --update`)
  }
  t.end()
})

t.test('every expected failure has a reason', (t) => {
  const expected = readExpected()
  for (const side of ['direct', 'through'] as const) {
    for (const [suite, entries] of Object.entries(expected[side])) {
      for (const [name, { why, checks }] of Object.entries(entries)) {
        t.ok(why && checks.length > 0, `${side} ${suite} ${name}`)
      }
    }
  }
  t.end()
})

t.test('each failure of a bridge is the fixture’s or the protocol’s', (t) => {
  const { through } = readExpected()
  for (const { name } of SUITES.filter(({ bridge }) => bridge)) {
    for (const [scenario, { why }] of Object.entries(through[name] ?? {})) {
      const isSaid = /^fixture: .+|^protocol: .+ \(20\d\d-\d\d-\d\d, .+\)$/
      t.match(why, isSaid, `${name} ${scenario}`)
    }
    t.ok(readFigures()[name], `${name} has figures`)
  }
  t.end()
})

t.test('bridges, in short', (t) => {
  const through = outcomes.filter(
    ({ suite, side }) => BRIDGES.includes(suite) && side === 'through',
  )
  t.equal(through.length, BRIDGES.length)
  for (const { suite, results, count, verdict } of through) {
    t.strictSame(verdict, { unexpected: [], stale: [] }, suite)
    t.ok(results.size >= 3 && count.passed > 3 && count.failed === 0, suite)
  }
  t.end()
})

const results = (
  scenarios: Readonly<
    Record<string, Readonly<Record<string, Check['status']>>>
  >,
): Results =>
  new Map(
    Object.entries(scenarios).map(([name, checks]) => [
      name,
      Object.entries(checks).map(([id, status]) => ({ id, status })),
    ]),
  )

t.test('a failed, warned or missing check is a problem', (t) => {
  const direct = results({
    one: { a: 'SUCCESS', b: 'SUCCESS', c: 'WARNING', d: 'INFO' },
    two: { e: 'SUCCESS' },
  })
  const list = (found: ReturnType<typeof findProblems>) =>
    [...found].map(([name, checks]) => [name, ...checks.keys()])
  t.strictSame(list(findProblems(direct)), [['one', 'c']])
  t.strictSame(list(findProblems(direct, direct)), [])
  const through = results({ one: { a: 'FAILURE', b: 'SKIPPED', c: 'WARNING' } })
  t.strictSame(list(findProblems(through, direct)), [
    ['one', 'a', 'b'],
    ['two', 'e'],
  ])
  t.end()
})

t.test('an unlisted failure and a stale entry are reported', (t) => {
  const ran = new Set(['one'])
  const failing = findProblems(results({ one: { a: 'FAILURE' } }))
  const entries = writeEntries(failing, { one: { why: 'known', checks: [] } })
  t.strictSame(entries, { one: { why: 'known', checks: ['a'] } })
  t.strictSame(judge(failing, entries, ran), { unexpected: [], stale: [] })
  t.match(judge(failing, {}, ran).unexpected, [/^one: a: /])
  t.strictSame(judge(new Map(), entries, ran).stale, ['one: a'])
  t.strictSame(listOdd(judge(failing, {}, ran)), ['one'])
  t.strictSame(listOdd(judge(new Map(), entries, ran)), ['one'])
  // Of what did not run, nothing is known.
  t.strictSame(judge(new Map(), entries, new Set()).stale, [])
  t.end()
})

t.test('the shim adds a token, and forwards a forged host', async (t) => {
  const heads: (readonly (string | undefined)[])[] = []
  const server = createServer(async (request, response) => {
    const { host, origin, authorization } = request.headers
    heads.push([host, origin, authorization])
    response.write(`${request.method} ${request.url} `)
    response.end(await text(request))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const there = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const shim = await startHeaderShim(`http://${there}/mcp`, 'gwt_x')
  t.teardown(() => shim.close())
  const here = new URL(shim.url).host

  const answer = await fetch(shim.url, {
    method: 'POST',
    headers: { origin: `http://${here}`, authorization: 'Bearer other' },
    body: 'hello',
  })
  t.equal(await answer.text(), 'POST /mcp hello')
  const forged = { host: 'evil.example', origin: 'http://evil.example' }
  await new Promise((resolve, reject) => {
    get(shim.url, { headers: forged }, (answer) => resolve(text(answer))).on(
      'error',
      reject,
    )
  })
  t.strictSame(heads, [
    [there, `http://${there}`, 'Bearer gwt_x'],
    [forged.host, forged.origin, 'Bearer gwt_x'],
  ])
})

t.test(
  'a client of the shim that disconnects is disconnected at the server',
  async (t) => {
    const gone = new Promise<void>((resolve) => {
      const server = createServer((_, response) => {
        response.on('close', () => resolve())
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.flushHeaders()
      })
      t.teardown(() => server.close())
      server.listen(0, '127.0.0.1', async () => {
        const { port } = server.address() as AddressInfo
        const shim = await startHeaderShim(`http://127.0.0.1:${port}/mcp`, 'x')
        t.teardown(() => shim.close())
        const stop = new AbortController()
        // Its head comes before its first byte.
        const answer = await fetch(shim.url, { signal: stop.signal })
        t.equal(answer.status, 200)
        stop.abort()
      })
    })
    await gone
  },
)
