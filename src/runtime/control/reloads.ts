// The results of the tables that this process received, for status and metrics.
// INVARIANT: `revision` is of the running table, `refusal` of the last rejected
// one.

import type { ReloadStatus, Status } from '../../contract/status.ts'
import type { Clock } from '../base/clock.ts'
import type { Swap } from './swap.ts'

export class Reloads {
  readonly startedAt: number
  accepted = 0
  rejected = 0
  /** Wall-clock milliseconds; 0: never. */
  acceptedAt = 0
  rejectedAt = 0
  refusal: Status['rejected'] = null
  last: ReloadStatus | null = null
  /** Since when the table runs, and its commit. */
  since: number
  revision: string | null
  readonly #clock: Clock

  constructor(clock: Clock, origin: unknown) {
    this.#clock = clock
    this.startedAt = clock.now()
    this.since = this.startedAt
    this.revision = readRevision(origin)
  }

  record(swap: Swap, digest: string, origin: unknown): void {
    if (swap.verdict === 'rejected') return this.reject(swap.reasons, digest)
    const { verdict, atNextStart } = swap
    const now = this.#clock.now()
    this.refusal = null
    this.revision = readRevision(origin)
    this.last = { at: writeInstant(now), verdict, findings: [], atNextStart }
    if (verdict === 'unchanged') return
    this.accepted++
    this.acceptedAt = now
    this.since = now
  }

  /** `digest`: of the table; null if its config did not compile. */
  reject(findings: readonly string[], digest: string | null): void {
    const now = this.#clock.now()
    const at = writeInstant(now)
    this.rejected++
    this.rejectedAt = now
    this.refusal = { at, digest, findings }
    this.last = { at, verdict: 'rejected', findings, atNextStart: [] }
  }
}

export function writeInstant(ms: number): string {
  return new Date(ms).toISOString()
}

/** An embedding program gives the origin in its own form. */
function readRevision(origin: unknown): string | null {
  const { revision } = Object(origin) as { readonly revision?: unknown }
  return typeof revision === 'string' ? revision : null
}
