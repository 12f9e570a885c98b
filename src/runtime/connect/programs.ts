// The programs that a person has allowed to act for them, and their end.
// In: a visitor. Out: a part of their page; a program that acts no more.
// INVARIANT: only the person themselves sees and ends them; what a program calls
// itself is marked so.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { readAddress } from './arrival.ts'
import type { ConnectContext, Program } from './context.ts'
import { type Html, html } from './html.ts'
import { sendTo } from './page.ts'
import { readForm } from './params.ts'
import { refuse, refuseBusy } from './refuse.ts'
import { readVisitor, type Visitor } from './session.ts'
import { recordStep } from './steps.ts'
import { renderTime } from './texts.ts'

export interface ShownProgram extends Program {
  /** Proves the form that ends it. */
  readonly end: string
}

export function listPrograms(
  { company, forms }: ConnectContext,
  { person, browser }: Visitor,
): readonly ShownProgram[] {
  if (person === undefined) return []
  const programs = company()?.listPrograms(person) ?? []
  return programs.map((program) => {
    const end = forms.sign(browser, actOf(program.client))
    return { ...program, end }
  })
}

function actOf(client: string): string {
  return JSON.stringify(['end', client])
}

export function renderPrograms(
  programs: readonly ShownProgram[],
): Html | undefined {
  if (programs.length === 0) return undefined
  return html`<p class="group">Programs that may act for you</p>
<ul class="list">${programs.map(renderProgram)}</ul>`
}

function renderProgram({
  client,
  name,
  hosts,
  since,
  end,
}: ShownProgram): Html {
  const shown = name === '' ? client : `“${name}”`
  return html`<li class="card"><h2>${shown}</h2>
<p class="facts">Allowed ${renderTime(since)}, at ${hosts.join(', ')}.</p>
<div class="acts"><form method="post" action="/connect/programs">
<input type="hidden" name="form" value="${end}">
<input type="hidden" name="client" value="${client}">
<button class="plain">End<span class="vh"> ${shown}</span></button></form></div></li>
`
}

/** POST /connect/programs. */
export async function endProgram(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const visitor = readVisitor(context, request)
  const company = context.company()
  const { person } = visitor ?? {}
  if (!visitor || person === undefined || !company) {
    return refuse(context, request, reply, 'session')
  }
  const form = readForm(request)
  const client = form.get('client') ?? ''
  const { browser, subject, token } = visitor
  if (!context.forms.isSigned(form.get('form'), browser, actOf(client))) {
    return refuse(context, request, reply, 'form')
  }
  const waitMs = context.pace.chargeAct(token.id)
  if (waitMs > 0) return refuseBusy(context, request, reply, waitMs)
  const ip = readAddress(context, request)
  const who = { server: null, subject, tokenId: token.id, ip, client }
  if (!(await recordStep(context, { step: 'disconnect', ...who }))) {
    return refuse(context, request, reply, 'audit')
  }
  await company.endProgram(person, client)
  return sendTo(reply, '/connect')
}
