// Reads, at a scrape, what the gateway has counted.
// In: the runtime and its status. Out: facts; the text that a scrape gets.
// INVARIANT: what writes the text is loaded by the first scrape; who is never
// scraped never pays for it.

import type { Status } from '../../../contract/status.ts'
import type { Histogram } from '../../base/histogram.ts'
import type { Levels, LimitTally } from '../../stages/limit.ts'
import type { Runtime } from '../context.ts'
import type { Reloads } from '../reloads.ts'
import { readLimits } from '../status.ts'
import type { Exposition } from './exposition.ts'
import type { Tally } from './tally.ts'

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

export interface Scraped {
  readonly type: string
  readonly text: string
}

export function createScrape(
  runtime: Runtime,
  reloads: Reloads,
  describe: (levels: Levels) => Status,
): () => Promise<Scraped> {
  const { alarm, tally, limiter, audit } = runtime
  const read = (): Facts => {
    const levels = readLimits(runtime)
    return {
      status: describe(levels),
      reloads,
      tally,
      alarms: alarm.requests,
      limits: limiter.tallies,
      fill: levels.fill,
      lag: audit.lag,
    }
  }
  let exposition: Promise<Exposition> | undefined
  return async () => {
    exposition ??= import('./exposition.ts').then((one) => new one.Exposition())
    return (await exposition).write(read())
  }
}
