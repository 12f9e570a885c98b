// Reports the use of break-glass tokens: a log line and a notice record per
// token and day.
// INVARIANT: only known tokens raise it; the record holds the token's reason.

import { renderNoticeRecord } from '../audit/notice-record.ts'
import type { Principal } from '../catalog/view.ts'
import type { Runtime } from './context.ts'

const DAY_MS = 86_400_000

export class Alarm {
  /** Requests of break-glass tokens. */
  requests = 0
  readonly #raisedOn = new Map<string, number>()

  raise({ audit, clock, log, routing }: Runtime, who: Principal, ip: string) {
    this.requests++
    const { id, subject, team, reason, roles, expires } = who.token
    const day = Math.floor(clock.now() / DAY_MS)
    if (this.#raisedOn.get(id) === day) return
    this.#raisedOn.set(id, day)
    const until = new Date(expires).toISOString()
    const detail = { tokenId: id, subject, team, roles, reason, until, ip }
    log.warn(detail, 'a break-glass token is in use')
    audit.append(renderNoticeRecord('break-glass', routing.digest, detail))
  }
}
