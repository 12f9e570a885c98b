// How full the buckets of limits are.
// In: what the limiter holds, the limits of a table. Out: the fullest bucket
// of each limit, and those that are near their bound.
// INVARIANT: reads alone; what it tells of is bounded, however many there are.

import type { LimitStatus } from '../../contract/status.ts'
import type { Limit, Per } from '../../contract/table.ts'

type Rate = NonNullable<Limit['rate']>

const PER_MS: Readonly<Record<Per, number>> = Object.freeze({
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
})

/** Refusals by authorization that one token may cause (design §7). */
export const REFUSALS: Rate = Object.freeze({
  calls: 60,
  per: 'minute',
  burst: 60,
})

/** From here on a bucket is near its bound. */
const NEAR = 0.8
const MOST_NEAR = 20

export interface Levels {
  /** Limit → share of its fullest bucket that is used. */
  readonly fill: ReadonlyMap<string, number>
  /** The fullest first. */
  readonly near: readonly LimitStatus[]
}

/** Milliseconds in which one call of a rate comes back. */
export function intervalOf({ per, calls }: Rate): number {
  return PER_MS[per] / calls
}

export function readLevels(
  limits: Readonly<Record<string, Limit>>,
  /** Bucket → theoretical arrival, bucket → calls in flight. */
  arrivals: Iterable<readonly [string, number]>,
  flying: Iterable<readonly [string, number]>,
  now: number,
): Levels {
  const fill = new Map(Object.keys(limits).map((name) => [name, 0]))
  const near: LimitStatus[] = []
  const note = (bucket: string, used: number, of: number, refillMs: number) => {
    const share = Math.min(1, used / of)
    const limit = nameOf(bucket)
    if (share > (fill.get(limit) ?? 0)) fill.set(limit, share)
    if (share < NEAR) return
    const whose = bucket.slice(limit.length + 1).replaceAll('\n', ', ')
    const level = { limit, bucket: whose || 'all', used: Math.ceil(used), of }
    insert(near, { ...level, refillMs })
  }
  for (const [bucket, arrival] of arrivals) {
    const left = arrival - now
    const rate = left > 0 && findRate(limits, bucket)
    if (!rate) continue
    note(bucket, left / intervalOf(rate) - 1e-6, rate.burst, Math.ceil(left))
  }
  for (const [bucket, count] of flying) {
    const concurrent = limits[nameOf(bucket)]?.concurrent
    if (concurrent) note(bucket, count, concurrent, 0)
  }
  return { fill, near }
}

/** Keeps the fullest, in their order. */
function insert(near: LimitStatus[], level: LimitStatus): void {
  const share = shareOf(level)
  let at = near.length
  while (at > 0 && share > shareOf(near[at - 1] as LimitStatus)) at--
  if (at >= MOST_NEAR) return
  near.splice(at, 0, level)
  if (near.length > MOST_NEAR) near.pop()
}

function shareOf({ used, of }: LimitStatus): number {
  return used / of
}

function findRate(
  limits: Readonly<Record<string, Limit>>,
  bucket: string,
): Rate | null | undefined {
  const name = nameOf(bucket)
  if (Object.hasOwn(limits, name)) return limits[name]?.rate
  return name === 'refusals' ? REFUSALS : undefined
}

function nameOf(bucket: string): string {
  const end = bucket.indexOf('\n')
  return end === -1 ? bucket : bucket.slice(0, end)
}
