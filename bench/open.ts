// `npm run bench:open`: latency at a fixed rate, with the table replaced every
// second and without.
// In: flags. Out: a table, or one JSON object, on stdout; progress on stderr.
// INVARIANT: calls are sent when they are due, whatever came back; fails when one
// call fails or the audit is wrong; asserts no speed.

import { parseArgs } from 'node:util'
import { judgeTally, tallyAudit } from './audit.ts'
import { SMALL } from './cases.ts'
import { type Contestant, startContestants } from './contestants.ts'
import { readCount, readOrEnd } from './flags.ts'
import { type Ground, runOnGround, tell } from './ground.ts'
import type { Paced, PacedLoad } from './load/pace.ts'
import { shuffle } from './measure.ts'
import type { Running } from './process.ts'
import { type Spread, spreadOf, table } from './report.ts'

/** Who is asked, in turn. */
const WAYS = ['direct', 'nginx', 'gateway', 'gateway, reloads'] as const
type Way = (typeof WAYS)[number]

type Round = Readonly<Partial<Record<Way, Paced>>>

const START_MS = 30_000
const SWAP_MS = 1_000

/** A generator that is later than that had no processor of its own. */
const LATE_MS = 2

/** Before the first round, so that the gateway's code is optimized. */
const WARMUP = { perSecond: 1_000, seconds: 20 }

const { values, perSecond, seconds, rounds } = readOrEnd(() => {
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '300' },
      seconds: { type: 'string', default: '20' },
      rounds: { type: 'string', default: '5' },
      short: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    values,
    perSecond: readCount('rate', values.rate),
    seconds: readCount('seconds', values.seconds),
    rounds: readCount('rounds', values.rounds),
  }
})
const warmup = values.short ? { perSecond: 100, seconds: 1 } : WARMUP

interface Figures {
  readonly way: Way
  /** In milliseconds. */
  readonly p50: Spread
  readonly p99: Spread
  /** To what a call without anything between takes in the same round. */
  readonly added50: Spread
  readonly added99: Spread
  readonly max: number
  readonly late: number
}

interface Result {
  readonly figures: readonly Figures[]
  /** The gateway's added p50 to that of nginx. */
  readonly ratio?: Spread
  /** The gateway's p99 with reloads to that without. */
  readonly reloads: Spread
  readonly swaps: number
  readonly swapMs: Spread
}

async function measure(ground: Ground): Promise<Result> {
  const { folder, upstream, generator, started } = ground
  const { contestants, running, absent, audit } = await startContestants({
    wanted: new Set(['nginx', 'direct']),
    ports: upstream.ready,
    upstreamPid: upstream.pid,
    folder,
    execArgv: [],
    started,
  })
  const gateway = contestants[0] as Contestant
  for (const name of absent) tell(`not on this machine: ${name}`)
  for (const one of contestants) {
    await generator.ask('negotiate', one.target(SMALL), START_MS)
  }
  await running.ask('prepare', null, START_MS)
  tell('warming up')
  for (const one of contestants) await pace(generator, one, warmup)
  const measured: Round[] = []
  const swaps: number[] = []
  for (let round = 1; round <= rounds; round++) {
    tell(`round ${round} of ${rounds}`)
    measured.push(await measureRound(generator, contestants, running, swaps))
  }
  await gateway.stop()
  const calls = warmup.perSecond * warmup.seconds
  const each = perSecond * seconds
  judgeTally(await tallyAudit(audit), calls + rounds * 2 * each)
  return conclude(measured, swaps)
}

async function measureRound(
  generator: Running,
  contestants: readonly Contestant[],
  gateway: Running,
  swaps: number[],
): Promise<Round> {
  const round: Partial<Record<Way, Paced>> = {}
  for (const way of shuffle(WAYS)) {
    const [name] = way.split(',')
    const one = contestants.find((one) => one.name === name)
    if (!one) continue
    const stop = way === 'gateway, reloads' ? reload(gateway, swaps) : undefined
    round[way] = await pace(generator, one, { perSecond, seconds })
    await stop?.()
  }
  return round
}

/** Replaces the table every second, until it is told to stop. */
function reload(gateway: Running, swaps: number[]): () => Promise<void> {
  let last = Promise.resolve()
  const timer = setInterval(() => {
    last = last.then(async () => {
      swaps.push(await gateway.ask<number>('swap', null, START_MS))
    })
    // It is awaited below.
    last.catch(() => {})
  }, SWAP_MS)
  return () => {
    clearInterval(timer)
    return last
  }
}

async function pace(
  generator: Running,
  one: Contestant,
  at: Pick<PacedLoad, 'perSecond' | 'seconds'>,
): Promise<Paced> {
  const load: PacedLoad = { name: one.target(SMALL).name, case: SMALL, ...at }
  const limit = at.seconds * 1_000 + START_MS
  const paced = await generator.ask<Paced>('pace', load, limit)
  if (paced.failed === 0) return paced
  throw new Error(
    `${paced.failed} calls of ${load.name} failed: ${paced.fault}`,
  )
}

function conclude(
  measured: readonly Round[],
  swaps: readonly number[],
): Result {
  const figures = WAYS.flatMap((way) => describe(way, measured))
  const added = measured.flatMap((round) => {
    const [mine, other] = [add(round, 'gateway'), add(round, 'nginx')]
    return mine !== undefined && other !== undefined ? [mine / other] : []
  })
  const reloads = measured.map(
    (round) =>
      (round['gateway, reloads']?.p99 ?? 0) / (round.gateway?.p99 ?? 0),
  )
  return {
    figures,
    ...(added.length > 0 && { ratio: spreadOf(added) }),
    reloads: spreadOf(reloads),
    swaps: swaps.length,
    swapMs: spreadOf(swaps),
  }
}

function add(round: Round, way: Way): number | undefined {
  const { direct, [way]: own } = round
  return direct && own ? own.p50 - direct.p50 : undefined
}

function describe(way: Way, measured: readonly Round[]): readonly Figures[] {
  const pairs = measured.flatMap((round) => {
    const { direct, [way]: own } = round
    return direct && own ? [{ direct, own }] : []
  })
  if (pairs.length === 0) return []
  const of = (read: (pair: (typeof pairs)[number]) => number) =>
    spreadOf(pairs.map(read))
  return [
    {
      way,
      p50: of(({ own }) => own.p50),
      p99: of(({ own }) => own.p99),
      added50: of(({ own, direct }) => own.p50 - direct.p50),
      added99: of(({ own, direct }) => own.p99 - direct.p99),
      max: of(({ own }) => own.max).max,
      late: of(({ own }) => own.late).median,
    },
  ]
}

function render({ figures, ratio, reloads, swaps, swapMs }: Result): string {
  const show = ({ median, min, max }: Spread) =>
    `${median.toFixed(2)} (${min.toFixed(2)} – ${max.toFixed(2)})`
  const rows = figures.map((row) => [
    row.way,
    ...[row.p50, row.p99, row.added50, row.added99].map(show),
    row.max.toFixed(1),
    row.late.toFixed(2),
  ])
  const head = 'p50 ms,p99 ms,added p50,added p99,max,generator late'
  return [
    ...table(['', ...head.split(',')], rows),
    '',
    `Added p50 to that of nginx: ${ratio ? show(ratio) : 'there is no nginx'}.`,
    `p99 with reloads to p99 without: ${show(reloads)}.`,
    ...(figures.some(({ late }) => late > LATE_MS)
      ? ['The generator itself was late: this machine is too busy to conclude.']
      : []),
    `${swaps} swaps, ${show(swapMs)} ms each; no call failed.`,
    `Node ${process.version}, ${rounds} rounds of ${seconds} s at ${perSecond} calls a second.`,
    '',
  ].join('\n')
}

process.exitCode = await runOnGround(async (ground) => {
  const result = await measure(ground)
  if (!values.json) return render(result)
  const report = { bench: 'open', ...result, node: process.version }
  return `${JSON.stringify(report)}\n`
})
