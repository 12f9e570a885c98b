// What a run says: figures with their spread, as JSON or as a table.
// In: rounds. Out: a Report, and its two forms.
// INVARIANT: a ratio is taken inside one round, where both sides had the same
// machine; medians and spreads are of those ratios.

import type { Tally } from './audit.ts'
import type { Settings } from './flags.ts'
import { CONTESTANTS, type Contestant, type Round } from './measure.ts'

export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

interface RatioSpread extends Spread {
  /** Ratio of the smallest figures of either side. */
  readonly ofMinima: number
}

type Ratio = 'cpu_vs_passthrough' | 'cpu_vs_sdk'

export interface Report {
  /** Medians. */
  readonly ratios: Readonly<Record<Ratio, number>>
  readonly spreads: Readonly<Record<Ratio, RatioSpread>>
  /** Microseconds of CPU a call; generator and upstream: while the gateway
   * was measured. */
  readonly rows: Readonly<Record<Contestant | 'generator' | 'upstream', Spread>>
  readonly rounds: number
  readonly requests: number
  readonly warmup: number
  readonly node: string
  readonly audit: Pick<Tally, 'intents' | 'outcomes'>
  /** Cores that processes other than the bench's kept busy. */
  readonly foreignCores: number
}

const RIVALS: Readonly<Record<Ratio, Contestant>> = {
  cpu_vs_passthrough: 'passthrough',
  cpu_vs_sdk: 'sdk',
}

const TARGETS: Readonly<Record<Ratio, number>> = {
  cpu_vs_passthrough: 1.3,
  cpu_vs_sdk: 0.15,
}

export function makeReport(
  rounds: readonly Round[],
  { requests, warmup }: Settings,
  { intents, outcomes }: Tally,
  foreignCores: number,
): Report {
  const own = (name: Contestant) => rounds.map((round) => round[name].own)
  const spreads = mapValues(RIVALS, (rival) => ({
    ...spread(rounds.map((round) => round.gateway.own / round[rival].own)),
    ofMinima: shorten(Math.min(...own('gateway')) / Math.min(...own(rival))),
  }))
  const entries = CONTESTANTS.map((name) => [name, spread(own(name))] as const)
  return {
    ratios: mapValues(spreads, ({ median }) => median),
    spreads,
    rows: {
      ...(Object.fromEntries(entries) as Record<Contestant, Spread>),
      generator: spread(rounds.map(({ gateway }) => gateway.generator)),
      upstream: spread(rounds.map(({ gateway }) => gateway.upstream)),
    },
    rounds: rounds.length,
    requests,
    warmup,
    node: process.version,
    audit: { intents, outcomes },
    foreignCores: shorten(foreignCores),
  }
}

const NAMES: Readonly<Record<Contestant, string>> = {
  gateway: 'Portcullis, governed',
  passthrough: 'node:http + undici, no policy',
  sdk: 'SDK 1.x on both sides, no policy',
  direct: 'the upstream alone',
}

const COLUMNS = ['CPU µs a call:', 'min', 'median', 'max', 'of a core']
const AROUND = ['upstream µs', 'generator µs', 'calls/s']

export function renderReport(report: Report, rounds: readonly Round[]): string {
  const rows = CONTESTANTS.map((name) => {
    const { min, median, max } = report.rows[name]
    const windows = rounds.map((round) => round[name])
    const of = (key: 'own' | 'upstream' | 'generator' | 'rate') =>
      spread(windows.map((window) => window[key])).median
    const busy = spread(windows.map(({ own, rate }) => (own * rate) / 1e6))
    const figures = [min, median, max].map((one) => one.toFixed(0))
    const share = `${(busy.median * 100).toFixed(0)} %`
    const around = [of('upstream'), of('generator'), of('rate')]
    return [
      NAMES[name],
      ...figures,
      share,
      ...around.map((one) => one.toFixed(0)),
    ]
  })
  const ratios = (Object.keys(RIVALS) as Ratio[]).map((ratio) => {
    const { min, median, max, ofMinima } = report.spreads[ratio]
    return [
      ratio,
      ...[min, median, max, ofMinima].map((one) => one.toFixed(3)),
      `≤ ${TARGETS[ratio]}`,
    ]
  })
  const { intents, outcomes } = report.audit
  return [
    ...align([[...COLUMNS, ...AROUND], ...rows]),
    '',
    ...align([
      ['ratio inside a round:', 'min', 'median', 'max', 'of minima', 'target'],
      ...ratios,
    ]),
    '',
    `${report.rounds} rounds of ${report.requests} calls, ` +
      `${report.warmup} before them, 64 connections, Node ${report.node}`,
    `audit: ${intents} intents, ${outcomes} outcomes, as many as calls`,
    `other processes kept ${report.foreignCores.toFixed(2)} cores busy`,
    '',
  ].join('\n')
}

/** Columns as wide as their widest cell; figures to the right. */
function align(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (column: number) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  return rows.map((row) =>
    row
      .map((cell, i) =>
        i === 0 ? cell.padEnd(width(i)) : cell.padStart(width(i)),
      )
      .join('  '),
  )
}

function spread(values: readonly number[]): Spread {
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
function shorten(value: number): number {
  return Number(value.toPrecision(4))
}

function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  change: (value: From) => To,
): Record<Key, To> {
  const entries = Object.entries<From>(record)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, change(value)]),
  ) as Record<Key, To>
}
