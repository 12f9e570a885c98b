// The page of a person: what they may use, and what is connected.
// In: a visitor, servers and their accounts. Out: a page.
// INVARIANT: a shared account shows its state and nothing else.

import type { Account } from '../oauth/account.ts'
import type { Usable } from './access.ts'
import { type Html, html } from './html.ts'
import type { Page } from './page.ts'
import { renderPrograms, type ShownProgram } from './programs.ts'
import type { Told } from './session.ts'
import { countTools, renderStatus, renderTime } from './texts.ts'

export interface Shown {
  readonly server: Usable
  readonly account: Account | undefined
  /** The values that prove its two forms. */
  readonly begin: string
  readonly disconnect: string
}

export interface AccountsPage {
  readonly subject: string
  readonly shown: readonly Shown[]
  /** One server; undefined: all. */
  readonly only: string | undefined
  readonly told: Told | undefined
  readonly programs: readonly ShownProgram[]
  readonly leave: string
}

export function renderAccounts(page: AccountsPage): Page {
  const { subject, shown, only, told } = page
  const own = shown.filter(({ server }) => server.as === 'person')
  const shared = shown.filter(({ server }) => server.as === 'gateway')
  const title =
    only === undefined
      ? 'Your connected accounts'
      : `Connect ${shown[0]?.server.title ?? only}`
  return {
    title,
    top: renderLeave(page),
    main: html`<p>You are <strong>${subject}</strong>. ${INTRODUCTION}</p>
${told && renderStatus(describe(told, shown))}
${renderOwn(own, shared.length > 0)}
${renderShared(shared)}
${renderPrograms(page.programs)}
${
  only === undefined
    ? undefined
    : html`<p><a href="/connect">All servers that you can connect</a></p>`
}`,
  }
}

const INTRODUCTION = 'A server that you connect sees your own account there.'

function renderLeave({ leave }: Pick<AccountsPage, 'leave'>): Html {
  return html`<form method="post" action="/connect/leave">
<input type="hidden" name="form" value="${leave}">
<button class="plain">Log out</button></form>`
}

function describe({ word, server }: Told, shown: readonly Shown[]): string {
  const title =
    shown.find((one) => one.server.name === server)?.server.title ?? server
  return word === 'connected'
    ? `${title} is connected. You can close this page and go on in your client.`
    : `${title} is disconnected. The gateway has deleted what it kept of your sign-in.`
}

function renderOwn(own: readonly Shown[], hasShared: boolean): Html {
  if (own.length > 0) {
    return html`<ul class="list">${own.map(renderServer)}</ul>`
  }
  if (hasShared) return html``
  return html`<div class="card"><p>No server that you may use wants you to sign in.
There is nothing to do here.</p></div>`
}

function renderServer({ server, account, begin, disconnect }: Shown): Html {
  const { name, title } = server
  const state = account?.state ?? 'absent'
  if (server.via === 'login') return renderVouched(server, account, begin)
  const again = state === 'absent' ? 'Connect' : 'Connect again'
  const main = state === 'connected' ? html` class="plain"` : undefined
  return html`<li class="card">
<div class="top"><h2>${title}</h2>${renderState(state)}</div>
<p class="facts">${describeServer(server)}</p>
${renderAccount(account)}
<div class="acts">
<form method="post" action="/connect/${name}/begin">
<input type="hidden" name="form" value="${begin}">
<button${main}>${again}<span class="vh"> ${title}</span></button></form>
${
  account &&
  html`<form method="post" action="/connect/${name}/disconnect">
<input type="hidden" name="form" value="${disconnect}">
<button class="plain">Disconnect<span class="vh"> ${title}</span></button></form>`
}
</div></li>
`
}

function describeServer({ name, host, tools }: Usable): Html {
  const count =
    tools === undefined
      ? 'its tools are listed after the first sign-in'
      : `${countTools(tools)} for you`
  return html`<code>${name}</code> at ${host}, ${count}`
}

/** A server that takes the word of the company's provider. */
function renderVouched(
  server: Usable,
  account: Account | undefined,
  begin: string,
): Html {
  const { name, title } = server
  const state = account?.state ?? 'absent'
  const trouble = account?.trouble
  return html`<li class="card">
<div class="top"><h2>${title}</h2>${renderState(state)}</div>
<p class="facts">${describeServer(server)}</p>
<p>The login of your company opens it. ${
    state === 'connected'
      ? html`As <strong>${account?.subject ?? ''}</strong>; the gateway renews it by itself.`
      : 'It is connected when you first use it.'
  }</p>
${trouble === undefined ? undefined : html`<p class="facts">The last try failed: ${trouble}.</p>`}
${
  state === 'connected'
    ? undefined
    : html`<div class="acts"><form method="post" action="/connect/${name}/begin">
<input type="hidden" name="form" value="${begin}">
<button>Connect<span class="vh"> ${title}</span></button></form></div>`
}</li>
`
}

const STATES = Object.freeze({
  connected: 'Connected',
  ended: 'You must sign in again',
  absent: 'Not connected',
})

function renderState(state: keyof typeof STATES): Html {
  return html`<span class="state ${state}">${STATES[state]}</span>`
}

function renderAccount(account: Account | undefined): Html | undefined {
  if (!account) return undefined
  const { subject, since, renewed, until, trouble, state } = account
  if (state === 'ended') {
    return html`<p>The server no longer accepts your sign-in of ${renderTime(since)}.
Connect again to go on.</p>`
  }
  const whose = html`As <strong>${subject ?? 'the gateway'}</strong>, since ${renderTime(since)}.`
  const end =
    until === null
      ? html`The gateway renews it by itself${
          renewed > since ? html`, last ${renderTime(renewed)}` : undefined
        }.`
      : html`It ends ${renderTime(until)}; then you must sign in again.`
  const last =
    trouble === undefined
      ? undefined
      : html`<p class="facts">The last renewal failed: ${trouble}. The gateway tries again.</p>`
  return html`<p>${whose} ${end}</p>${last}`
}

const SHARED = Object.freeze({
  connected: 'Connected',
  ended: 'An operator must sign in again',
  absent: 'Not connected',
})

function renderShared(shared: readonly Shown[]): Html | undefined {
  if (shared.length === 0) return undefined
  return html`<p class="group">Shared by all: an operator connects these</p>
<ul class="list">${shared.map(
    ({
      server: { title, name },
      account,
    }) => html`<li class="card"><div class="top">
<h2>${title}</h2><span class="state ${account?.state ?? 'absent'}">${
      SHARED[account?.state ?? 'absent']
    }</span></div><p class="facts"><code>${name}</code></p></li>
`,
  )}</ul>`
}
