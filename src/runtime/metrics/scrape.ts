// Reads, at a scrape, what the gateway has counted.
// In: the runtime and its status. Out: facts; the text that a scrape gets.
// INVARIANT: what writes the text is loaded by the first scrape; who is never
// scraped never pays for it.

import type { Status } from '../../contract/status.ts'
import { judgeToken } from '../authenticate.ts'
import { readLimits } from '../describe.ts'
import type { Levels } from '../levels.ts'
import type { LimitTally } from '../limit.ts'
import type { Reloads } from '../reloads.ts'
import type { Routing } from '../routing.ts'
import type { Runtime } from '../runtime.ts'
import type { Exposition } from './exposition.ts'
import type { Histogram } from './histogram.ts'
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
  readonly tokens: Readonly<Record<TokenState, number>>
  readonly lag: Histogram
}

type TokenState = 'good' | 'expiring' | 'early' | 'expired' | 'revoked'

export interface Scraped {
  readonly type: string
  readonly text: string
}

/** A token that ends sooner is expiring. */
const SOON_MS = 14 * 86_400_000

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
      tokens: countTokens(runtime.routing, runtime.clock.now()),
      lag: audit.lag,
    }
  }
  let exposition: Promise<Exposition> | undefined
  return async () => {
    exposition ??= import('./exposition.ts').then((one) => new one.Exposition())
    return (await exposition).write(read())
  }
}

function countTokens(routing: Routing, now: number): Facts['tokens'] {
  const counts = { good: 0, expiring: 0, early: 0, expired: 0, revoked: 0 }
  const { maxAge } = routing.table
  for (const token of routing.tokens.values()) {
    const problem = judgeToken(routing, token, now)
    const left = Math.min(token.expires, token.created + maxAge) - now
    if (problem === undefined) counts[left < SOON_MS ? 'expiring' : 'good']++
    else counts[STATE[problem] ?? 'revoked']++
  }
  return counts
}

/** What is wrong with a token, in a word. */
const STATE: Readonly<Record<string, TokenState>> = Object.freeze({
  'revoked token': 'revoked',
  'token not valid yet': 'early',
  'expired token': 'expired',
})
