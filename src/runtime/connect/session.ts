// Who uses the pages: the person whose token was typed in this browser.
// In: the cookies of a request. Out: a visitor.
// INVARIANT: the token is judged again at each request; a revoked or expired one
// ends the session at once.

import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { TokenRecord } from '../../contract/table.ts'
import { judgeToken } from '../stages/authenticate.ts'
import type { ConnectContext } from './context.ts'
import type { Carried } from './cookies.ts'

/** What the next page of a session tells once. */
export interface Told {
  readonly word: 'connected' | 'disconnected'
  readonly server: string
}

interface Session extends Carried {
  readonly subject: string
  readonly token: string
  /** Of its hash: a record may be replaced under the same id. */
  readonly mark: string
  readonly told?: Told
}

export interface Visitor {
  readonly token: TokenRecord
  readonly subject: string
  readonly browser: string
  readonly told: Told | undefined
  readonly session: Session
}

export function readVisitor(
  { runtime, cookies }: ConnectContext,
  { headers }: Pick<FastifyRequest, 'headers'>,
): Visitor | undefined {
  const { routing, clock } = runtime
  const now = clock.now()
  const session = cookies.read<Session>(headers.cookie, 'person', now)
  if (!session) return undefined
  const token = routing.tokens.get(session.token)
  if (!token || judgeToken(routing, token, now) !== undefined) return undefined
  const { subject, browser, told } = session
  const same = token.subject === subject && markOf(token) === session.mark
  return same ? { token, subject, browser, told, session } : undefined
}

/** The cookies of a new session. */
export function openSession(
  { runtime, cookies }: ConnectContext,
  token: TokenRecord,
): readonly string[] {
  const now = runtime.clock.now()
  const session: Session = {
    issued: now,
    browser: makeBrowser(),
    subject: token.subject,
    token: token.id,
    mark: markOf(token),
  }
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
