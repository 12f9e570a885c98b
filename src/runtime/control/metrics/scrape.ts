// Collects the facts of a scrape and renders its text.
// INVARIANT: the Prometheus library is loaded by the first scrape.

import type { Status } from '../../../contract/status.ts'
import type { Levels } from '../../stages/limit.ts'
import type { Runtime } from '../context.ts'
import type { Reloads } from '../reloads.ts'
import { readLimits } from '../status.ts'
import type { Exposition, Scraped } from './exposition.ts'
import type { Facts } from './family.ts'

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
