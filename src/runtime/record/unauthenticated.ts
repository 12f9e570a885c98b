// Counts refusals of unauthenticated requests, and of tokens with too many
// refusals, and records equal ones together.
// INVARIANT: a flood of bad requests causes a bounded number of records a
// second.

import type { AuditDecision } from '../../contract/audit.ts'
import type { AuditLog } from '../audit/log.ts'
import { renderUnauthenticated } from './record.ts'

export interface UnauthenticatedCount {
  readonly ip: string
  readonly reason: string
  readonly decision: AuditDecision
  /** Audit fields of the token's owner; '' where it is not known. */
  readonly holder: string
  count: number
}

/** Most groups in one second; further refusals share one address. */
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

  /** Writes the records of the last second. */
  flush(): void {
    for (const tally of this.#tallies.values()) {
      this.#audit.append(renderUnauthenticated(tally))
    }
    this.#tallies.clear()
  }
}
