// What a large config costs to check, and how that grows.
// In: --json, --runs N. Out: CPU seconds and memory of a cold `gateway check`
// with 50 servers, 2,000 locked tools, 100 roles, 1,000 tokens; then with more
// of each.
// INVARIANT: every run is a new process; one that is not fine fails the bench.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Cost, measureCost, median } from './cost.ts'
import { type Fleet, makeFleet } from './fleet.ts'

const bin = join(import.meta.dirname, '../run/gateway.js')

const FLEET: Fleet = { servers: 50, tools: 2000, roles: 100, tokens: 1000 }

/** Each dimension alone, in equal steps: what one step adds must not grow. */
const STEPS: Readonly<Record<keyof Fleet, readonly number[]>> = {
  servers: [50, 200, 350],
  tools: [2000, 6000, 10_000],
  roles: [100, 400, 700],
  tokens: [1000, 5500, 10_000],
}

const TARGET_SECONDS = 1

interface Row extends Fleet {
  readonly cpuSeconds: number
  readonly peakMb: number
  readonly wallSeconds: number
}

interface Growth {
  /** CPU milliseconds that a thousand more cost: in the first step, and in the
   * second. */
  readonly perThousand: readonly [number, number]
  /** Of the second to the first; 1 is linear. */
  readonly ratio: number
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'portcullis-fleet-'))
try {
  await main(Number(values.runs))
} finally {
  rmSync(folder, { recursive: true })
}

async function main(count: number): Promise<void> {
  const base = await measureFleet(FLEET, count)
  const table = [base]
  const growth: Partial<Record<keyof Fleet, Growth>> = {}
  for (const key of Object.keys(STEPS) as (keyof Fleet)[]) {
    const own = [base]
    for (const size of STEPS[key].slice(1)) {
      own.push(await measureFleet({ ...FLEET, [key]: size }, count))
    }
    table.push(...own.slice(1))
    growth[key] = judgeGrowth(key, own)
  }
  const result = {
    bench: 'compile',
    coldCpuSeconds: base.cpuSeconds,
    peakMb: base.peakMb,
    target: TARGET_SECONDS,
    table,
    growth,
    runs: count,
    node: process.version,
  }
  const text = values.json ? JSON.stringify(result) : describe(table, growth)
  process.stdout.write(`${text}\n`)
}

async function measureFleet(fleet: Fleet, count: number): Promise<Row> {
  const cwd = join(folder, Object.values(fleet).join('-'))
  mkdirSync(cwd)
  for (const [name, text] of Object.entries(makeFleet(fleet, Date.now()))) {
    writeFileSync(join(cwd, name), text)
  }
  const runs: Cost[] = []
  // The first warms the disk's cache, not ours: every run is a new process.
  for (let left = count + 1; left > 0; left--) {
    const run = await measureCost([bin, 'check', '--strict', '--cwd', cwd])
    if (run.exit !== 0) throw new Error(`gateway check ended with ${run.exit}`)
    runs.push(run)
  }
  rmSync(cwd, { recursive: true })
  const measured = runs.slice(1)
  return {
    ...fleet,
    cpuSeconds: median(measured.map(({ cpu }) => cpu)),
    wallSeconds: round(median(measured.map(({ wall }) => wall))),
    peakMb: Math.max(...measured.map(({ peakMb }) => peakMb)),
  }
}

function judgeGrowth(key: keyof Fleet, rows: readonly Row[]): Growth {
  const cost = (from: number) => {
    const [a, b] = rows.slice(from, from + 2) as [Row, Row]
    return round(((b.cpuSeconds - a.cpuSeconds) * 1e6) / (b[key] - a[key]))
  }
  const perThousand = [cost(0), cost(1)] as const
  return { perThousand, ratio: round(perThousand[1] / perThousand[0]) }
}

function describe(
  table: readonly Row[],
  growth: Partial<Record<keyof Fleet, Growth>>,
): string {
  const cell = (value: unknown) => String(value).padStart(10)
  const line = (cells: readonly unknown[]) => cells.map(cell).join('')
  return [
    `gateway check, cold; target ${TARGET_SECONDS} s of CPU for the first`,
    line(['servers', 'tools', 'roles', 'tokens', 'CPU s', 'wall s', 'MiB']),
    ...table.map(({ servers, tools, roles, tokens, ...cost }) =>
      line([
        ...[servers, tools, roles, tokens],
        ...[cost.cpuSeconds, cost.wallSeconds, cost.peakMb],
      ]),
    ),
    'CPU ms that a thousand more cost, first step and second:',
    ...Object.entries(growth).map(([key, { perThousand, ratio }]) =>
      line([key, ...perThousand, `× ${ratio}`]),
    ),
  ].join('\n')
}

function round(value: number): number {
  return Number(value.toFixed(2))
}
