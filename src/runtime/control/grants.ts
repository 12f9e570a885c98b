// What happens to accounts at servers: recorded, told to calls that wait, and
// ended with the tokens of a person.
// INVARIANT: a person without a token has no grant; no record holds a token.

import type { RoutingTable, TokenRecord } from '../../contract/table.ts'
import { endOf } from '../../table/life.ts'
import { isVouched } from '../../table/vouched.ts'
import { renderNoticeRecord } from '../audit/notice-record.ts'
import type { Grant } from '../grants/grant.ts'
import type { GrantEvent } from '../oauth/account.ts'
import type { Runtime } from './context.ts'

export function recordGrant(runtime: Runtime, event: GrantEvent): void {
  const { audit, routing, upstreams, pendingSignIns, log } = runtime
  audit.append(renderNoticeRecord('grant', routing.digest, event))
  const { kind, server, subject, detail } = event
  if (kind === 'refused') log.warn({ server, subject, detail }, 'grant refused')
  const isByLogin = isVia(routing.table.servers, server)
  if (kind === 'refreshed' && !isByLogin) return
  const isNew = kind === 'created' || kind === 'refreshed'
  // The sessions of before are those of another account, or of none. Where the
  // provider vouches it is the same account, and a call of theirs is under way.
  if (!isNew || !isByLogin) {
    // A call that has found out is to say so.
    const mayEnd = isNew || (isByLogin && kind === 'refused')
    void upstreams.get(server)?.changeAccount(subject, mayEnd)
  }
  if (!isNew || subject === null) return
  // Their access may have been revoked while they signed in.
  const grant = runtime.grants.find(subject, server)
  const isOver =
    isGone(runtime, subject) || (grant && isRevoked(runtime, grant))
  if (isOver) endGrant(runtime, subject, server)
  else pendingSignIns.signedIn(server, subject)
}

function isVia(servers: RoutingTable['servers'], name: string): boolean {
  return Object.hasOwn(servers, name) && isVouched(servers[name])
}

/** Somebody has signed in at the company's provider: connects the server of
 * their page, and those that calls of theirs wait for. Never rejects. */
export async function connectArrived(
  { routing, upstreams, pendingSignIns }: Runtime,
  subject: string,
  page: string | undefined,
): Promise<void> {
  const { servers } = routing.table
  const own = Object.keys(servers).filter(
    (name) =>
      isVia(servers, name) &&
      (name === page || pendingSignIns.isWaiting(name, subject)),
  )
  // The page shows what failed, and the next call tries again.
  await Promise.allSettled(
    own.map((name) => upstreams.get(name)?.accounts?.connect(subject)),
  )
}

/** Ends the grants of these people, of those who have no good token left. */
export function endGrants(
  runtime: Runtime,
  subjects: ReadonlySet<string>,
): void {
  for (const { subject, server } of runtime.grants.list()) {
    if (subject === null || !subjects.has(subject)) continue
    if (isGone(runtime, subject)) endGrant(runtime, subject, server)
  }
}

/** At the start: people whose tokens were revoked while no gateway ran. Who has
 * no token in this table may have one in another, of the same folder. */
export function endGoneGrants(runtime: Runtime): void {
  const { routing, grants } = runtime
  const known = new Set([...routing.tokens.values()].map((one) => one.subject))
  const own = grants.list().flatMap(({ subject }) => subject ?? [])
  endGrants(runtime, new Set(own.filter((one) => known.has(one))))
  endRevokedGrants(runtime)
}

/** Whether the last tokens of a person were revoked, or taken out of the table.
 * Where all have ended by themselves, another may come. */
function isGone({ routing, clock }: Runtime, subject: string): boolean {
  const now = clock.now()
  const own = [...routing.tokens.values()].filter(
    (token) => token.subject === subject,
  )
  const isRevoked = (token: TokenRecord) =>
    token.revoked !== null || routing.revocations.covers(token)
  const isOver = (token: TokenRecord) =>
    isRevoked(token) || endOf(token, routing.table.maxAge) <= now
  // Somebody of the company's login needs none.
  if (own.length === 0) return !routing.table.login
  return own.every(isOver) && own.some(isRevoked)
}

/** Ends the grants of people of the login who signed in to a server before their
 * access was revoked. */
export function endRevokedGrants(runtime: Runtime): void {
  const { routing, grants } = runtime
  if (!routing.table.login) return
  for (const grant of grants.list()) {
    const { subject, server } = grant
    if (subject === null || !isRevoked(runtime, grant)) continue
    endGrant(runtime, subject, server)
  }
}

/** Whether it is of somebody of the login, from before their access ended. */
function isRevoked(
  runtime: Runtime,
  { subject, since }: Pick<Grant, 'subject' | 'since'>,
): boolean {
  const { routing } = runtime
  if (subject === null || !routing.table.login) return false
  if (hasToken(runtime, subject)) return false
  const signedIn = { subject, team: null, created: since }
  return routing.revocations.coversPerson(signedIn)
}

function hasToken({ routing }: Runtime, subject: string): boolean {
  return [...routing.tokens.values()].some((one) => one.subject === subject)
}

function endGrant(
  { upstreams, signIns, log }: Runtime,
  subject: string,
  server: string,
): void {
  const accounts =
    upstreams.get(server)?.accounts ?? signIns.needed.leftAccounts
  accounts
    .disconnect(subject, server)
    .catch((error: Error) =>
      log.error({ server, subject, error: error.message }, 'grant not deleted'),
    )
}
