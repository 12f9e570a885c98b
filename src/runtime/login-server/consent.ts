// What a person decides about a program: GET and POST /login/consent/UID.
// In: requests of a browser. Out: the way to the provider, a page, the way back.
// INVARIANT: a visit counts in the browser that began it alone, and is decided
// once; only then does oidc-provider get to know it.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Interaction } from 'oidc-provider/lib/provider.js'
import { sendFailure } from '../connect/act.ts'
import { readAddress } from '../connect/arrival.ts'
import { readBrowser } from '../connect/browser.ts'
import { renderOnward } from '../connect/onward-page.ts'
import { sendPage, sendTo } from '../connect/page.ts'
import { readForm } from '../connect/params.ts'
import { refuse } from '../connect/refuse.ts'
import { recordStep } from '../connect/steps.ts'
import { describeProblem } from '../oauth/problem.ts'
import { makePersonPrincipal, namePerson } from '../stages/person.ts'
import { renderBack, renderConsent, renderNobody } from './consent-page.ts'
import type { LoginContext, OwnServer } from './context.ts'
import { judgeKept } from './hooks.ts'
import type { KeptPerson } from './kept.ts'
import { idOf, toPerson } from './people.ts'
import { judgeRedirect } from './redirects.ts'
import type { Visit } from './visits.ts'

/** What a request to a page of a visit is about. */
interface Asked {
  readonly server: OwnServer
  readonly visit: Visit
  readonly browser: string
}

/** GET /login/consent/UID. */
export async function showVisit(
  context: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const asked = readVisit(context, request, reply)
  if (!('visit' in asked)) return asked
  const { server, visit } = asked
  if (!visit.person) return await goToProvider(context, reply, asked)
  if (isRemembered(server, visit, visit.person)) {
    return await finish(context, request, reply, asked, 'allow')
  }
  return sendPage(reply, describeVisit(context, asked, visit.person))
}

/** POST /login/consent/UID. */
export async function decide(
  context: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const asked = readVisit(context, request, reply)
  if (!('visit' in asked)) return asked
  const { visit, browser } = asked
  const form = readForm(request)
  const { connect, parts } = context
  if (!parts.forms.isSigned(form.get('form'), browser, actOf(visit))) {
    return refuse(connect, request, reply, 'form')
  }
  if (!visit.person) return refuse(connect, request, reply, 'visit')
  const choice = form.get('choice')
  if (choice === 'other') {
    return await goToProvider(context, reply, asked, 'select_account')
  }
  if (choice !== 'allow' && choice !== 'refuse') {
    return refuse(connect, request, reply, 'body')
  }
  return await finish(context, request, reply, asked, choice)
}

function readVisit(
  { connect, parts, server }: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Asked | FastifyReply {
  const { uid = '' } = request.params as { readonly uid?: string }
  const browser = readBrowser(parts, request.headers.cookie)
  const visit = parts.visits.find(uid, browser)
  const own = server()
  if (visit === 'browser') return refuse(connect, request, reply, 'browser')
  if (!visit || !own || browser === undefined) {
    return refuse(connect, request, reply, 'visit')
  }
  return { server: own, visit, browser }
}

async function goToProvider(
  { parts, connect }: LoginContext,
  reply: FastifyReply,
  { server, visit }: Asked,
  prompt = visit.prompt,
): Promise<FastifyReply> {
  const to = { uid: visit.uid }
  const departure = parts.visits.depart(visit, to, prompt)
  try {
    const page = renderOnward(await server.company.makeAddress(departure))
    if (page) return sendPage(reply, page)
    const detail = 'the provider names an address that is not https'
    return await sendFailure(connect, reply, NOBODY, { kind: 'signin', detail })
  } catch (error) {
    const failure = describeProblem(error, (text) => text)
    return await sendFailure(connect, reply, NOBODY, failure)
  }
}

const NOBODY = Object.freeze({
  server: null,
  subject: null,
  tokenId: null,
  ip: '',
})

function actOf({ uid, client }: Visit): string {
  return JSON.stringify(['consent', uid, client])
}

/** On a machine of the person, any program may take the place of the one that
 * was allowed (RFC 8252, 8.6): they are asked each time. */
function isRemembered(
  { state }: OwnServer,
  { client, place, prompt }: Visit,
  person: KeptPerson,
): boolean {
  if (place.isLocal || prompt !== undefined) return false
  const known = state.people.get(idOf(person))
  return (known?.allowed ?? []).some(
    (one) => one.client === client && one.host === place.host,
  )
}

function describeVisit(
  { parts }: LoginContext,
  { visit, browser }: Asked,
  person: KeptPerson,
) {
  const { runtime, forms } = parts
  const { routing, clock } = runtime
  const now = clock.now()
  const whole = toPerson(person, person, now + 1_000)
  const { token, view } = makePersonPrincipal(routing, whole)
  return renderConsent({
    visit,
    subject: person.subject,
    team: token.team ?? '',
    tools: view.tools.size,
    form: forms.sign(browser, actOf(visit)),
  })
}

async function finish(
  context: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { server, visit }: Asked,
  choice: 'allow' | 'refuse',
): Promise<FastifyReply> {
  const { connect, parts } = context
  const { person } = visit
  if (!person) return refuse(connect, request, reply, 'visit')
  // Before anything else: a second form finds nothing.
  parts.visits.end(visit)
  const { subject } = person
  const tokenId = namePerson(person)
  const ip = readAddress(connect, request)
  const who = { server: null, subject, tokenId, ip }
  const isAllowed = choice === 'allow'
  // Since they came back from the provider, they may have lost it.
  const fault = judgeKept(parts, person, person)
  if (isAllowed && fault !== undefined) {
    await recordStep(connect, { step: 'failed', ...who, reason: fault })
    const back = await endVisit(server, visit, 'the person has no access here')
    return sendPage(reply, renderNobody(fault, subject, back))
  }
  const { client, place } = visit
  const step = { step: choice, ...who, client, host: place.host }
  if (!(await recordStep(connect, step))) {
    return refuse(connect, request, reply, 'audit')
  }
  const onward = isAllowed
    ? await allow(server, visit, person, parts.runtime.clock.now())
    : await endVisit(server, visit, 'the person has refused')
  if (onward === undefined) return refuse(connect, request, reply, 'visit')
  // Calls with a token of the gateway may wait for this.
  if (isAllowed) void connect.arrived(person.subject, undefined)
  // A form may lead to us only, and so may not be answered with a redirect.
  if (request.method === 'GET') return sendTo(reply, onward)
  return sendPage(reply, renderBack(visit, onward, isAllowed))
}

/** Where the browser goes on; undefined: the authorization is over. */
async function allow(
  server: OwnServer,
  visit: Visit,
  person: KeptPerson,
  now: number,
): Promise<string | undefined> {
  const { state, resource } = server
  const provider = await server.open()
  const interaction = await provider.Interaction.find(visit.uid)
  const { client, place } = visit
  if (!interaction || !mayBegin(server, interaction, client)) return undefined
  const accountId = idOf(person)
  await state.savePerson(accountId, rememberClient(server, visit, person, now))
  const known = state.clients.get(client)
  if (known) await state.clients.set(client, { ...known, used: now })
  const grant = new provider.Grant({ accountId, clientId: client })
  grant.addResourceScope(resource, server.scopes.join(' '))
  const grantId = await grant.save()
  const { authenticated, session = null } = person
  const { isLocal } = place
  state.describe(grantId, { authenticated, session, isLocal })
  const ts = Math.floor(authenticated / 1_000)
  return await save(interaction, now, {
    login: { accountId, ts },
    consent: { grantId },
    select_account: {},
  })
}

/** The config may have changed since the visit began. */
function mayBegin(
  { login, server }: OwnServer,
  { params }: Interaction,
  client: string,
): boolean {
  const place = judgeRedirect(params.redirect_uri, server.redirects)
  const isClient = !login.clients || login.clients.includes(client)
  return isClient && typeof place !== 'string'
}

const MAX_ALLOWED = 100

function rememberClient(
  { state }: OwnServer,
  { client, place }: Visit,
  person: KeptPerson,
  at: number,
): KeptPerson {
  const known = state.people.get(idOf(person))
  const others = (known?.allowed ?? []).filter(
    (one) => one.client !== client || one.host !== place.host,
  )
  const allowed = [...others, { client, host: place.host, at }]
  return {
    ...person,
    refreshToken: person.refreshToken ?? known?.refreshToken ?? null,
    allowed: allowed.slice(-MAX_ALLOWED),
  }
}

/** The client gets an error in the place of a code. */
export async function endVisit(
  server: OwnServer,
  visit: Visit,
  why: string,
): Promise<string | undefined> {
  const provider = await server.open()
  const interaction = await provider.Interaction.find(visit.uid)
  if (!interaction) return undefined
  return await save(interaction, Date.now(), {
    error: 'access_denied',
    error_description: why,
  })
}

async function save(
  interaction: Interaction,
  now: number,
  result: object,
): Promise<string> {
  interaction.result = result
  const left = interaction.exp - Math.floor(now / 1_000)
  await interaction.save(Math.max(left, 1))
  return interaction.returnTo
}
