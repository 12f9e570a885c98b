// One metric: its name and what it reads.
// In: what is known at a scrape. Out: samples.
// INVARIANT: label values come from the table, from what its servers list, or
// from lists in this code; never from a client.

import type { Status } from '../../../contract/status.ts'
import type { Histogram } from '../../base/histogram.ts'
import type { LimitTally } from '../../stages/limit.ts'
import type { Reloads } from '../reloads.ts'
import type { Tally } from './tally.ts'

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Of a histogram's parts. */
  readonly metricName?: string
}

export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly read: (facts: Facts, name: string) => readonly Sample[]
}

export function one(value: number): readonly Sample[] {
  return [{ labels: {}, value }]
}

export function info(labels: Sample['labels']): readonly Sample[] {
  return [{ labels, value: 1 }]
}

/** Bounds are cumulated, as Prometheus wants them. */
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

/** All that a metric may be read from. */
export interface Facts {
  readonly status: Status
  readonly reloads: Reloads
  readonly tally: Tally
  /** Requests of break-glass tokens. */
  readonly alarms: number
  readonly limits: ReadonlyMap<string, LimitTally>
  /** Limit → share of its fullest bucket that is used. */
  readonly fill: ReadonlyMap<string, number>
  readonly lag: Histogram
}
