// Refusals of requests of nobody known, of tokens that are good no longer, and
// of tokens whose refusals are too many.
// In: address, reason, holder. Out: one audit record each, with a count, a second.
// INVARIANT: a flood of bad requests costs the audit a bounded number of lines.

import type { AuditDecision } from '../../contract/audit.ts'
import type { AuditLog } from '../audit/log.ts'
import { renderUnauthenticated } from './record.ts'

export interface UnauthenticatedCount {
  readonly ip: string
  readonly reason: string
  readonly decision: AuditDecision
  /** Fields that name whose token it is; '' where that is not known. */
  readonly holder: string
  count: number
}

/** More addresses than this in one second share a record. */
const MAX = 1_000

export class UnauthenticatedCounts {
  readonly #audit: AuditLog
  readonly #tallies = new Map<string, UnauthenticatedCount>()

  constructor(audit: AuditLog) {
    this.#audit = audit
  }

  count(
    ip: string,
    reason: string,
    decision: AuditDecision,
    holder = '',
  ): void {
    const known = this.#tallies.size < MAX
    const address = known ? ip : 'others'
    const own = known ? holder : ''
    const key = [decision, reason, address, own].join('\n')
    const tally = this.#tallies.get(key)
    if (tally) tally.count++
    else {
      const tally = { ip: address, reason, decision, holder: own, count: 1 }
      this.#tallies.set(key, tally)
    }
  }

  /** Writes what has gathered; called once a second. */
  flush(): void {
    for (const tally of this.#tallies.values()) {
      this.#audit.append(renderUnauthenticated(tally))
    }
    this.#tallies.clear()
  }
}
