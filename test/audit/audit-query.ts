// `audit query` on a small audit that has everything wrong with it: filters,
// spans, forms, counts. What changes while it is read: audit-follow.ts.
// In: test/fixtures/audit. Out: tap.
// Covers src/trail.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { CallJoiner } from '../../src/trail/calls.ts'
import { readSpan } from '../../src/trail/instants.ts'
import { Top } from '../../src/trail/top.ts'
import { gateway, makeFolder, root, runHere } from '../harness/gateway.ts'
import { holdFor } from '../harness/property.ts'

const FIXTURE = join(root, 'test/fixtures/audit')
const LIVE = join(FIXTURE, 'gateway.jsonl')

type Rows = readonly Readonly<Record<string, unknown>>[]

const parseLines = (text: string): Rows =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

async function query(file: string, ...args: readonly string[]) {
  const run = await runHere(['audit', 'query', '--file', file, ...args])
  return { ...run, lines: run.stdout.split('\n').filter(Boolean) }
}

async function queryJson(file: string, ...args: readonly string[]) {
  const { stdout } = await query(file, ...args, '--report', 'json')
  return parseLines(stdout)
}

const idsOf = (rows: Rows) => rows.map(({ requestId }) => requestId)

t.test('a small audit, to the letter', async (t) => {
  const read = (name: string) => readFileSync(join(FIXTURE, name), 'utf8')
  const file = 'test/fixtures/audit/gateway.jsonl'
  const args = ['audit', 'query', '--file', file, '--all']
  const told = await gateway(args, { cwd: root })
  t.equal(told.stdout, read('query.txt'))
  t.equal(told.code, 1)
  t.match(
    told.stderr,
    /^1 line is not a record, the first at .*gateway\.jsonl:4;/,
  )
  t.equal((await query(LIVE, '--top', 'session')).stdout, read('top.txt'))
})

t.test('filters', async (t) => {
  for (const [args, wanted] of [
    [
      ['--token', 'bob'],
      ['r-2', 'r-5', 'r-6'],
    ],
    [
      ['--token', 'p0d8s2k1x7vz', '--server', 'issues'],
      ['r-2', 'r-5', 'r-6'],
    ],
    [
      ['--token', 'k3v9x0q2m7ab'],
      ['r-1', 'r-3', 'r-4'],
    ],
    [
      ['--token', 'k3v9x0q2m7ab', '--all'],
      ['r-1', 'r-3', 'r-4', 'r-8'],
    ],
    [['--client', 'claude-*', '--since', '2026-11-25'], ['r-6']],
    [['--client', 'nobody'], []],
    [['--ip', '10.0.0.*'], [null]],
    [['--subject', 'a*', '--tool', '*_issues'], ['r-1']],
    [
      ['--tool', 'issues/s*'],
      ['r-1', 'r-2', 'r-3', 'r-5'],
    ],
    [
      ['--tool', 'slow', 'delete_file'],
      ['r-3', 'r-4'],
    ],
    [['--tool', 'issues__=evil\u202e'], ['r-6']],
    [['--team', 'docs', '--decision', 'denied'], ['r-4']],
    [
      ['--session', 'c2', '--outcome', 'ok', 'tool_error'],
      ['r-2', 'r-6'],
    ],
    [['--outcome', 'unfinished'], ['r-3']],
    [['--outcome', 'timeout'], ['r-1']],
    [['--request', 'r-8'], ['r-8']],
    [['--decision', 'unauthenticated'], [null]],
    [['--since', '2026-11-24', '--until', '2026-11-24T08:00:02Z'], ['r-4']],
    [
      ['--until', '2026-11-23'],
      ['r-1', 'r-2', 'r-3'],
    ],
    [['--until', '2026-11-23T09:00:01.100Z'], ['r-1']],
    [
      ['--since', '2026-11-23T09:00:02Z', '--limit', '3', '--all'],
      [null, 'r-6', 'r-8'],
    ],
  ] as const) {
    t.strictSame(idsOf(await queryJson(LIVE, ...args)), wanted, args.join(' '))
  }
  const [first] = await queryJson(LIVE, '--outcome', 'timeout')
  t.match(first, { arguments: { q: 'x' }, ts: '2026-11-23T09:00:01.000Z' })
  const none = await query(LIVE, '--subject', 'nobody')
  t.match(none.stderr, 'no match in')
  t.equal(none.stdout, '')
  const notices = await queryJson(LIVE, '--event', 'notice')
  t.strictSame(
    notices.map(({ notice }) => notice),
    ['start', 'checkpoint', 'start'],
  )
})

const TOKEN = `gwt_k3v9x0q2m7ab_${''.padStart(49, '0')}`

t.test('forms', async (t) => {
  const folder = makeFolder(t)
  const csv = join(folder, 'calls.csv')
  const { lines } = await query(
    LIVE,
    '--report',
    'human',
    '--report',
    `csv=${csv}`,
    '--all',
  )
  t.equal(lines.length, 9)
  const table = readFileSync(csv, 'utf8')
  t.match(table, /^ts,requestId,tokenId,/)
  t.match(table, ",'=evil\ufffd,", 'no formula, no hidden sign')
  t.match(table, ',"{""q"":""x""}",')
  const raw = await query(LIVE, '--tool', '*evil*', '--report', 'json')
  t.match(raw.stdout, '"tool":"=evil\\u202e"')
  for (const [field, value] of [
    ['client', 'claude-code'],
    ['ip', '10.0.0.9'],
    ['day', '2026-11-24'],
  ] as const) {
    const groups = await queryJson(LIVE, '--top', field)
    t.ok(
      groups.some((one) => one.value === value),
      field,
    )
  }
  const top = await query(LIVE, '--top', 'tool', '--report', 'csv')
  t.match(top.lines, [/^field,value,who,calls/, /^tool,,,7,7,/])
  const bad = join(folder, 'no/where.csv')
  t.equal((await query(LIVE, '--report', `csv=${bad}`)).code, 2)
  t.strictSame(readdirSync(folder), ['calls.csv'])
})

t.test(
  'stream records are not calls; a limit in `warn` mode is shown',
  async (t) => {
    const call = { tokenId: 't', subject: 'ada', decision: 'allowed' }
    const lines = (id: string, more: object, warned: string | null = null) =>
      (['intent', 'outcome'] as const).map((event, at) => {
        const ts = `2026-11-24T08:00:0${at}.000Z`
        const own =
          at === 0 ? { limit: warned } : { outcome: 'ok', durationMs: 1000 }
        return JSON.stringify({
          ts,
          event,
          requestId: id,
          ...call,
          ...more,
          ...own,
        })
      })
    const tool = { method: 'tools/call', server: 'notes', tool: 'list' }
    const records = [
      ...lines('a', { method: 'initialize', server: null, tool: null }),
      ...lines('b', { method: 'GET' }),
      ...lines('c', { method: 'subscriptions/listen', server: null }),
      ...lines('d', tool),
      ...lines('e', tool, 'hourly, bursts'),
    ]
    const folder = makeFolder(t, { 'gateway.jsonl': `${records.join('\n')}\n` })
    const file = join(folder, 'gateway.jsonl')
    const top = async (field: string) => {
      const { stdout } = await query(file, '--top', field, '--report', 'json')
      return parseLines(stdout).map(({ value, calls }) => [value, calls])
    }
    t.strictSame(await top('tool'), [['notes/list', 2]])
    t.strictSame(await top('subject'), [['ada', 2]])
    t.strictSame(await top('method'), [
      ['tools/call', 2],
      ['GET', 1],
      ['initialize', 1],
      ['subscriptions/listen', 1],
    ])
    t.strictSame(await top('limit'), [
      [null, 1],
      ['bursts', 1],
      ['hourly', 1],
    ])
    const { lines: rows } = await query(file)
    t.match(rows.at(-2), /notes\/list +ok +1000/)
    t.match(rows.at(-1), /notes\/list +ok, over hourly, bursts +1000/)
  },
)

t.test('a usage error names the valid values', async (t) => {
  for (const [args, said] of [
    [['--since', 'last week'], /--since `last week` is not a duration/],
    [['--since', '1h', '--until', '2h'], /not after --since/],
    [['--decision', 'deny'], /Allowed choices are allowed, denied/],
    [['--top', 'toool'], /Allowed choices/],
    [['--limit', '0'], /a number from 1/],
    [['--top', 'tool', '--follow'], /--top needs an end/],
    [['--follow', '--report', 'csv=x'], /cannot write to a file/],
    [['--token', 'gwt_x'], /neither a token nor a name/],
    [['--token', TOKEN], /name it by its id, k3v9x0q2m7ab/],
  ] as const) {
    const { code, stderr, stdout } = await query(LIVE, ...args)
    t.equal(code, 2, args.join(' '))
    t.match(stderr, said)
    t.equal(stdout, '')
  }
  const gone = await query(join(FIXTURE, 'no.jsonl'))
  t.equal(gone.code, 2)
  t.match(gone.stderr, 'there is no audit at')
})

t.test('spans: whole days; a weekday means the last one that began', (t) => {
  const now = Date.parse('2026-11-27T15:00:00Z')
  const spell = (since?: string, until?: string) => {
    const span = readSpan(
      { ...(since && { since }), ...(until && { until }) },
      now,
    )
    return [span.since, span.until].map((at) =>
      Number.isFinite(at) ? new Date(at).toISOString().slice(0, 16) : '',
    )
  }
  t.strictSame(spell('2h'), ['2026-11-27T13:00', ''])
  t.strictSame(spell('yesterday', 'today'), [
    '2026-11-26T00:00',
    '2026-11-28T00:00',
  ])
  t.strictSame(spell('Tuesday', 'tuesday'), [
    '2026-11-24T00:00',
    '2026-11-25T00:00',
  ])
  t.strictSame(spell('friday'), ['2026-11-27T00:00', ''])
  t.strictSame(spell('2026-11-24', '2026-11-24'), [
    '2026-11-24T00:00',
    '2026-11-25T00:00',
  ])
  t.strictSame(spell(undefined, '2026-11-24T06:30Z'), ['', '2026-11-24T06:30'])
  t.end()
})

t.test('too many groups: the largest are kept, the rest is reported', (t) => {
  const top = new Top('session')
  const add = (session: string) => {
    const ts = '2026-11-23T09:00:01.000Z'
    top.add({ intent: undefined, end: '' }, { ts, event: 'refusal', session })
  }
  for (let i = 0; i < 30_000; i++) {
    add(`s${i}`)
    if (i % 3 === 0) add('heavy')
  }
  const { groups } = top.list(1)
  t.match(groups, [{ value: 'heavy' }])
  t.ok((groups[0]?.calls ?? 0) + top.short >= 10_000)
  t.ok(top.short <= 2)
  t.end()
})

t.test('every call is printed once, in order within the window', (t) => {
  const step = fc.record({
    event: fc.constantFrom('intent', 'outcome', 'refusal', 'notice'),
    id: fc.constantFrom('a', 'b', 'c', 'd'),
  })
  holdFor(t, [fc.array(step), fc.boolean()], 300, (steps, narrow) => {
    const wanted: string[] = []
    const open = new Map<string, number>()
    const told: string[] = []
    const read = (text?: string) => (text ? JSON.parse(text).seq : '-')
    const joiner = new CallJoiner(
      ({ intent, end }) => told.push(`${read(intent)} ${read(end)}`),
      true,
      () => true,
      narrow ? 2 : 1_000,
    )
    for (const [seq, { event, id }] of steps.entries()) {
      const notice = event === 'notice' ? ',"notice":"start"' : ''
      const head = `{"ts":"x","seq":${seq},"event":"${event}"`
      const bytes = Buffer.from(`${head},"requestId":"${id}"${notice}}`)
      if (!joiner.take({ bytes, start: 0, end: bytes.length })) throw bytes
      if (event === 'notice') open.clear()
      else if (event === 'intent') open.set(id, wanted.push(`${seq} -`) - 1)
      else if (event === 'refusal' || !open.has(id)) wanted.push(`- ${seq}`)
      else {
        const at = open.get(id) as number
        wanted[at] = (wanted[at] as string).replace('-', String(seq))
        open.delete(id)
      }
    }
    joiner.finish()
    const [a, b] = narrow
      ? [[...told].sort(), [...wanted].sort()]
      : [told, wanted]
    if (a.join() !== b.join()) throw new Error(`${a}, not ${b}`)
  })
  t.end()
})
