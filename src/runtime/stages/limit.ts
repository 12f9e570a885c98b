// The limit stage: a call is admitted by all of its limits, or charged to none.
// Rates use GCRA on the monotonic clock.
// INVARIANT: a bucket is keyed by the name of its limit, so it survives
// reloads.

import type { LimitStatus } from '../../contract/status.ts'
import type { Each, Limit } from '../../contract/table.ts'
import {
  describeConcurrent,
  describeRate,
  type NamedLimit,
} from '../../table/limit.ts'
import type { Clock } from '../base/clock.ts'
import { countArrival, intervalOf, type Rate } from '../base/gcra.ts'
import type { Principal, Use } from '../catalog/view.ts'
import type { Refusal } from '../message/refusal.ts'
import { recallRepeated } from '../record/record.ts'
import type {
  Admission,
  Bucket,
  BucketOwner,
  Exchange,
  LimitTally,
} from '../request.ts'

export interface LimitRefusal extends Refusal {
  readonly limit: string
}

/** Calls that a bucket admits now. */
export interface Room {
  readonly left: number
  readonly of: number
  readonly waitMs: number
}

const NONE: readonly string[] = []

/** Nothing to say, and nothing to release. */
const UNLIMITED: Admission = Object.freeze({ warned: [], release() {} })

export class Limiter {
  /** Name of a limit → its counts. */
  readonly tallies = new Map<string, LimitTally>()
  readonly #clock: Clock
  /** By limit and caller. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `paid`: the request continues a call whose rates were charged;
   * `concurrent` limits count it all the same. */
  admit(
    limits: readonly NamedLimit[],
    caller: BucketOwner,
    paid = false,
  ): Admission | LimitRefusal {
    if (limits.length === 0) return UNLIMITED
    const now = this.#clock.monotonic()
    const buckets = this.#recallBuckets(limits, caller)
    let warned = NONE
    for (let at = 0; at < buckets.length; at++) {
      const { name, limit } = limits[at] as NamedLimit
      const bucket = buckets[at] as Bucket
      const refusal = judge(name, limit, bucket, now, paid)
      if (!refusal) continue
      if (limit.mode === 'enforce') {
        this.#findTally(name).refused++
        return refusal
      }
      warned = [...warned, name]
    }
    let held: Bucket[] | undefined
    for (let at = 0; at < buckets.length; at++) {
      const { name, limit } = limits[at] as NamedLimit
      const bucket = buckets[at] as Bucket
      bucket.tally ??= this.#findTally(name)
      if (warned.length > 0 && warned.includes(name)) bucket.tally.warned++
      else {
        bucket.tally.admitted++
        if (limit.rate && !paid) charge(limit.rate, bucket, now)
        if (limit.concurrent !== null) {
          held ??= []
          held.push(bucket)
          bucket.inFlight++
        }
      }
    }
    if (warned.length === 0 && !held) return UNLIMITED
    return {
      warned,
      release: () => {
        for (const bucket of held?.splice(0) ?? []) bucket.inFlight--
      },
    }
  }

  /** Charges the bucket of refused calls; a refusal when it is empty. */
  chargeRefusal(token: string): LimitRefusal | undefined {
    const now = this.#clock.monotonic()
    const bucket = this.#findBucket(`refusals\ntoken ${token}`)
    const next = countArrival(REFUSALS, bucket.arrival, now)
    if (next.wait === 0) {
      bucket.arrival = next.arrival
      return undefined
    }
    this.#findTally('refusals').refused++
    const rule = '60 refused calls a minute, each token'
    const detail = `refusals: ${rule}. ${describeWait(next.wait)}`
    const retryAfterMs = next.wait
    return { refusal: 'refusals', limit: 'refusals', detail, retryAfterMs }
  }

  /** What a limit would still admit for this caller; nothing is charged. */
  measure({ name, limit }: NamedLimit, caller: BucketOwner): Room {
    const bucket = this.#buckets.get(nameBucket(name, limit.each, caller))
    const { rate, concurrent } = limit
    const rooms: Room[] = []
    if (rate) {
      const now = this.#clock.monotonic()
      const { wait } = countArrival(rate, bucket?.arrival, now)
      const due = Math.max(0, (bucket?.arrival ?? now) - now)
      const used = Math.ceil(due / intervalOf(rate) - 1e-6)
      const left = Math.max(0, rate.burst - used)
      rooms.push({ left, of: rate.burst, waitMs: Math.ceil(wait) })
    }
    if (concurrent !== null) {
      const left = concurrent - (bucket?.inFlight ?? 0)
      rooms.push({ left: Math.max(0, left), of: concurrent, waitMs: 0 })
    }
    return rooms.reduce((least, one) => (one.left < least.left ? one : least))
  }

  /** Deletes buckets that are full again. */
  sweep(): void {
    const now = this.#clock.monotonic()
    for (const bucket of this.#buckets.values()) {
      if (bucket.arrival > now || bucket.inFlight > 0) continue
      this.#buckets.delete(bucket.name)
      bucket.isGone = true
    }
  }

  levels(limits: Readonly<Record<string, Limit>>): Levels {
    const now = this.#clock.monotonic()
    return readLevels(limits, [...this.#buckets.values()], now)
  }

  #recallBuckets(
    limits: readonly NamedLimit[],
    caller: BucketOwner,
  ): readonly Bucket[] {
    const { known } = caller
    if (known?.limits === limits && !known.buckets.some(isGone)) {
      return known.buckets
    }
    const buckets = limits.map(({ name, limit }) =>
      this.#findBucket(nameBucket(name, limit.each, caller)),
    )
    caller.known = { limits, buckets }
    return buckets
  }

  #findBucket(name: string): Bucket {
    const known = this.#buckets.get(name)
    if (known) return known
    const fresh = { tally: undefined, isGone: false }
    const bucket: Bucket = { name, arrival: 0, inFlight: 0, ...fresh }
    this.#buckets.set(name, bucket)
    return bucket
  }

  #findTally(name: string): LimitTally {
    let tally = this.tallies.get(name)
    if (!tally) {
      tally = { admitted: 0, refused: 0, warned: 0 }
      this.tallies.set(name, tally)
    }
    return tally
  }
}

function isGone(bucket: Bucket): boolean {
  return bucket.isGone
}

function judge(
  name: string,
  { rate, concurrent, each }: Limit,
  bucket: Bucket,
  now: number,
  paid: boolean,
): LimitRefusal | undefined {
  if (concurrent !== null && bucket.inFlight >= concurrent) {
    const rule = describeConcurrent(concurrent)
    return refuse(name, `${rule}. Retry when one has ended.`, null)
  }
  if (!rate || paid) return undefined
  const { wait } = countArrival(rate, bucket.arrival, now)
  if (wait === 0) return undefined
  const rule = describeRate(rate, each)
  return refuse(name, `${rule}. ${describeWait(wait)}`, wait)
}

function charge(rate: Rate, bucket: Bucket, now: number): void {
  bucket.arrival = countArrival(rate, bucket.arrival, now).arrival
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
  caller: BucketOwner,
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

/** The share of a bucket from which the status lists it. */
const NEAR = 0.8
const MAX_NEAR = 20

export interface Levels {
  /** Name of a limit → share of its most used bucket. */
  readonly fill: ReadonlyMap<string, number>
  /** The most used first. */
  readonly near: readonly LimitStatus[]
}

function readLevels(
  limits: Readonly<Record<string, Limit>>,
  buckets: readonly Bucket[],
  now: number,
): Levels {
  const fill = new Map(Object.keys(limits).map((name) => [name, 0]))
  const near: LimitStatus[] = []
  const addLevel = (
    bucket: string,
    used: number,
    of: number,
    refillMs: number,
  ) => {
    const share = Math.min(1, used / of)
    const limit = limitOf(bucket)
    if (share > (fill.get(limit) ?? 0)) fill.set(limit, share)
    if (share < NEAR) return
    const whose = bucket.slice(limit.length + 1).replaceAll('\n', ', ')
    const level = { limit, bucket: whose || 'all', used: Math.ceil(used), of }
    insert(near, { ...level, refillMs })
  }
  for (const { name: bucket, arrival } of buckets) {
    const left = arrival - now
    const rate = left > 0 && findRate(limits, bucket)
    if (!rate) continue
    addLevel(
      bucket,
      left / intervalOf(rate) - 1e-6,
      rate.burst,
      Math.ceil(left),
    )
  }
  for (const { name: bucket, inFlight } of buckets) {
    const concurrent = inFlight > 0 && limits[limitOf(bucket)]?.concurrent
    if (concurrent) addLevel(bucket, inFlight, concurrent, 0)
  }
  return { fill, near }
}

/** Inserts in order; keeps the most used. */
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
  const name = limitOf(bucket)
  if (Object.hasOwn(limits, name)) return limits[name]?.rate
  return name === 'refusals' ? REFUSALS : undefined
}

function limitOf(bucket: string): string {
  const end = bucket.indexOf('\n')
  return end === -1 ? bucket : bucket.slice(0, end)
}

/** The same for all calls that share what they repeat. */
export function recallBucketOwner(exchange: Exchange, use: Use): BucketOwner {
  const repeated = recallRepeated(exchange)
  repeated.owner ??= makeBucketOwner(exchange.principal, use)
  return repeated.owner
}

/** A token uses the buckets of the token that it replaced. */
export function makeBucketOwner(
  { token, lineage }: Principal,
  use: Pick<Use, 'server' | 'name'>,
): BucketOwner {
  return {
    token: lineage,
    subject: token.subject,
    team: token.team ?? `token ${lineage}`,
    tool: `${use.server}/${use.name}`,
  }
}
