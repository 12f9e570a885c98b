// What a run says: figures with their spread, as JSON or as Markdown.
// In: measured cases. Out: a Report, and its text.
// INVARIANT: a ratio is taken inside one round, where both sides had the same
// machine; where generator or upstream cost more than the yardstick, there is none.

import { cpus } from 'node:os'
import type { Tally } from './audit.ts'
import { type ContestantName, RATIOS, type RatioRow } from './cases.ts'
import type { Settings } from './flags.ts'
import type { Measured, Round, Window } from './measure.ts'

export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

interface Conclusion {
  readonly target?: number
  readonly spread?: Spread
  /** Why there is no ratio. */
  readonly limit?: string
}

export interface Row {
  readonly case: string
  readonly contestant: ContestantName
  readonly cpu: Spread
  readonly generator: number
  readonly upstream: number
  readonly rate: number
  readonly p50: number
  readonly p99: number
}

export interface Report {
  /** Medians; null where nothing can be concluded. */
  readonly ratios: Readonly<Record<string, number | null>>
  readonly conclusions: Readonly<Record<string, Conclusion>>
  /** CPU in microseconds a call, latency in milliseconds. */
  readonly rows: readonly Row[]
  readonly rounds: number
  readonly requests: number
  readonly warmup: number
  readonly node: string
  readonly cores: number
  /** Contestants that this machine has not. */
  readonly absent: readonly string[]
  readonly audit: Pick<Tally, 'intents' | 'outcomes'>
  /** Of the gateway after the run, in MiB. */
  readonly residentMb: number
  /** Cores that processes other than the bench's kept busy. */
  readonly foreignCores: number
}

export type Around = Pick<
  Report,
  'absent' | 'audit' | 'residentMb' | 'foreignCores'
>

export function makeReport(
  measured: readonly Measured[],
  { rounds, requests, warmup }: Settings,
  around: Around,
): Report {
  const conclusions = new Map<string, Conclusion>()
  for (const row of RATIOS) {
    const found = measured.find(({ of }) => of.name === row.of)
    if (found) conclusions.set(row.key, conclude(row, found.rounds))
  }
  const ratios = [...conclusions].map(
    ([key, { spread }]) => [key, spread?.median ?? null] as const,
  )
  return {
    ratios: Object.fromEntries(ratios),
    conclusions: Object.fromEntries(conclusions),
    rows: measured.flatMap(listRows),
    rounds,
    requests,
    warmup,
    node: process.version,
    cores: cpus().length,
    ...around,
    foreignCores: shorten(around.foreignCores),
    residentMb: Math.round(around.residentMb),
  }
}

function conclude(
  { against, figure, ...row }: RatioRow,
  rounds: readonly Round[],
): Conclusion {
  const key = figure === 'cpu' ? 'own' : 'p99'
  const target = row.target === undefined ? {} : { target: row.target }
  const pairs = rounds.flatMap((round) => {
    const [mine, other] = [round.gateway, round[against]]
    return mine && other ? [{ mine, other }] : []
  })
  if (pairs.length === 0) return { ...target, limit: `there is no ${against}` }
  const of = (part: keyof Window) =>
    spreadOf(pairs.map(({ other }) => other[part])).median
  for (const part of ['generator', 'upstream'] as const) {
    if (of(part) <= of('own')) continue
    return { ...target, limit: `the ${part} costs more than ${against}` }
  }
  const ratios = pairs.map(({ mine, other }) => mine[key] / other[key])
  return { ...target, spread: spreadOf(ratios) }
}

function listRows({ of, rounds }: Measured): readonly Row[] {
  const names = Object.keys(rounds[0] ?? {}) as ContestantName[]
  return names.sort().map((contestant) => {
    const windows = rounds.flatMap((round) => round[contestant] ?? [])
    const middle = (part: keyof Window) =>
      spreadOf(windows.map((window) => window[part])).median
    return {
      case: of.name,
      contestant,
      cpu: spreadOf(windows.map(({ own }) => own)),
      generator: middle('generator'),
      upstream: middle('upstream'),
      rate: middle('rate'),
      p50: middle('p50'),
      p99: middle('p99'),
    }
  })
}

const NAMES: Readonly<Record<ContestantName, string>> = {
  gateway: 'Portcullis, governed',
  nginx: 'nginx',
  haproxy: 'haproxy',
  floor: 'node:net on both sides, no policy',
  passthrough: 'node:http + undici, no policy',
  sdk: 'SDK 1.x on both sides, no policy',
  sdk2: 'SDK 2.x on both sides, no policy',
  sdkStdio: 'SDK 1.x, no policy, to a child',
  direct: 'the upstream alone',
}

/** Tables of Markdown. */
export function renderReport(report: Report): string {
  const ratios = Object.entries(report.conclusions).map(
    ([key, { spread, target, limit }]) =>
      spread
        ? [
            key,
            ...[spread.median, spread.min, spread.max].map((one) =>
              one.toFixed(2),
            ),
            formatTarget(target),
          ]
        : [key, `no conclusion: ${limit}`, '', '', formatTarget(target)],
  )
  const rows = report.rows.map((row) => [
    row.case,
    NAMES[row.contestant],
    ...[row.cpu.median, row.cpu.min, row.cpu.max].map(formatMicros),
    ...[row.generator, row.upstream].map(formatMicros),
    row.rate.toFixed(0),
    row.p50.toFixed(2),
    row.p99.toFixed(2),
  ])
  const { intents, outcomes } = report.audit
  return [
    ...table(['ratio', 'median', 'min', 'max', 'target'], ratios),
    '',
    ...table(
      [
        'case',
        'process',
        'CPU µs a call',
        'min',
        'max',
        'generator µs',
        'upstream µs',
        'calls/s',
        'p50 ms',
        'p99 ms',
      ],
      rows,
    ),
    '',
    `Node ${report.node}, ${report.cores} cores, ${report.rounds} rounds of ` +
      `${report.requests} calls, ${report.warmup} before them.`,
    `Audit: ${intents} intents, ${outcomes} outcomes, as many as calls.`,
    `The gateway's resident memory afterwards: ${report.residentMb} MiB.`,
    `Other processes kept ${report.foreignCores} cores busy.`,
    ...(report.absent.length > 0
      ? [`Not on this machine: ${report.absent.join(', ')}.`]
      : []),
    '',
  ].join('\n')
}

function formatTarget(target: number | undefined): string {
  return target === undefined ? '' : `≤ ${target}`
}

export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

export function formatMicros(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0)
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return {
    min: shorten(at(0)),
    median: shorten((at(Math.floor(middle)) + at(Math.ceil(middle))) / 2),
    max: shorten(at(sorted.length - 1)),
  }
}

/** Four digits say all that is known. */
export function shorten(value: number): number {
  return Number(value.toPrecision(4))
}
