// The type of a metric, and helpers for its samples.
// INVARIANT: label values come from the table, from lists of servers or from
// constants; never from a client.

import type { Status } from '../../../contract/status.ts'
import type { Histogram } from '../../base/histogram.ts'
import type { LimitTally } from '../../request.ts'
import type { Reloads } from '../reloads.ts'
import type { Tally } from './tally.ts'

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Name of the part of a histogram. */
  readonly metricName?: string
}

export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** Names of its labels; a histogram has `le` beside them. */
  readonly labels?: readonly string[]
  readonly read: (facts: Facts, name: string) => readonly Sample[]
}

export function one(value: number): readonly Sample[] {
  return [{ labels: {}, value }]
}

export function info(labels: Sample['labels']): readonly Sample[] {
  return [{ labels, value: 1 }]
}

/** Buckets are cumulative, as Prometheus requires. */
export function sampleHistogram(
  name: string,
  labels: Sample['labels'],
  { bounds, counts, sum }: Histogram,
): readonly Sample[] {
  let total = 0
  const buckets = [...counts].map((count, at) => {
    total += count
    const le = at < bounds.length ? String(bounds[at]) : '+Inf'
    return {
      labels: { ...labels, le },
      value: total,
      metricName: `${name}_bucket`,
    }
  })
  return [
    ...buckets,
    { labels, value: sum, metricName: `${name}_sum` },
    { labels, value: total, metricName: `${name}_count` },
  ]
}

/** The sources of all metrics. */
export interface Facts {
  readonly status: Status
  readonly reloads: Reloads
  readonly tally: Tally
  /** Requests of break-glass tokens. */
  readonly alarms: number
  readonly limits: ReadonlyMap<string, LimitTally>
  /** Name of a limit → share of its most used bucket. */
  readonly fill: ReadonlyMap<string, number>
  readonly lag: Histogram
}
