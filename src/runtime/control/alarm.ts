// The use of a break-glass token, told loudly: nobody should find it later.
// In: a request whose token is one. Out: a notice and a line of the log, once a
// token and day; a count.
// INVARIANT: the token was known; its reason is on record with its use.

import { renderNoticeRecord } from '../audit/notice-record.ts'
import type { Principal } from '../catalog/view.ts'
import type { Runtime } from './context.ts'

const DAY_MS = 86_400_000

export class Alarm {
  /** Requests of break-glass tokens. */
  requests = 0
  readonly #told = new Map<string, number>()

  raise({ audit, clock, log, routing }: Runtime, who: Principal, ip: string) {
    this.requests++
    const { id, subject, team, reason, roles, expires } = who.token
    const day = Math.floor(clock.now() / DAY_MS)
    if (this.#told.get(id) === day) return
    this.#told.set(id, day)
    const until = new Date(expires).toISOString()
    const detail = { tokenId: id, subject, team, roles, reason, until, ip }
    log.warn(detail, 'a break-glass token is in use')
    audit.append(renderNoticeRecord('break-glass', routing.digest, detail))
  }
}
