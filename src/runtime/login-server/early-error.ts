// An authorization request that fails before any person has seen a page.
// In: what oidc-provider has answered. Out: the same, or a page with a link.
// INVARIANT: an address that anybody may have registered is not reached through
// ours before a person chooses it (RFC 9700, 4.11.2).

import type { Context } from 'oidc-provider/lib/provider.js'
import { renderProblem } from '../connect/failure-page.ts'
import { html } from '../connect/html.ts'
import { type Page, writePage } from '../connect/page.ts'
import { MOUNT } from '../login/addresses.ts'
import { ROUTES } from './paths.ts'
import { judgeRedirect } from './redirects.ts'

type Said = Readonly<Record<string, unknown>>

export function holdBack(context: Context): void {
  const to = String(context.res.getHeader('location') ?? '')
  const isOurs = to === '' || to.startsWith(`${MOUNT}/`)
  const path = context.req.url?.split('?')[0]
  if (isOurs || path !== ROUTES.authorization) return
  const [before = '', after = ''] = to.split('#')
  const place = judgeRedirect(before, null)
  // A program on the person's own machine waits for the answer. A scheme of its
  // own may open anything.
  if (typeof place !== 'string' && place.host === 'loopback') return
  const { searchParams } = new URL(before)
  const said = searchParams.has('error')
    ? searchParams
    : new URLSearchParams(after)
  const host = typeof place === 'string' ? '' : place.host
  context.res.removeHeader('location')
  context.status = 400
  writeTo(context, describeError(Object.fromEntries(said), { to, host }))
}

export function showError(context: Context, out: Said): void {
  writeTo(context, describeError(out))
}

function writeTo(context: Context, page: Page): void {
  const { headers, body } = writePage(page)
  context.type = 'html'
  context.set(headers)
  context.body = body
}

function describeError(
  { error, error_description: text }: Said,
  back?: { readonly to: string; readonly host: string },
): Page {
  if (error === 'server_error') return renderProblem('fault')
  return {
    title: 'This sign-in cannot go on',
    main: html`<div class="card note bad" role="alert"><p>The program that sent you here
asked for it in a way that this gateway does not accept. Nothing was given to it.</p>
<p>The reason: ${String(text ?? error)}</p></div>
<p class="facts">Start again in the program. If the reason stays the same, show this
page to the operator of the gateway.</p>
${back && html`<p><a class="button" href="${back.to}">Go back to ${back.host}</a></p>`}`,
  }
}
