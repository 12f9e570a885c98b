// Who is signed in to a server, for operators: a line, and a row for each account.
// INVARIANT: the line, which logs hold too, has of people only their number.

import type { AccountStatus } from '../../contract/status.ts'
import type { OAuth } from '../../contract/table.ts'
import type { Account } from './account.ts'

interface Asked {
  readonly auth: OAuth
  /** Of the server, in the config. */
  readonly name: string
  /** Undefined: not known yet. */
  readonly issuer: string | undefined
}

export function describeAccounts(
  { auth, name, issuer }: Asked,
  accounts: readonly Account[],
): string {
  const of = issuer ?? 'the authorization server that it names'
  if (auth.as === 'person')
    return `accounts of ${of}: ${describePeople(accounts)}`
  const own = accounts.find(({ subject }) => subject === null)
  const run = `run \`gateway connect ${name} --as gateway\``
  if (!own) return `account of ${of}: nobody has signed in: ${run}`
  const who = `account of ${own.issuer}`
  const why = own.trouble === undefined ? '' : `: ${own.trouble}`
  if (own.state === 'ended') return `${who}: it has ended${why}: ${run}`
  const { until, renewed } = own
  const end =
    until === null
      ? `renewed at ${new Date(renewed).toISOString()}`
      : `until ${new Date(until).toISOString()}, then ${run}`
  const late = why ? `; its last renewal failed${why}` : ''
  return `${who}: connected, ${end}${late}`
}

function describePeople(accounts: readonly Account[]): string {
  const people = accounts.filter(({ subject }) => subject !== null)
  const ended = people.filter(({ state }) => state === 'ended').length
  const troubled = people.filter(
    ({ state, trouble }) => state === 'connected' && trouble !== undefined,
  ).length
  const connected = people.length - ended
  const parts = [
    connected === 1
      ? '1 person is connected'
      : `${connected} people are connected`,
    ...(ended > 0 ? [`${ended} must sign in again`] : []),
    ...(troubled > 0 ? [`${troubled} cannot be renewed just now`] : []),
  ]
  return parts.join(', ')
}

/** For the status of the gateway. */
export function describeAccount(account: Account): AccountStatus {
  const { subject, grantId, issuer, state, scopes, trouble = null } = account
  const { since, renewed, until } = account
  const at = (ms: number) => new Date(ms).toISOString()
  return {
    subject,
    grant: grantId,
    issuer,
    state,
    since: at(since),
    renewed: at(renewed),
    until: until === null ? null : at(until),
    scopes,
    trouble,
  }
}
