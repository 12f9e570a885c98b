// The pages of a person: enter a token, see the accounts, leave.
// In: requests. Out: pages.
// INVARIANT: a token is judged as at the endpoint; the answer never repeats it.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { nameNetwork } from '../stages/auth-throttle.ts'
import { authenticate } from '../stages/authenticate.ts'
import { listUsable } from './access.ts'
import { renderAccounts } from './accounts-page.ts'
import { sendOnward } from './act.ts'
import { findOwnPlace, readAddress } from './arrival.ts'
import { bindBrowser } from './browser.ts'
import type { ConnectContext } from './context.ts'
import { renderEntrance } from './enter-page.ts'
import { type Html, html } from './html.ts'
import { type Page, sendPage, sendTo } from './page.ts'
import { placeOf, readForm, readName, readServer } from './params.ts'
import { listPrograms } from './programs.ts'
import { refuse, refuseBusy, refuseSecret } from './refuse.ts'
import { openSession, readVisitor, tellNext } from './session.ts'
import { recordStep } from './steps.ts'
import { renderStatus } from './texts.ts'

/** GET /connect, and GET /connect/SERVER. */
export function showAccounts(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const own = findOwnPlace(context, request)
  if (own !== undefined) return sendTo(reply, own)
  const only = readServer(request)
  const asked = 'server' in Object(request.params)
  const visitor = readVisitor(context, request)
  if (!visitor) return sendPage(reply, makeEntrance(context, only))
  const { forms } = context
  const { browser, subject, token, told } = visitor
  const usable = listUsable(context.runtime.routing, token)
  const chosen = usable.filter(({ name }) => !asked || name === only)
  if (asked && chosen.length === 0) {
    return refuse(context, request, reply, 'server')
  }
  const shown = chosen.map((server) => ({
    server,
    account: context
      .accountsOf(server.name)
      ?.accountOf(server.as === 'person' ? subject : null),
    begin: forms.sign(browser, `begin ${server.name}`),
    disconnect: forms.sign(browser, `disconnect ${server.name}`),
  }))
  const leave = forms.sign(browser, 'leave')
  const programs = asked ? [] : listPrograms(context, visitor)
  const page = renderAccounts({ subject, shown, only, told, programs, leave })
  const cookies = told && tellNext(context, visitor, undefined)
  return sendPage(reply, { ...page, ...(cookies && { cookies }) })
}

function makeEntrance(
  { company }: ConnectContext,
  server: string | undefined,
  failure?: string,
): Page {
  return renderEntrance({ server, failure, company: company()?.host })
}

/** POST /connect/login. */
export async function goToCompany(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const company = context.company()
  if (!company) return refuse(context, request, reply, 'server')
  const ip = readAddress(context, request)
  const waitMs = context.pace.chargeAct(nameNetwork(ip))
  if (waitMs > 0) return refuseBusy(context, request, reply, waitMs)
  const server = readName(readForm(request).get('server')) ?? null
  const { browser, cookies } = bindBrowser(context, request.headers.cookie)
  const who = { server, subject: null, tokenId: null, ip }
  const ask = () => company.begin(browser, server ?? undefined, ip)
  return sendOnward(context, reply, who, ask, cookies)
}

/** POST /connect/session. */
export async function enter(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { routing, clock } = context.runtime
  const form = readForm(request)
  const server = readName(form.get('server'))
  const token = (form.get('token') ?? '').trim()
  const authorization = token === '' ? undefined : `Bearer ${token}`
  const judged = authenticate(
    routing,
    { authorization, memo: undefined },
    clock.now(),
  )
  if ('refusal' in judged) {
    // Only its holder is told what became of a token.
    const isProven = judged.holder !== undefined
    const failure = isProven ? judged.detail : INVALID
    const page = { ...makeEntrance(context, server, failure), status: 401 }
    refuseSecret(context, request, reply, judged, page)
    return reply
  }
  const { subject, id, kind } = judged.token
  const ip = readAddress(context, request)
  if (kind === 'break-glass') context.raise(judged, ip)
  const who = { server: server ?? null, subject, tokenId: id, ip }
  if (!(await recordStep(context, { step: 'session', ...who }))) {
    return refuse(context, request, reply, 'audit')
  }
  return sendTo(reply, placeOf(server), openSession(context, judged.token))
}

const INVALID = 'This token is not valid. Check it, then enter it again.'

/** POST /connect/leave. */
export async function leave(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const visitor = readVisitor(context, request)
  const given = readForm(request).get('form')
  if (visitor) {
    if (!context.forms.isSigned(given, visitor.browser, 'leave')) {
      return refuse(context, request, reply, 'form')
    }
    const { subject, token } = visitor
    const ip = readAddress(context, request)
    const who = { server: null, subject, tokenId: token.id, ip }
    await recordStep(context, { step: 'leave', ...who })
  }
  const { cookies, company } = context
  const place = await company()?.findLeave()
  const gone = visitor
    ? cookies.end('person', visitor.session)
    : cookies.clear('person')
  return sendPage(reply, {
    title: 'You are logged out',
    cookies: gone,
    main: html`${renderStatus(
      'This browser no longer knows you. Your connected accounts stay connected.',
    )}
<p><a class="button" href="/connect">Log in again</a></p>
${place === undefined ? undefined : renderLeaveCompany(place)}`,
  })
}

/** Their session at the provider would sign them in again without a word. */
function renderLeaveCompany(place: string): Html {
  const { host, protocol } = new URL(place)
  if (!/^https?:$/.test(protocol)) return html``
  return html`<p class="facts">Your session at ${host} goes on. On a computer that
others use, <a href="${place}" rel="noreferrer">end it there too</a>.</p>`
}
