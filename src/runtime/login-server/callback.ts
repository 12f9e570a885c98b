// Where the company's provider sends browsers back to: GET /login/callback.
// In: a state, a code or an error. Out: the page of the visit, or of accounts.
// INVARIANT: a state counts once, in the browser that left with it; the code goes
// nowhere before that is sure.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Person } from '../../contract/login.ts'
import { hasVouched } from '../../table/vouched.ts'
import { findUsable } from '../connect/access.ts'
import { sendFailure } from '../connect/act.ts'
import { readAddress } from '../connect/arrival.ts'
import { readBrowser } from '../connect/browser.ts'
import { sendPage, sendTo } from '../connect/page.ts'
import { placeOf, readQuery } from '../connect/params.ts'
import { refuse } from '../connect/refuse.ts'
import { openPersonSession } from '../connect/session.ts'
import { recordStep } from '../connect/steps.ts'
import { MOUNT } from '../login/addresses.ts'
import { describeProblem } from '../oauth/problem.ts'
import {
  judgePerson,
  makePersonPrincipal,
  namePerson,
} from '../stages/person.ts'
import type { Named } from './company.ts'
import { endVisit } from './consent.ts'
import { type NobodyReason, renderNobody } from './consent-page.ts'
import type { LoginContext, OwnServer } from './context.ts'
import type { KeptPerson } from './kept.ts'
import { identify, idOf, readSignIn, toPerson } from './people.ts'
import type { Away, Visit } from './visits.ts'

interface Arrived {
  readonly server: OwnServer
  readonly away: Away
  /** Undefined: the browser wants the page of its accounts. */
  readonly visit: Visit | undefined
}

export async function comeBack(
  context: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { connect, parts } = context
  const params = readQuery(request)
  const [state = '', ...others] = params.getAll('state')
  const browser = readBrowser(parts, request.headers.cookie)
  const away = parts.visits.comeBack(others.length > 0 ? '' : state, browser)
  if (away === 'browser') return refuse(connect, request, reply, 'browser')
  const server = context.server()
  if (!away || !server) return refuse(connect, request, reply, 'visit')
  const visit =
    'uid' in away.to ? parts.visits.find(away.to.uid, browser) : undefined
  const isOver = 'uid' in away.to && visit === undefined
  if (isOver || visit === 'browser') {
    return refuse(connect, request, reply, 'visit')
  }
  const arrived = { server, away, visit }
  let named: Named
  try {
    named = await server.company.take(away, params)
  } catch (error) {
    return await sendProblem(context, request, reply, arrived, error)
  }
  return await receive(context, request, reply, arrived, named)
}

async function receive(
  context: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
  arrived: Arrived,
  named: Named,
): Promise<FastifyReply> {
  const { connect, parts } = context
  const { server, visit, away } = arrived
  const { login } = server
  const { clock, routing } = parts.runtime
  const now = clock.now()
  const identity = identify(login, named.claims)
  if (typeof identity === 'string') {
    return await sendNobody(context, request, reply, arrived, identity)
  }
  const { sub, refreshToken } = named
  const authenticated = readSignIn(named.authenticated, now)
  const idToken = keepWord(hasVouched(routing.table), named, now)
  const { subject, groups } = identity
  const { session } = named
  const signIn = { authenticated, session }
  const one = { issuer: login.issuer, sub, subject, groups, ...signIn }
  const kept: KeptPerson = {
    ...one,
    ...{ seen: now, refreshToken, idToken, allowed: [] },
  }
  const person = toPerson(kept, signIn, now + 1_000)
  const fault = judgePerson(routing, person, now)
  const tokenId = namePerson(person)
  const who = {
    server: null,
    subject,
    tokenId,
    ip: readAddress(context.connect, request),
  }
  if (fault !== undefined) {
    return await sendNobody(context, request, reply, arrived, fault, subject)
  }
  if (!(await recordStep(connect, { step: 'sign-in', ...who }))) {
    return refuse(connect, request, reply, 'audit')
  }
  if (visit) {
    visit.person = kept
    return sendTo(reply, `${MOUNT}/consent/${visit.uid}`)
  }
  const id = idOf(person)
  const known = server.state.people.get(id)
  await server.state.savePerson(id, {
    ...kept,
    refreshToken: refreshToken ?? known?.refreshToken ?? null,
    allowed: known?.allowed ?? [],
  })
  const page = 'server' in away.to ? away.to.server : undefined
  await connectPage(connect, person, page)
  const own = { person: id, ...signIn }
  return sendTo(reply, placeOf(page), openPersonSession(connect, subject, own))
}

function keepWord(isWanted: boolean, { idToken }: Named, now: number) {
  return isWanted ? { ...idToken, came: now } : null
}

/** The server of the page, if the person may use it, and what waits for them. */
async function connectPage(
  { runtime, arrived }: LoginContext['connect'],
  person: Person,
  page: string | undefined,
): Promise<void> {
  const { token } = makePersonPrincipal(runtime.routing, person)
  const usable =
    page === undefined ? page : findUsable(runtime.routing, token, page)
  await arrived(person.subject, usable?.name)
}

async function sendProblem(
  context: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { server, visit }: Arrived,
  error: unknown,
): Promise<FastifyReply> {
  const ip = readAddress(context.connect, request)
  const who = { server: null, subject: null, tokenId: null, ip }
  const failure = describeProblem(error, (text) => text)
  if (visit) {
    context.parts.visits.end(visit)
    await endVisit(server, visit, 'the sign-in at the provider did not succeed')
  }
  return await sendFailure(context.connect, reply, who, failure)
}

/** Somebody whom the provider knows, and who may do nothing here. */
async function sendNobody(
  context: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { server, visit }: Arrived,
  why: NobodyReason,
  subject: string | null = null,
): Promise<FastifyReply> {
  const { connect, parts } = context
  const ip = readAddress(context.connect, request)
  const who = { server: null, subject, tokenId: null, ip }
  await recordStep(connect, { step: 'failed', ...who, reason: why })
  let onward: string | undefined
  if (visit) {
    parts.visits.end(visit)
    onward = await endVisit(server, visit, 'the person has no access here')
  }
  return sendPage(reply, renderNobody(why, subject, onward))
}
