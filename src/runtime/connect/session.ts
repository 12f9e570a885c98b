// Who uses the pages: the person whose token was typed in this browser, or who
// has come back to it from the company's provider.
// INVARIANT: the token, or the person, is judged again at each request; whoever
// is revoked or expired has no session from then on.

import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { TokenRecord } from '../../contract/table.ts'
import { judgeToken } from '../stages/authenticate.ts'
import { makePersonPrincipal } from '../stages/person.ts'
import type { ConnectContext, OfPerson } from './context.ts'
import { type Carried, SESSION_MS } from './cookies.ts'

/** What the next page of a session tells once. */
export interface Told {
  readonly word: 'connected' | 'disconnected'
  readonly server: string
}

interface Session extends Carried {
  readonly subject: string
  readonly of: OfToken | OfPerson
  readonly told?: Told
}

interface OfToken {
  readonly token: string
  /** Of its hash: a record may be replaced under the same id. */
  readonly mark: string
}

export interface Visitor {
  readonly token: TokenRecord
  readonly subject: string
  readonly browser: string
  readonly told: Told | undefined
  /** Of the company's login; undefined: a token was typed. */
  readonly person: string | undefined
  readonly session: Session
}

export function readVisitor(
  context: ConnectContext,
  { headers }: Pick<FastifyRequest, 'headers'>,
): Visitor | undefined {
  const { runtime, cookies } = context
  const { routing, clock } = runtime
  const now = clock.now()
  const session = cookies.read<Session>(headers.cookie, 'person', now)
  const token = session && findToken(context, session)
  if (!token || judgeToken(routing, token, now) !== undefined) return undefined
  const { subject, browser, told, of } = session
  if (token.subject !== subject) return undefined
  const person = 'person' in of ? of.person : undefined
  return { token, subject, browser, told, person, session }
}

function findToken(
  { runtime, company }: ConnectContext,
  { of, issued }: Session,
): TokenRecord | undefined {
  const { routing } = runtime
  if ('token' in of) {
    const token = routing.tokens.get(of.token)
    return token && markOf(token) === of.mark ? token : undefined
  }
  const ends = issued + SESSION_MS
  const person = company()?.findPerson(of.person, of, ends)
  return person && makePersonPrincipal(routing, person).token
}

/** The cookies of a new session of a token. */
export function openSession(
  context: ConnectContext,
  token: TokenRecord,
): readonly string[] {
  const of = { token: token.id, mark: markOf(token) }
  return writeSession(context, token.subject, of)
}

/** The cookies of a new session of somebody who has signed in. */
export function openPersonSession(
  context: ConnectContext,
  subject: string,
  person: OfPerson,
): readonly string[] {
  return writeSession(context, subject, person)
}

function writeSession(
  { runtime, cookies }: ConnectContext,
  subject: string,
  of: Session['of'],
): readonly string[] {
  const now = runtime.clock.now()
  const session: Session = { issued: now, browser: makeBrowser(), subject, of }
  return cookies.write('person', session, now)
}

/** The cookies of the same session, with something to tell or without it. */
export function tellNext(
  { runtime, cookies }: ConnectContext,
  { session }: Visitor,
  told: Told | undefined,
): readonly string[] {
  const { told: _, ...rest } = session
  const next = told ? { ...rest, told } : rest
  return cookies.write('person', next, runtime.clock.now())
}

export function makeBrowser(): string {
  return randomBytes(16).toString('base64url')
}

function markOf({ sha256 }: TokenRecord): string {
  return sha256.slice(0, 16)
}
