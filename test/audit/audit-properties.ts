// Replay, narrowing, the scan and the writing of lines, by chance: nothing is
// claimed that decide() would not say, and no line is lost or told twice.
// In: random configs, calls and chunks from a fixed seed. Out: tap.

import fc from 'fast-check'
import t from 'tap'
import { Batch } from '../../src/runtime/audit/batch.ts'
import {
  hashLine,
  openLine,
  START,
  writeLine,
} from '../../src/runtime/audit/chain.ts'
import { granteeOf } from '../../src/table/expect.ts'
import { narrowTable } from '../../src/table/narrow.ts'
import { type RecordedUse, replayUse } from '../../src/table/replay.ts'
import { parseRecord } from '../../src/trail/line.ts'
import { readRecordMember } from '../../src/trail/members.ts'
import { CallReplay } from '../../src/trail/replay.ts'
import { LineScanner, startCount } from '../../src/trail/scan.ts'
import { reportUnused } from '../../src/trail/unused.ts'
import { Usage } from '../../src/trail/usage.ts'
import { readUse } from '../../src/trail/uses.ts'
import { listHolders, makeArtefact } from '../harness/judged-config.ts'
import { holdFor } from '../harness/property.ts'
import { authored, callArguments } from '../harness/random-config.ts'
import {
  AT,
  calls,
  judge,
  listRecords,
  NAMES,
} from '../harness/recorded-calls.ts'
import { tie } from '../harness/tied-config.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')

t.test('the same config changes no verdict', (t) => {
  holdFor(t, [authored, calls], 50, (config, made) => {
    const artefact = makeArtefact(config)
    const replay = new CallReplay(artefact)
    for (const { record } of listRecords(artefact, made)) replay.take(record)
    const { changes, calls, judged, unjudged } = replay.finish()
    if (changes.length > 0) throw new Error(JSON.stringify(changes))
    const left = Object.values(unjudged).reduce((sum, n) => sum + n, 0)
    if (judged + left !== calls) throw new Error('calls are lost')
  })
  t.end()
})

t.test('replay under another config gives the decisions of decide()', (t) => {
  let judged = 0
  holdFor(t, [authored, authored, calls], 50, (before, after, made) => {
    const next = makeArtefact(after).table
    for (const { call, record } of listRecords(makeArtefact(before), made)) {
      const { token, use, args } = call
      const grantee = granteeOf(next, { token })
      const told = readUse(record) as RecordedUse
      const replayed = replayUse(next, grantee, told, () => [])
      if (replayed.verdict === 'unjudged') continue
      judged++
      const truth = judge(next, grantee, use, args) ? 'allowed' : 'denied'
      if (replayed.verdict !== truth) throw new Error(`${truth}, it is`)
    }
  })
  t.ok(judged > 300, `${judged} were judged`)
  t.end()
})

t.test('narrower roles allow what was called, and nothing new', (t) => {
  holdFor(t, [authored, calls, callArguments], 50, (config, made, args) => {
    const artefact = makeArtefact(config)
    const { table } = artefact
    const usage = new Usage(artefact)
    const records = listRecords(artefact, made)
    for (const { record } of records) usage.take(record)
    reportUnused(artefact, usage, NOW)
    const used = [...usage.entries].map(
      ([rule, { names }]) => [rule, names] as const,
    )
    const narrowed = narrowTable(table, new Map(used))
    for (const { call, record } of records) {
      if (record.event !== 'intent') continue
      const grantee = granteeOf(narrowed, { token: call.token })
      if (!judge(narrowed, grantee, call.use, call.args)) {
        throw new Error(`${JSON.stringify(call)} is lost`)
      }
    }
    for (const { grantee, title } of listHolders(table)) {
      for (const use of NAMES) {
        const more =
          judge(narrowed, grantee, use, args) &&
          !judge(table, grantee, use, args)
        if (more) throw new Error(`${title} gains ${JSON.stringify(use)}`)
      }
    }
  })
  t.end()
})

t.test('replay with conditions: full arguments, some, a digest, none', (t) => {
  const make = (value: string) =>
    makeArtefact(
      tie({
        servers: { a: 'http' },
        roles: {
          r: {
            extends: [],
            allow: { a: [{ tool: 'a', when: { p: { equals: value } } }] },
            deny: {},
          },
        },
        teams: {},
        limits: {},
        grants: { aaaaaaaaaaa1: { roles: ['r'] } },
        lock: {},
      }),
    )
  const [before, after] = [make('u'), make('w')]
  const use = { server: 'a', kind: 'tool' as const, name: 'a' }
  for (const recorded of ['values', 'part', 'digest', 'none'] as const) {
    const call = { token: 'aaaaaaaaaaa1', use, args: { p: 'u' }, recorded }
    const usage = new Usage(before)
    const replay = new CallReplay(after)
    for (const { record } of listRecords(before, [call])) {
      usage.take(record)
      replay.take(record)
    }
    t.match([...usage.entries.values()], [{ calls: 1 }], recorded)
    const { changes, judged } = replay.finish()
    const known = recorded === 'values' ? 1 : 0
    t.match([judged, changes.length], [known, known], recorded)
  }
  t.end()
})

t.test('chunks cut a file anywhere, and the lines are the same', (t) => {
  const line = fc.oneof(
    fc.integer({ min: 0, max: 9 }).map((n) => `{"ts":"x","a":"${n}"}`),
    fc.constantFrom('', 'no record', '{"ts":"x","a":"é\\u2028"}'),
  )
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 })
  holdFor(t, [fc.array(line), cuts], 300, (lines, cuts) => {
    const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''))
    const wanted = lines.filter((one) => /"a":"[35]"/.test(one))
    const found: string[] = []
    const count = startCount()
    const needles = [['"a":"3"', '"a":"5"']]
    const scanner = new LineScanner(needles, count, (at) => {
      found.push(at.bytes.toString('utf8', at.start, at.end))
      return true
    })
    scanner.open('file')
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const length = cuts[i % cuts.length] as number
      scanner.push(bytes.subarray(at, at + length))
      at += length
    }
    scanner.close(false)
    const own = found.filter((one) => /"a":"[35]"/.test(one))
    if (own.join('\n') !== wanted.join('\n')) throw new Error(found.join('\n'))
    if (count.lines !== lines.length) throw new Error(`${count.lines} lines`)
    const broken = lines.filter((one) => !one.startsWith('{'))
    if (count.damaged !== broken.length) throw new Error('damage')
  })
  t.end()
})

const TEXTS = {
  requestId: '',
  tokenId: '',
  subject: '',
  team: '',
  session: '',
  server: '',
  tool: '',
  exposed: '',
  decision: '',
  outcome: '',
  limit: '',
}

t.test('a quick scan of a line reads the same values as a parser', (t) => {
  const word = fc.oneof(
    fc.constantFrom(null, 'a', '"', '\\', 'é', '"tool":"x"', ':', '}'),
    fc.string({ maxLength: 5 }),
  )
  const fields = { ...TEXTS, rule: null, durationMs: 0, count: 0 }
  const line = fc.record(
    {
      ...Object.fromEntries(Object.keys(TEXTS).map((name) => [name, word])),
      client: fc.record({ name: word, version: word }),
      rule: fc.option(fc.record({ pointer: fc.string(), at: word })),
      durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
      count: fc.nat(),
      arguments: fc.constantFrom({ tool: 'y', count: 7 }, ['tool']),
      detail: fc.constantFrom({ subject: 'z' }),
    },
    { requiredKeys: [] },
  )
  holdFor(t, [line], 500, (made) => {
    const text = JSON.stringify({ ts: AT, seq: 1, event: 'refusal', ...made })
    const peeked = readRecordMember(text)
    const parsed = parseRecord(text)
    for (const name of Object.keys(fields) as (keyof typeof fields)[]) {
      const [a, b] = [peeked?.[name], parsed?.[name]]
      const same = JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
      if (!same) throw new Error(`${name}: ${a}, not ${b}`)
    }
  })
  t.end()
})

/** Times of which one has more characters than most. */
const TIMES = [0, NOW, Date.UTC(10_000, 0)].map((at) =>
  new Date(at).toISOString(),
)

t.test('lines as bytes are the lines as text', (t) => {
  const number = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(-1, 0.5))
  const ms = fc.oneof(fc.double({ min: 0, max: 1e5, noNaN: true }), fc.nat(9))
  const record = fc.record({
    text: fc.string({ unit: 'grapheme' }),
    long: fc.constantFrom('', '', '', '', 'é'.repeat(40_000)),
    ascii: fc.string({ unit: 'grapheme-ascii' }),
    number,
    ms,
  })
  // A power of ten, and how far from it the first record is.
  const first = fc.tuple(fc.nat(15), fc.integer({ min: -3, max: 3 }))
  const records = fc.array(record, { minLength: 1, maxLength: 6 })
  const times = fc.constantFrom(...TIMES)
  const wrong = fc.nat(3)
  const batch = new Batch()
  holdFor(t, [first, records, times, wrong], 500, (at, made, ts, missed) => {
    const seq = Math.max(0, 10 ** at[0] + at[1])
    batch.clear()
    for (const { text, long, ascii, number, ms } of made) {
      batch.begin(7).addText('dropped')
      batch.begin(Math.max(1, seq + 1 + batch.count - missed))
      batch.addBytes(Buffer.from(text))
      batch.addText(long)
      batch.addAscii(ascii)
      batch.addNumber(number)
      batch.addText(' ')
      batch.addMs(ms)
      batch.end()
    }
    let after = { ...START, seq }
    const wanted = made.map(({ text, long, ascii, number, ms }) => {
      const micros = Math.round(ms * 1_000)
      const rounded = (micros / 1_000).toFixed(micros % 1_000 === 0 ? 0 : 3)
      const fields = `${text}${long}${ascii}${number} ${rounded}`
      const line = writeLine(after, ts, fields)
      after = { seq: after.seq + 1, hash: hashLine(line) }
      return line
    })
    let hash = START.hash
    const opening = Buffer.from(openLine(ts))
    for (let i = 0; i < made.length; i++) {
      hash = hashLine(batch.complete(i, opening, seq + 1 + i, hash))
    }
    if (hash !== after.hash) throw new Error('another hash')
    const lines = batch.lines.toString()
    if (lines !== `${wanted.join('\n')}\n`) throw new Error(lines)
  })
  t.throws(() => batch.end(), 'nothing was begun')
  t.end()
})
