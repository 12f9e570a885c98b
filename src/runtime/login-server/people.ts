// Who somebody is here, of whom the provider has said something.
// In: claims, what is kept of them. Out: a person, as the stages judge them.
// INVARIANT: only groups that the table names are kept: others give nothing.

import { hash } from 'node:crypto'
import type { Login, Person } from '../../contract/login.ts'
import {
  type Claims,
  type Identity,
  type NoIdentity,
  readIdentity,
} from '../../table/login.ts'
import type { KeptPerson, SignInThere } from './kept.ts'

/** Their key here; their name may change, this does not. */
export function idOf({ issuer, sub }: Pick<Person, 'issuer' | 'sub'>): string {
  return hash('sha256', JSON.stringify([issuer, sub]), 'base64url')
}

/** Somebody without groups may sign in nowhere, but has a name. */
export function identify(
  login: Login,
  claims: Claims,
): Identity | Exclude<NoIdentity, 'no groups'> {
  const found = readIdentity(login, claims)
  if (found === 'no groups') {
    return identify(login, { ...claims, [login.teams.claim]: [] })
  }
  if (typeof found === 'string') return found
  const named = new Set(login.teams.map.map(({ group }) => group))
  const groups = found.groups.filter((one) => named.has(one))
  return { subject: found.subject, groups: [...new Set(groups)] }
}

/** `signIn`: the one that is judged. */
export function toPerson(
  { issuer, sub, subject, groups, seen }: KeptPerson,
  { authenticated, session = null }: SignInThere,
  expires: number,
): Person {
  return {
    issuer,
    sub,
    subject,
    groups,
    client: null,
    scopes: [],
    issued: seen,
    expires,
    authenticated,
    session,
  }
}

/** When somebody signed in, of what the provider says in seconds. A later instant
 * than now would escape a revocation; what is no instant is before all. */
export function readSignIn(seconds: unknown, now: number): number {
  const isInstant = typeof seconds === 'number' && seconds >= 0
  return isInstant ? Math.min(seconds * 1_000, now) : 0
}
