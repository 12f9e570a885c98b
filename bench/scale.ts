// `npm run bench:scale`: what a call costs as tokens, tools and servers grow.
// In: flags. Out: a table, or one JSON object, on stdout; progress on stderr.
// INVARIANT: the sizes of one row are gateways of one run that take turns; a ratio
// is taken inside one round; asserts no speed, fails when an answer or the audit
// is wrong.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { judgeTally, tallyAudit } from './audit.ts'
import { type Case, SMALL } from './cases.ts'
import { type StartedGateway, startGateway } from './contestants.ts'
import { readResident } from './cpu.ts'
import { readCount, readOnly, readOrEnd } from './flags.ts'
import { type Ground, runOnGround, tell } from './ground.ts'
import { measureWindow, shuffle } from './measure.ts'
import { formatMicros, type Spread, spreadOf, table } from './report.ts'

type Grown = 'tokens' | 'tools' | 'servers'

/** The smallest is what the others are compared with. */
const SIZES: Readonly<Record<Grown, readonly number[]>> = {
  tokens: [10, 1_000, 100_000],
  tools: [10, 1_000, 10_000],
  servers: [1, 100, 1_000],
}

const FEW: typeof SIZES = {
  tokens: [10, 100],
  tools: [10, 100],
  servers: [1, 10],
}

const GROWN = Object.keys(SIZES) as readonly Grown[]

const TARGET = 1.1
const START_MS = 120_000
const SWAPS = 4

interface Row {
  readonly grown: Grown
  readonly size: number
  readonly cpu: Spread
  /** To the smallest. */
  readonly ratio: Spread
  readonly compileMs: number
  readonly swapMs: number
  readonly residentMb: number
}

const { values, rounds, requests, warmup, wanted } = readOrEnd(() => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '7' },
      requests: { type: 'string', default: '6000' },
      warmup: { type: 'string', default: '20000' },
      short: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    values,
    rounds: readCount('rounds', values.rounds),
    requests: readCount('requests', values.requests),
    warmup: readCount('warmup', values.warmup),
    wanted: readOnly(values.only, GROWN),
  }
})

/** Starts a gateway for each size, one after the other. */
async function growOne(grown: Grown, ground: Ground): Promise<readonly Row[]> {
  const sizes = (values.short ? FEW : SIZES)[grown]
  // Names vary at every size, so that no head is the same as the last one.
  const of: Case = { ...SMALL, tool: '*' }
  const started: StartedGateway[] = []
  for (const size of sizes) {
    tell(`${grown}: starting with ${size}`)
    started.push(await startGrown(grown, size, of, ground))
  }
  const cpu = await takeTurns(started, of, ground, (text) =>
    tell(`${grown}: ${text}`),
  )
  const rows: Row[] = []
  for (const [at, { running }] of started.entries()) {
    const own = cpu.map((round) => round[at] ?? Number.NaN)
    rows.push({
      grown,
      size: sizes[at] ?? 0,
      cpu: spreadOf(own),
      ratio: spreadOf(cpu.map((round) => (round[at] ?? 0) / (round[0] ?? 0))),
      compileMs: Math.round(running.ready.compileMs),
      swapMs: await swapSome(running),
      residentMb: Math.round(readResident(running.pid)),
    })
  }
  for (const { gateway, audit } of started) {
    await gateway.stop()
    judgeTally(await tallyAudit(audit), warmup + rounds * requests)
  }
  return rows
}

async function startGrown(
  grown: Grown,
  size: number,
  of: Case,
  { folder, upstream, generator, started }: Ground,
): Promise<StartedGateway> {
  const own = join(folder, `${grown}-${size}`)
  mkdirSync(own)
  const base = { tokens: 10, tools: 10, servers: 1 }
  const setup = { ...base, folder: own, ...upstream.ready, [grown]: size }
  const field = { started, execArgv: [], upstreamPid: upstream.pid }
  const one = await startGateway(setup, field, `${grown} ${size}`, START_MS)
  await generator.ask('negotiate', one.gateway.target(of), START_MS)
  return one
}

/** CPU a call, by round and size. */
async function takeTurns(
  started: readonly StartedGateway[],
  of: Case,
  { generator }: Ground,
  report: (progress: string) => void,
): Promise<readonly (readonly number[])[]> {
  report('warming up')
  for (const { gateway } of started) {
    await measureWindow({ generator }, gateway, of, warmup)
  }
  const cpu: number[][] = []
  for (let round = 1; round <= rounds; round++) {
    report(`round ${round} of ${rounds}`)
    const own: number[] = []
    for (const [at, { gateway }] of shuffle([...started.entries()])) {
      const window = await measureWindow({ generator }, gateway, of, requests)
      own[at] = window.own
    }
    cpu.push(own)
  }
  return cpu
}

/** Median of the milliseconds for which a swap occupies the gateway. */
async function swapSome(running: StartedGateway['running']): Promise<number> {
  await running.ask('prepare', null, START_MS)
  const took: number[] = []
  for (let at = 0; at < SWAPS; at++) {
    took.push(await running.ask<number>('swap', null, START_MS))
  }
  return spreadOf(took).median
}

function render(rows: readonly Row[]): string {
  const cells = rows.map(({ grown, size, cpu, ratio, ...row }) => [
    `${size} ${grown}`,
    ...[cpu.median, cpu.min, cpu.max].map(formatMicros),
    ...[ratio.median, ratio.min, ratio.max].map((one) => one.toFixed(2)),
    size === rows.find((one) => one.grown === grown)?.size ? '' : `≤ ${TARGET}`,
    String(row.compileMs),
    row.swapMs.toFixed(1),
    String(row.residentMb),
  ])
  const head =
    'CPU µs a call,min,max,ratio,min,max,target,compile ms,swap ms,MiB'
  return [
    ...table(['', ...head.split(',')], cells),
    '',
    `Node ${process.version}, ${rounds} rounds of ${requests} calls, ${warmup} before them.`,
    '',
  ].join('\n')
}

process.exitCode = await runOnGround(async (ground) => {
  const rows: Row[] = []
  for (const grown of wanted) rows.push(...(await growOne(grown, ground)))
  const report = { bench: 'scale', target: TARGET, rows, node: process.version }
  return values.json ? `${JSON.stringify(report)}\n` : render(rows)
})
