// The limit stage: every matching limit admits, or none is charged.
// In: the limits of a route, who calls what. Out: an admission, or the limit
// that refuses and when to come back. GCRA on the monotonic clock.
// INVARIANT: buckets live by the limit's name, so they survive every reload.

import type { LimitStatus } from '../../contract/status.ts'
import type { Each, Limit } from '../../contract/table.ts'
import {
  describeConcurrent,
  describeRate,
  type NamedLimit,
} from '../../table/limit.ts'
import type { Clock } from '../base/clock.ts'
import { arrive, intervalOf, type Rate } from '../base/gcra.ts'
import type { Principal, Use } from '../catalog/view.ts'
import type { Refusal } from '../message/refusal.ts'
import type { Admission } from '../request.ts'

/** What a bucket may be told apart by. */
export interface Caller {
  readonly token: string
  readonly subject: string
  readonly team: string
  readonly tool: string
}

export interface LimitRefusal extends Refusal {
  readonly limit: string
}

/** What became of the calls that a limit counts. */
export interface LimitTally {
  admitted: number
  refused: number
  /** In `warn` mode: would have been refused. */
  warned: number
}

export class Limiter {
  /** By limit. */
  readonly tallies = new Map<string, LimitTally>()
  readonly #clock: Clock
  /** Bucket → theoretical arrival time, monotonic milliseconds. */
  readonly #arrivals = new Map<string, number>()
  readonly #flying = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `paid`: it goes on with a call whose rates were charged; what is in flight
   * counts all the same. */
  admit(
    limits: readonly NamedLimit[],
    caller: Caller,
    paid = false,
  ): Admission | LimitRefusal {
    const now = this.#clock.monotonic()
    const warned: string[] = []
    const charges: [bucket: string, arrival: number][] = []
    const inFlight: string[] = []
    for (const { name, limit } of limits) {
      const bucket = nameBucket(name, limit.each, caller)
      const refusal = this.#judge(
        name,
        limit,
        bucket,
        now,
        paid ? null : charges,
      )
      if (refusal && limit.mode === 'enforce') {
        this.#findTally(name).refused++
        return refusal
      }
      if (refusal) warned.push(name)
      else if (limit.concurrent !== null) inFlight.push(bucket)
    }
    for (const [bucket, arrival] of charges) this.#arrivals.set(bucket, arrival)
    for (const bucket of inFlight) this.#changeInFlight(bucket, 1)
    for (const { name } of limits) {
      const tally = this.#findTally(name)
      if (warned.includes(name)) tally.warned++
      else tally.admitted++
    }
    return {
      warned,
      release: () => {
        for (const bucket of inFlight.splice(0))
          this.#changeInFlight(bucket, -1)
      },
    }
  }

  /** Draws on the bucket of refused calls; a refusal when it is empty. */
  chargeRefusal(token: string): LimitRefusal | undefined {
    const now = this.#clock.monotonic()
    const bucket = `refusals\ntoken ${token}`
    const next = arrive(REFUSALS, this.#arrivals.get(bucket), now)
    if (next.wait === 0) {
      this.#arrivals.set(bucket, next.arrival)
      return undefined
    }
    this.#findTally('refusals').refused++
    const rule = '60 refused calls a minute, each token'
    const detail = `refusals: ${rule}. ${describeWait(next.wait)}`
    const retryAfterMs = next.wait
    return { refusal: 'refusals', limit: 'refusals', detail, retryAfterMs }
  }

  /** Forgets buckets that are as good as new. */
  sweep(): void {
    const now = this.#clock.monotonic()
    for (const [bucket, arrival] of this.#arrivals) {
      if (arrival <= now) this.#arrivals.delete(bucket)
    }
  }

  levels(limits: Readonly<Record<string, Limit>>): Levels {
    const now = this.#clock.monotonic()
    return readLevels(limits, this.#arrivals, this.#flying, now)
  }

  #findTally(name: string): LimitTally {
    let tally = this.tallies.get(name)
    if (!tally) {
      tally = { admitted: 0, refused: 0, warned: 0 }
      this.tallies.set(name, tally)
    }
    return tally
  }

  #judge(
    name: string,
    limit: Limit,
    bucket: string,
    now: number,
    charges: [string, number][] | null,
  ): LimitRefusal | undefined {
    const { rate, concurrent, each } = limit
    if (concurrent !== null && (this.#flying.get(bucket) ?? 0) >= concurrent) {
      const rule = describeConcurrent(concurrent)
      return refuse(name, `${rule}. Retry when one has ended.`, null)
    }
    if (!rate || !charges) return undefined
    const next = arrive(rate, this.#arrivals.get(bucket), now)
    if (next.wait === 0) {
      charges.push([bucket, next.arrival])
      return undefined
    }
    const rule = describeRate(rate, each)
    return refuse(name, `${rule}. ${describeWait(next.wait)}`, next.wait)
  }

  #changeInFlight(bucket: string, change: 1 | -1): void {
    const flying = (this.#flying.get(bucket) ?? 0) + change
    if (flying > 0) this.#flying.set(bucket, flying)
    else this.#flying.delete(bucket)
  }
}

function refuse(
  limit: string,
  rule: string,
  retryAfterMs: number | null,
): LimitRefusal {
  const wait = retryAfterMs === null ? null : Math.ceil(retryAfterMs)
  const data = wait === null ? undefined : { 'portcullis/retryAfterMs': wait }
  const detail = `${limit}: ${rule}`
  return {
    refusal: 'limit',
    limit,
    detail,
    retryAfterMs,
    ...(data && { data }),
  }
}

function describeWait(ms: number): string {
  return `Retry in ${Math.max(1, Math.ceil(ms / 1000))} s.`
}

function nameBucket(
  name: string,
  each: readonly Each[],
  caller: Caller,
): string {
  let bucket = name
  for (const part of each) bucket += `\n${part} ${caller[part]}`
  return bucket
}

/** Refusals by authorization that one token may cause. */
const REFUSALS: Rate = Object.freeze({
  calls: 60,
  per: 'minute',
  burst: 60,
})

/** From here on a bucket is near its bound. */
const NEAR = 0.8
const MAX_NEAR = 20

export interface Levels {
  /** Limit → share of its fullest bucket that is used. */
  readonly fill: ReadonlyMap<string, number>
  /** The fullest first. */
  readonly near: readonly LimitStatus[]
}

function readLevels(
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
  if (at >= MAX_NEAR) return
  near.splice(at, 0, level)
  if (near.length > MAX_NEAR) near.pop()
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

/** A token and the one it replaces draw on the same buckets. */
export function nameBuckets({ token, lineage }: Principal, use: Use): Caller {
  return {
    token: lineage,
    subject: token.subject,
    team: token.team ?? `token ${lineage}`,
    tool: `${use.server}/${use.name}`,
  }
}
