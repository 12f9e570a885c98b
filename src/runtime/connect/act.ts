// What a person does to their own account: begin a sign-in, disconnect.
// In: forms of a session. Out: the way to the authorization server, or a page.
// INVARIANT: needs a session, a form that we made for it, and a server that the
// person may use.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SignInFailure } from '../oauth/problem.ts'
import { findUsable, type Usable } from './access.ts'
import type { ServerAccounts } from './accounts.ts'
import { readAddress } from './arrival.ts'
import { bindBrowser } from './browser.ts'
import type { ConnectContext } from './context.ts'
import { renderFailure } from './failure-page.ts'
import { renderOnward } from './onward-page.ts'
import { sendPage, sendTo } from './page.ts'
import { placeOf, readForm, readServer } from './params.ts'
import { refuse, refuseBusy } from './refuse.ts'
import { readVisitor, tellNext, type Visitor } from './session.ts'
import { recordStep, type Step } from './steps.ts'

interface Act {
  readonly visitor: Visitor
  readonly server: string
  readonly accounts: ServerAccounts
  readonly via: Usable['via']
  readonly who: Omit<Step, 'step'>
}

/** POST /connect/SERVER/begin. */
export async function begin(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const act = readAct(context, request, reply, 'begin')
  if (!('who' in act)) return act
  const { visitor, server, accounts, who } = act
  if (!(await recordStep(context, { step: 'begin', ...who }))) {
    return refuse(context, request, reply, 'audit', { server })
  }
  const { subject, browser } = visitor
  if (act.via === 'login') return connectVouched(context, request, reply, act)
  return sendOnward(context, reply, who, () => accounts.begin(subject, browser))
}

/** Without the server's pages; who is not known at the provider goes there. */
async function connectVouched(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { visitor, server, accounts, who }: Act,
): Promise<FastifyReply> {
  try {
    await accounts.connect(visitor.subject)
  } catch (thrown) {
    const company = context.company()
    const isUnknown = isFailure(thrown) && thrown.kind === 'person'
    if (!company || !isUnknown) return sendFailure(context, reply, who, thrown)
    const { browser, cookies } = bindBrowser(context, request.headers.cookie)
    const ask = () => company.begin(browser, server, who.ip)
    return sendOnward(context, reply, who, ask, cookies)
  }
  const told = { word: 'connected', server } as const
  return sendTo(reply, placeOf(server), tellNext(context, visitor, told))
}

/** Sends the browser to the address that `ask` gets. */
export async function sendOnward(
  context: ConnectContext,
  reply: FastifyReply,
  who: Omit<Step, 'step'>,
  ask: () => Promise<URL>,
  cookies: readonly string[] = [],
): Promise<FastifyReply> {
  const server = who.server ?? ''
  let url: URL
  try {
    url = await ask()
  } catch (thrown) {
    return sendFailure(context, reply, who, thrown)
  }
  const page = renderOnward(url, cookies)
  if (page) return sendPage(reply, page)
  const detail = `the authorization server of ${server} names an address that is not https`
  return sendFailure(context, reply, who, { kind: 'signin', detail })
}

/** A failure of the sign-in; anything else is a bug, and thrown on. */
export async function sendFailure(
  context: ConnectContext,
  reply: FastifyReply,
  who: Omit<Step, 'step'>,
  thrown: unknown,
): Promise<FastifyReply> {
  if (!isFailure(thrown)) throw thrown
  const { kind, detail } = thrown
  const reason = `${kind}: ${detail}`
  const { server, subject } = who
  context.runtime.log.warn({ server, subject, reason }, 'sign-in failed')
  await recordStep(context, { ...who, step: 'failed', reason })
  return sendPage(reply, renderFailure(thrown, server ?? ''))
}

function isFailure(thrown: unknown): thrown is SignInFailure {
  const { kind, detail } = Object(thrown) as Partial<SignInFailure>
  return kind !== undefined && KINDS.includes(kind) && detail !== undefined
}

const KINDS: readonly SignInFailure['kind'][] = [
  'person',
  'denied',
  'signin',
  'secret',
  'unreachable',
  'refused',
]

/** POST /connect/SERVER/disconnect. */
export async function disconnect(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const act = readAct(context, request, reply, 'disconnect')
  if (!('who' in act)) return act
  const { visitor, server, accounts, who } = act
  if (!(await recordStep(context, { step: 'disconnect', ...who }))) {
    return refuse(context, request, reply, 'audit', { server })
  }
  await accounts.disconnect(visitor.subject)
  const told = { word: 'disconnected', server } as const
  return sendTo(reply, placeOf(server), tellNext(context, visitor, told))
}

/** The act of a form, or the answer to a form that may not do it. */
function readAct(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
  verb: 'begin' | 'disconnect',
): Act | FastifyReply {
  const server = readServer(request)
  const visitor = readVisitor(context, request)
  if (!visitor) {
    return refuse(context, request, reply, 'session', { ...named(server) })
  }
  const { subject, token, browser } = visitor
  const form = readForm(request).get('form')
  if (!context.forms.isSigned(form, browser, `${verb} ${server}`)) {
    return refuse(context, request, reply, 'form', { ...named(server) })
  }
  const { routing } = context.runtime
  const usable = server && findUsable(routing, token, server)
  const accounts = usable && context.accountsOf(usable.name)
  if (!usable || !accounts || usable.as !== 'person') {
    return refuse(context, request, reply, 'server')
  }
  const waitMs = context.pace.chargeAct(token.id)
  if (waitMs > 0) return refuseBusy(context, request, reply, waitMs)
  const ip = readAddress(context, request)
  const who = { server: usable.name, subject, tokenId: token.id, ip }
  return { visitor, server: usable.name, accounts, via: usable.via, who }
}

function named(server: string | undefined) {
  return server === undefined ? {} : { server }
}
