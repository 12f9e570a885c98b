// What the claims of a token say, after its signature was checked.
// In: claims, the login, an instant. Out: a person, or why they are refused.
// INVARIANT: a claim of an unexpected form refuses; no leeway makes an expired
// token good.

import type { Login, Person } from '../../contract/login.ts'
import {
  type Claims,
  type Identity,
  type NoIdentity,
  readIdentity,
} from '../../table/login.ts'
import { nameSession } from './logouts.ts'
import type { LoginFault, ProblemName, Who } from './problem.ts'

export interface Terms {
  readonly login: Login
  /** With which the address of the endpoint begins. */
  readonly origin: string
  /** The issuer of the tokens: the provider, or the gateway itself. */
  readonly issuer: string
}

/** For clocks that differ, where a token begins. */
const LEEWAY_MS = 30_000
const MAX_NAME = 256
const MAX_AUDIENCES = 100

/** What ID tokens and logout tokens have, and access tokens have not. */
const FOREIGN = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events'] as const
/** Keycloak writes the kind of a token so. */
const BEARER_TYPES: readonly unknown[] = [undefined, 'Bearer', 'JWT', 'at+jwt']

/** `isOpaque`: the provider was asked just now, and may leave out the times. */
export function judgeClaims(
  terms: Terms,
  claims: Claims,
  now: number,
  isOpaque = false,
): Person | LoginFault {
  const { sub } = claims
  if (!isName(sub)) return { problem: 'claim', detail: 'sub' }
  const client = readClient(claims)
  const identity = identify(terms, claims)
  const who: Who = {
    issuer: terms.login.issuer,
    sub: identity.sub ?? sub,
    subject: identity.subject ?? '',
    client,
  }
  const kind = judgeKind(claims)
  if (kind) return { problem: kind, who }
  const times = readTimes(claims, now, isOpaque)
  if (typeof times === 'string') return { problem: 'claim', detail: times, who }
  const late = judgeTimes(times, terms.login.maxAge, now, isOpaque)
  if (late) return { problem: late, who }
  const wanted = terms.login.audience ?? [terms.origin + terms.login.path]
  if (!isFor(claims.aud, wanted)) {
    return { problem: 'audience', detail: wanted.join(' or '), who }
  }
  const scopes = readScopes(claims)
  const lacking = terms.login.scopes.filter((one) => !scopes.includes(one))
  if (lacking.length > 0) {
    return { problem: 'scope', detail: lacking.join(' '), who }
  }
  const { clients, maxAge } = terms.login
  if (clients && !(client !== null && clients.includes(client))) {
    return { problem: 'client', detail: client ?? 'it names none', who }
  }
  if (identity.problem) {
    return { problem: identity.problem, detail: identity.detail, who }
  }
  const { issued, expires, authenticated } = times
  return {
    ...who,
    groups: identity.groups,
    scopes,
    issued,
    expires: Math.min(expires, (isOpaque ? now : issued) + maxAge),
    authenticated,
    session: identity.session ?? readSession(terms.login, claims),
  }
}

function judgeKind(claims: Claims): ProblemName | undefined {
  // RFC 9449: without its proof, a token that is bound to a key is worth nothing.
  if (claims.cnf !== undefined || claims.token_type === 'DPoP') return 'bound'
  const isForeign = FOREIGN.some((name) => Object.hasOwn(claims, name))
  return isForeign || !BEARER_TYPES.includes(claims.typ) ? 'type' : undefined
}

interface Times {
  readonly issued: number
  readonly expires: number
  readonly begins: number
  readonly authenticated: number | null
}

/** The name of the first claim that is missing, or of a wrong form. */
function readTimes(
  claims: Claims,
  now: number,
  isOpaque: boolean,
): Times | string {
  const { exp, iat, nbf, auth_time: signedIn } = claims
  const mayLack = (value: unknown) => isOpaque && value === undefined
  if (!isInstant(exp) && !mayLack(exp)) return 'exp'
  if (!isInstant(iat) && !mayLack(iat)) return 'iat'
  if (!isInstant(nbf) && nbf !== undefined) return 'nbf'
  if (!isInstant(signedIn) && signedIn !== undefined) return 'auth_time'
  const issued = isInstant(iat) ? iat * 1_000 : now
  return {
    issued,
    expires: isInstant(exp) ? exp * 1_000 : Number.POSITIVE_INFINITY,
    begins: Math.max(issued, isInstant(nbf) ? nbf * 1_000 : issued),
    // A later instant would escape a revocation.
    authenticated: isInstant(signedIn)
      ? Math.min(signedIn * 1_000, issued, now)
      : null,
  }
}

export function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function judgeTimes(
  { issued, expires, begins }: Times,
  maxAge: number,
  now: number,
  isOpaque: boolean,
): ProblemName | undefined {
  if (now >= expires) return 'expired'
  if (begins > now + LEEWAY_MS) return 'not yet'
  return !isOpaque && now >= issued + maxAge ? 'too old' : undefined
}

export function isFor(aud: unknown, wanted: readonly string[]): boolean {
  const given: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (given.length > MAX_AUDIENCES) return false
  if (!given.every((one) => typeof one === 'string')) return false
  return given.some((one) => wanted.includes(one))
}

/** Texts with blanks, or lists: providers differ. */
function readScopes({ scope, scp }: Claims): readonly string[] {
  const all = [scope, scp].flatMap((one) => (Array.isArray(one) ? one : [one]))
  const texts = all.filter((one) => typeof one === 'string')
  return [...new Set(texts.flatMap((one) => one.split(' ')))].filter(Boolean)
}

/** Keycloak, Auth0 and Entra; RFC 9068; Okta; Entra of version 1. */
function readClient(claims: Claims): string | null {
  const { azp, client_id: id, cid, appid } = claims
  const named = [azp, id, cid, appid].find((one) => one !== undefined)
  return isName(named) ? named : null
}

function readSession({ issuer }: Login, { sid }: Claims): string | null {
  return isName(sid) ? nameSession(issuer, sid) : null
}

interface Identified {
  readonly sub?: string
  readonly session?: string | null
  readonly subject?: string
  readonly groups: readonly string[]
  readonly problem?: ProblemName
  readonly detail: string
}

function identify({ login, issuer }: Terms, claims: Claims): Identified {
  // Tokens of the gateway itself hold what it found at the sign-in.
  if (login.server && issuer !== login.issuer) return readOwn(login, claims)
  const found: Identity | NoIdentity = readIdentity(login, claims)
  if (typeof found !== 'string') return { ...found, detail: '' }
  const subject = claims[login.subject]
  const isSubject = found === 'no subject'
  return {
    ...(!isSubject && typeof subject === 'string' && { subject }),
    groups: [],
    problem: found,
    detail: isSubject ? login.subject : login.teams.claim,
  }
}

function readOwn({ issuer }: Login, claims: Claims): Identified {
  const own = Object(claims.person) as Claims
  const { subject, sub, groups, session = null } = own
  const isWhole =
    own.issuer === issuer &&
    isName(subject) &&
    isName(sub) &&
    (session === null || isName(session)) &&
    Array.isArray(groups) &&
    groups.every((one) => typeof one === 'string')
  return isWhole
    ? { subject, sub, groups, session, detail: '' }
    : { groups: [], problem: 'claim', detail: 'person' }
}

export function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_NAME &&
    !/\p{Cc}/u.test(value)
  )
}
