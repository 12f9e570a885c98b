// `npm run bench:memory`: resident memory of the gateway: large calls at the same
// time, many idle streams, minutes of load.
// In: flags. Out: a table, or one JSON object, on stdout; progress on stderr.
// INVARIANT: each part has a gateway of its own; fails when an answer is wrong, a
// stream ends by itself, or the audit is wrong; asserts no size.

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { judgeTally, tallyAudit } from './audit.ts'
import { CASES, type Case, SMALL } from './cases.ts'
import { type StartedGateway, startGateway } from './contestants.ts'
import { forgetPeak, readCpu, readPeak, readResident } from './cpu.ts'
import { readCount, readOnly, readOrEnd } from './flags.ts'
import type { Setup } from './governed.ts'
import { type Ground, runOnGround, tell } from './ground.ts'
import type { Paced, PacedLoad } from './load/pace.ts'
import { measureWindow } from './measure.ts'
import { spreadOf, table } from './report.ts'

const PARTS = ['large', 'streams', 'minutes'] as const
type Part = (typeof PARTS)[number]

const { values, streams, parts, minutes, calls } = readOrEnd(() => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      streams: { type: 'string', default: '10000' },
      minutes: { type: 'string', default: '3' },
      // Before a p99 is read, so that the gateway's code is optimized.
      calls: { type: 'string', default: '20000' },
      snapshot: { type: 'string' },
      short: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    values,
    streams: readCount('streams', values.streams),
    parts: readOnly(values.only, PARTS),
    minutes: readCount('minutes', values.minutes),
    calls: readCount('calls', values.calls),
  }
})
const MINUTE_MS = values.short ? 1_000 : 60_000

const ASK_MS = 60_000
const STREAMS_MS = 600_000

/** Open files beside the streams: listeners, upstream connections, logs. */
const SPARE_FILES = 500

/** Longer than a silent stream waits for its next sign of life. */
const PACED = { perSecond: 300, seconds: values.short ? 1 : 20 }
const WINDOWS = values.short ? 1 : 3
const IDLE_MS = values.short ? 200 : 15_000

/** Calls between two looks at the clock. */
const BATCH = values.short ? 100 : 2_000

interface Row {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly target?: number
}

const LARGE: Case = {
  ...SMALL,
  name: '1 MB each way, 100 at once',
  tool: 'large',
  bytes: 1_048_576,
  connections: 100,
}

async function start(
  name: string,
  cases: readonly Case[],
  { folder, upstream, generator, started }: Ground,
  more: Partial<Setup> = {},
): Promise<StartedGateway> {
  const own = join(folder, name)
  mkdirSync(own)
  const setup = { folder: own, ...upstream.ready, ...more }
  const execArgv = values.snapshot === undefined ? [] : ['--expose-gc']
  const field = { started, execArgv, upstreamPid: upstream.pid }
  const one = await startGateway(setup, field, name)
  for (const of of cases) {
    await generator.ask('negotiate', one.gateway.target(of), ASK_MS)
  }
  return one
}

async function stop(one: StartedGateway, made: number): Promise<void> {
  await one.gateway.stop()
  judgeTally(await tallyAudit(one.audit), made)
}

async function measureLarge(ground: Ground): Promise<readonly Row[]> {
  const one = await start('large', [LARGE], ground)
  const { pid } = one.gateway
  const made = values.short ? 100 : 1_000
  const idle = readResident(pid)
  forgetPeak(pid)
  await measureWindow(ground, one.gateway, LARGE, made)
  const rows = [
    { what: 'idle', value: idle, unit: 'MiB' },
    { what: `${LARGE.name}, at most`, value: readPeak(pid), unit: 'MiB' },
    { what: 'afterwards', value: readResident(pid), unit: 'MiB' },
  ]
  await stop(one, made)
  return rows
}

async function measureStreams(ground: Ground): Promise<readonly Row[]> {
  needFiles(streams + SPARE_FILES)
  const { generator } = ground
  const listening: Case = { ...SMALL, eras: ['legacy', 'legacy'] }
  const cases = [SMALL, listening]
  const one = await start('streams', cases, ground, { streams })
  const { gateway, running } = one
  await measureWindow(ground, gateway, SMALL, calls)
  const alone = await readP99(ground, one)
  const before = readResident(gateway.pid)
  tell(`opening ${streams} streams`)
  const { name } = gateway.target(listening)
  const input = { name, streams }
  const opened = await generator.ask<number>('listen', input, STREAMS_MS)
  const after = readResident(gateway.pid)
  const beside = await readP99(ground, one)
  const idle = await readIdleCpu(gateway.pid)
  if (values.snapshot !== undefined) {
    tell(
      `garbage collected: ${JSON.stringify(await running.ask('collect', null, ASK_MS))}`,
    )
    tell(`writing ${values.snapshot}`)
    await running.ask('snapshot', values.snapshot, STREAMS_MS)
  }
  const lost = await generator.ask<number>('hangUp', null, ASK_MS)
  if (opened !== streams || lost > 0) {
    throw new Error(`${opened} of ${streams} streams opened, ${lost} ended`)
  }
  await stop(one, calls + 2 * WINDOWS * PACED.perSecond * PACED.seconds)
  const each = ((after - before) * 1_024) / streams
  return [
    { what: 'before the streams', value: before, unit: 'MiB' },
    { what: `${streams} idle streams`, value: after, unit: 'MiB', target: 300 },
    { what: 'each', value: each, unit: 'KiB' },
    { what: 'CPU a second with nothing to do', value: idle, unit: 'ms' },
    { what: "a call's p99 without them", value: alone, unit: 'ms' },
    { what: "a call's p99 beside them", value: beside, unit: 'ms' },
    { what: 'to each other', value: beside / alone, unit: '×', target: 1.1 },
  ]
}

/** At a fixed rate: a load that fills the gateway has a p99 of its own making. */
async function readP99(ground: Ground, one: StartedGateway): Promise<number> {
  const { name } = one.gateway.target(SMALL)
  const load: PacedLoad = { name, case: SMALL, ...PACED }
  const found: number[] = []
  for (let window = 0; window < WINDOWS; window++) {
    const paced = await ground.generator.ask<Paced>('pace', load, STREAMS_MS)
    if (paced.failed > 0) throw new Error(`calls failed: ${paced.fault}`)
    found.push(paced.p99)
  }
  return spreadOf(found).median
}

/** Milliseconds of CPU a second while nothing is asked. */
async function readIdleCpu(pid: number): Promise<number> {
  const before = readCpu(pid)
  const began = performance.now()
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  return (readCpu(pid) - before) / (performance.now() - began)
}

/** Node raises its own limit to the hard one. */
function needFiles(count: number): void {
  const text = readFileSync('/proc/self/limits', 'latin1')
  const [, hard] = /^Max open files +\S+ +(\S+)/m.exec(text) ?? []
  if (hard === undefined || hard === 'unlimited' || Number(hard) >= count)
    return
  throw new Error(
    `${streams} streams need ${count} open files, this shell allows ${hard}: ` +
      `raise it with \`ulimit -n ${count}\`, or ask for fewer with --streams`,
  )
}

/** What the minutes of load are made of. */
const MIXED = ['200 B', '200 B, sessions', '10 KB request', 'SSE, 10 KB']

async function measureMinutes(ground: Ground): Promise<readonly Row[]> {
  const cases = CASES.filter(({ name }) => MIXED.includes(name))
  const one = await start('minutes', cases, ground)
  const { pid } = one.gateway
  const rows: Row[] = []
  let made = 0
  let first = 0
  const began = performance.now()
  for (let minute = 1; minute <= minutes; minute++) {
    while (performance.now() - began < minute * MINUTE_MS) {
      for (const of of cases) {
        await measureWindow(ground, one.gateway, of, BATCH)
        made += BATCH
      }
    }
    const now = readResident(pid)
    first ||= now
    tell(`after minute ${minute}: ${now.toFixed(0)} MiB, ${made} calls`)
    if (minute === 1) rows.push(after(1, now))
    else if (minute === minutes) {
      rows.push(after(minute, now), {
        what: 'to each other',
        value: now / first,
        unit: '×',
        target: 1.5,
      })
    }
  }
  await stop(one, made)
  return rows
}

function after(minute: number, value: number): Row {
  return { what: `after minute ${minute} of load`, value, unit: 'MiB' }
}

function render(rows: readonly Row[]): string {
  const cells = rows.map(({ what, value, unit, target }) => [
    what,
    `${value.toFixed(unit === 'MiB' ? 0 : 2)} ${unit}`,
    target === undefined ? '' : `≤ ${target}`,
  ])
  return [
    ...table(['', 'measured', 'target'], cells),
    '',
    `Node ${process.version}.`,
    '',
  ].join('\n')
}

const MEASURE: Readonly<
  Record<Part, (ground: Ground) => Promise<readonly Row[]>>
> = {
  large: measureLarge,
  streams: measureStreams,
  minutes: measureMinutes,
}

process.exitCode = await runOnGround(async (ground) => {
  const rows: Row[] = []
  for (const part of parts) {
    tell(part)
    rows.push(...(await MEASURE[part](ground)))
  }
  const report = { bench: 'memory', rows, node: process.version }
  return values.json ? `${JSON.stringify(report)}\n` : render(rows)
})
