// Refusals of requests that nobody has put a name to.
// In: address and reason. Out: one audit record each, with a count, a second.
// INVARIANT: a flood of bad requests costs the audit a bounded number of lines.

import type { AuditDecision } from '../../contract/audit.ts'
import type { AuditLog } from './log.ts'
import { renderStranger } from './record.ts'

interface Tally {
  readonly ip: string
  readonly reason: string
  readonly decision: AuditDecision
  count: number
}

/** More addresses than this in one second share a record. */
const MOST = 1_000

export class Strangers {
  readonly #audit: AuditLog
  readonly #tallies = new Map<string, Tally>()

  constructor(audit: AuditLog) {
    this.#audit = audit
  }

  count(ip: string, reason: string, decision: AuditDecision): void {
    const known = this.#tallies.size < MOST
    const address = known ? ip : 'others'
    const key = `${decision}\n${reason}\n${address}`
    const tally = this.#tallies.get(key)
    if (tally) tally.count++
    else this.#tallies.set(key, { ip: address, reason, decision, count: 1 })
  }

  /** Writes what has gathered; called once a second. */
  flush(): void {
    for (const { ip, reason, decision, count } of this.#tallies.values()) {
      this.#audit.append(renderStranger(ip, reason, decision, count))
    }
    this.#tallies.clear()
  }
}
