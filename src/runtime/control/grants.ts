// What happens to accounts at servers: recorded, told to calls that wait, and
// ended with the tokens of a person.
// INVARIANT: a person without a token has no grant; no record holds a token.

import { renderNoticeRecord } from '../audit/notice-record.ts'
import type { GrantEvent } from '../oauth/account.ts'
import type { Runtime } from './context.ts'

export function recordGrant(runtime: Runtime, event: GrantEvent): void {
  const { audit, routing, upstreams, pendingSignIns, log } = runtime
  audit.append(renderNoticeRecord('grant', routing.digest, event))
  const { kind, server, subject, detail } = event
  if (kind === 'refused') log.warn({ server, subject, detail }, 'grant refused')
  if (kind === 'refreshed') return
  // The sessions of before are those of another account, or of none.
  void upstreams.get(server)?.changeAccount(subject)
  if (kind === 'created' && subject !== null) {
    pendingSignIns.signedIn(server, subject)
  }
}

/** Ends the grants of the people of these tokens who have no other token. */
export function endGrants(runtime: Runtime, ids: ReadonlySet<string>): void {
  const { grants, routing, upstreams, log } = runtime
  const { tokens, revocations } = routing
  const subjects = new Set(grants.list().map(({ subject }) => subject))
  const isGone = (subject: string) => {
    const own = [...tokens.values()].filter((one) => one.subject === subject)
    return (
      own.some(({ id }) => ids.has(id)) &&
      own.every((one) => one.revoked !== null || revocations.covers(one))
    )
  }
  for (const subject of subjects) {
    if (subject === null || !isGone(subject)) continue
    for (const grant of grants.list()) {
      if (grant.subject !== subject) continue
      const { server } = grant
      const accounts = upstreams.get(server)?.accounts
      const ended = accounts
        ? accounts.disconnect(subject)
        : grants.delete(subject, server)
      ended.catch((error: Error) =>
        log.error(
          { server, subject, error: error.message },
          'grant not deleted',
        ),
      )
    }
  }
}
