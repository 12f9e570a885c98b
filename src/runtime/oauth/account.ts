// One account at a server: of a person, or of the gateway itself.
// INVARIANT: plain data without a token or a secret.

import type { Grant } from '../grants/grant.ts'
import type { GrantStore } from '../grants/store.ts'
import type { SignInFailure } from './problem.ts'

export interface Account {
  readonly server: string
  /** Null: the gateway. */
  readonly subject: string | null
  /** A keyed digest: it names the grant in the audit, and nothing else. */
  readonly grantId: string
  readonly issuer: string
  /** `ended`: the authorization server refuses it; somebody must sign in again. */
  readonly state: 'connected' | 'ended'
  /** Wall-clock milliseconds of the sign-in, and of the last renewal. */
  readonly since: number
  readonly renewed: number
  /** Wall-clock milliseconds of the end that is known: of a token that cannot be
   * renewed; null: it is renewed as long as the server lets it. */
  readonly until: number | null
  readonly scopes: readonly string[]
  /** Why the last renewal failed, though the grant may be good; one line. */
  readonly trouble: string | undefined
}

/** What happened to a grant, for the audit. */
export interface GrantEvent {
  readonly kind: 'created' | 'refreshed' | 'refused' | 'revoked'
  readonly server: string
  /** Null: the gateway. */
  readonly subject: string | null
  readonly grantId: string
  readonly issuer: string
  /** Why it was refused, or what was not revoked; one line. */
  readonly detail?: string
}

interface Described {
  readonly store: Pick<GrantStore, 'slotOf' | 'idOf'>
  /** Wall-clock milliseconds. */
  readonly now: number
  /** Of the last renewal. */
  readonly trouble?: SignInFailure | undefined
}

export function describeGrant(
  grant: Grant,
  { store, now, trouble }: Described,
): Account {
  const { server, subject, issuer, since, renewed, scopes, isVouched } = grant
  const { unsaved } = store.slotOf(subject, server)
  const isRenewed = grant.refreshToken !== null || isVouched === true
  const until = isRenewed ? null : grant.ends
  const isOver = until !== null && until <= now
  const isLost = trouble?.kind === 'person'
  return {
    server,
    subject,
    grantId: store.idOf(subject, server, issuer),
    issuer,
    state: grant.state === 'ended' || isOver || isLost ? 'ended' : 'connected',
    since,
    renewed,
    until: grant.state === 'ended' ? null : until,
    scopes,
    trouble:
      unsaved === undefined
        ? (trouble?.detail ?? grant.reason)
        : `it cannot be written to disk: ${unsaved}`,
  }
}
