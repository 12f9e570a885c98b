// Who somebody of the company's login is under a table: their team and roles.
// In: a routing, a person. Out: a principal; why they may do nothing.
// INVARIANT: groups give what the running table says, not what an earlier one
// said; no token record of the table has the id of a person.

import { hash } from 'node:crypto'
import type { Person } from '../../contract/login.ts'
import type { RoutingTable, TokenRecord } from '../../contract/table.ts'
import { findTeam } from '../../table/login.ts'
import { renderPerson } from '../audit/fragments.ts'
import type { Routing } from '../catalog/routing.ts'
import type { Principal } from '../catalog/view.ts'
import type { ClientSession } from '../http/sessions.ts'

/** What stands for the token record of a person. */
export interface PersonToken extends TokenRecord {
  readonly person: Person
  /** The login under which it was made. */
  readonly login: RoutingTable['login']
  /** The instant from which the provider must be asked again. */
  readonly until: number
}

/** Why a person may do nothing. */
export type PersonFault =
  | 'no login'
  | 'revoked'
  | 'logged out'
  | 'expired'
  | 'no team'

export function isPerson(token: TokenRecord): token is PersonToken {
  return (token as Partial<PersonToken>).person !== undefined
}

/** A session lasts as long as the newest token that its own client has sent. */
export function holdSession(session: ClientSession, token: TokenRecord): void {
  if (!isPerson(token)) return
  const { holder } = session
  if (!holder || holder.expires <= token.expires) session.holder = token
}

/** A person without a team is a principal without roles, for the audit. */
export function makePersonPrincipal(
  routing: Routing,
  person: Person,
  until = person.expires,
): Principal {
  return makeHolder(routing, makePersonToken(routing.table, person, until))
}

export function makeHolder(routing: Routing, token: PersonToken): Principal {
  const { roles, tools, team, rule } = token
  const grantee = { roles, tools, team, token: rule }
  return {
    token,
    grantee,
    view: routing.view(grantee),
    lineage: token.id,
    fragment: renderPerson(token, token.person),
  }
}

/** Why a person may do nothing at `now`; undefined: they may do what their team
 * may. */
export function judgePerson(
  routing: Routing,
  person: Person,
  now: number,
): PersonFault | undefined {
  return judgePersonToken(
    routing,
    makePersonToken(routing.table, person, person.expires),
    now,
  )
}

export function judgePersonToken(
  routing: Routing,
  token: PersonToken,
  now: number,
): PersonFault | undefined {
  const current = renewPersonToken(routing, token)
  const { person } = current
  const { login } = routing.table
  if (!login || person.issuer !== login.issuer) return 'no login'
  if (now >= person.expires) return 'expired'
  if (routing.revocations.coversPerson(current)) return 'revoked'
  if (routing.logouts.covers(person)) return 'logged out'
  return current.team === null ? 'no team' : undefined
}

/** The same under another table. */
export function renewPersonToken(
  { table }: Routing,
  token: PersonToken,
): PersonToken {
  if (table.login === token.login) return token
  return makePersonToken(table, token.person, token.until)
}

function makePersonToken(
  { login, teams }: RoutingTable,
  person: Person,
  until: number,
): PersonToken {
  const entry = login ? findTeam(login, person.groups) : undefined
  const team = entry?.team ?? null
  const roles =
    team !== null && Object.hasOwn(teams, team) && teams[team]?.roles
  return {
    id: namePerson(person),
    subject: person.subject,
    kind: 'person',
    team,
    roles: roles || [],
    tools: null,
    sha256: '',
    // Who does not say when they signed in did so before every revocation.
    created: person.authenticated ?? 0,
    notBefore: null,
    expires: person.expires,
    replaces: null,
    revoked: null,
    reason: null,
    rule: entry?.rule ?? '/login',
    person,
    login,
    until,
  }
}

/** Equal for all tokens of a person, whatever their groups and their name. */
export function namePerson({
  issuer,
  sub,
}: Pick<Person, 'issuer' | 'sub'>): string {
  const digest = hash('sha256', JSON.stringify([issuer, sub]), 'hex')
  return `sso_${digest.slice(0, 16)}`
}
