// Who somebody of the company's login is here: their name and their team.
// In: the table's login, the provider's claims. Out: a name and a team, or why not.
// INVARIANT: pure; runtime, explain and diff ask these functions; a claim of an
// unexpected form gives nothing.

import type { GroupTeam, Login } from '../contract/login.ts'

export type Claims = Readonly<Record<string, unknown>>

export interface Identity {
  readonly subject: string
  readonly groups: readonly string[]
}

/** Why claims name nobody. */
export type NoIdentity =
  | 'no subject'
  | 'email not verified'
  | 'no groups'
  | 'too many groups'

const MAX_SUBJECT = 256
const MAX_GROUPS = 10_000

export function readIdentity(
  login: Pick<Login, 'subject' | 'teams'>,
  claims: Claims,
): Identity | NoIdentity {
  const subject = own(claims, login.subject)
  if (!isName(subject)) return 'no subject'
  if (login.subject === 'email' && !isVerified(claims)) {
    return 'email not verified'
  }
  const { claim } = login.teams
  const found = findClaim(claims, claim)
  if (found === undefined) {
    return isElsewhere(claims, claim) ? 'too many groups' : 'no groups'
  }
  const list: readonly unknown[] = Array.isArray(found) ? found : [found]
  if (list.length > MAX_GROUPS) return 'too many groups'
  const groups = list.filter((one) => typeof one === 'string')
  return { subject, groups }
}

/** The entry that decides; undefined: no team, and so nothing is allowed. */
export function findTeam(
  { teams }: Pick<Login, 'teams'>,
  groups: readonly string[],
): GroupTeam | undefined {
  const all = new Set(groups)
  return teams.map.find(({ group }) => all.has(group))
}

/** Some providers write it as a text; one that says nothing is trusted. */
function isVerified(claims: Claims): boolean {
  const said = own(claims, 'email_verified')
  return said === undefined || said === true || said === 'true'
}

/** By name, or by JSON pointer where it begins with `/`. */
function findClaim(claims: Claims, claim: string): unknown {
  if (!claim.startsWith('/')) return own(claims, claim)
  let here: unknown = claims
  for (const part of claim.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    here = own(here, name)
  }
  return here
}

/** OpenID Connect Core 5.6.2: a provider that leaves out a long list says where
 * it is. */
function isElsewhere(claims: Claims, claim: string): boolean {
  return (
    own(own(claims, '_claim_names'), claim) !== undefined ||
    own(claims, 'hasgroups') === true
  )
}

function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, name) ? (value as Claims)[name] : undefined
}

/** What may stand in an audit record and in a line of `gateway.revoked`. */
function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.trim() === value &&
    value !== '' &&
    value.length <= MAX_SUBJECT &&
    !/\p{C}/u.test(value)
  )
}
