// What it costs to ask an audit of millions of records.
// In: --records N, --json. Out: seconds, records a second and peak memory of
// `gateway audit query` with a filter, with a span and with --top.
// INVARIANT: every run is a new process on the same files; what it prints is
// held against what was written; the files are gone at the end.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { BYTES_EACH, makeTrail } from './audit-trail.ts'
import { measureCost } from './cost.ts'

const bin = join(import.meta.dirname, '../run/gateway.js')

/** Left free on the disk, whatever is asked. */
const SPARE = 5e9

const QUERIES: Readonly<Record<string, readonly string[]>> = {
  'one subject': ['--subject', 'person-7'],
  'one tool, denied': ['--tool', 'linear/get_thing_0', '--decision', 'denied'],
  'no such session': ['--session', 'ffffffffffffffff'],
  'every call': ['--report', 'json', '--limit', '1000'],
  '--top tool': ['--top', 'tool'],
  '--top session, one server': ['--top', 'session', '--server', 'linear'],
}

interface Row {
  readonly query: string
  readonly seconds: number
  readonly cpuSeconds: number
  readonly recordsPerSecond: number
  readonly peakMb: number
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    records: { type: 'string', default: '10000000' },
  },
})
const records = Number(values.records)
if (!/^[1-9]\d{0,8}$/.test(values.records)) {
  throw new Error('--records wants an integer from 1 to 999999999')
}
const { bavail, bsize } = statfsSync(tmpdir())
if (bavail * bsize < records * BYTES_EACH + SPARE) {
  throw new Error(`too little room in ${tmpdir()} for ${records} records`)
}
const folder = mkdtempSync(join(tmpdir(), 'portcullis-audit-'))
const remove = () => rmSync(folder, { recursive: true, force: true })
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    remove()
    process.exit(1)
  })
}
try {
  await main()
} finally {
  remove()
}

async function main(): Promise<void> {
  tell(`writing ${records} records`)
  const { live, bytes, calls } = makeTrail(folder, records)
  await judgeAnswer(live, calls)
  const table: Row[] = []
  for (const [query, args] of Object.entries(QUERIES)) {
    tell(query)
    const run = [bin, 'audit', 'query', '--file', live, ...args]
    const { exit, wall, cpu, peakMb } = await measureCost(run)
    if (exit !== 0) throw new Error(`${query} ended with ${exit}`)
    table.push({
      query,
      seconds: round(wall),
      cpuSeconds: round(cpu),
      recordsPerSecond: Math.round(records / wall),
      peakMb: Math.round(peakMb),
    })
  }
  const files = readdirSync(folder).length
  const result = { bench: 'audit', records, bytes, files, table }
  const out = values.json
    ? JSON.stringify(result)
    : describe(bytes, files, table)
  process.stdout.write(`${out}\n`)
}

/** Every call is counted once. */
async function judgeAnswer(live: string, calls: number): Promise<void> {
  const args = ['audit', 'query', '--file', live, '--top', 'decision']
  const child = spawn(process.execPath, [bin, ...args, '--report', 'json'])
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
  const lines = said.split('\n').filter(Boolean)
  const counted = lines
    .map((line) => JSON.parse(line) as { readonly calls: number })
    .reduce((sum, group) => sum + group.calls, 0)
  if (counted !== calls) throw new Error(`${counted} of ${calls} calls counted`)
}

function describe(bytes: number, files: number, table: readonly Row[]): string {
  const line = (query: string, cells: readonly unknown[]) =>
    query.padEnd(28) + cells.map((cell) => String(cell).padStart(11)).join('')
  return [
    `gateway audit query on ${records} records, ${(bytes / 1e9).toFixed(2)} GB ` +
      `in ${files} files`,
    line('', ['seconds', 'CPU s', 'records/s', 'peak MiB']),
    ...table.map((row) =>
      line(row.query, [
        row.seconds,
        row.cpuSeconds,
        row.recordsPerSecond,
        row.peakMb,
      ]),
    ),
  ].join('\n')
}

function tell(progress: string): void {
  process.stderr.write(`${progress}\n`)
}

function round(value: number): number {
  return Number(value.toFixed(2))
}
