// The page that asks a person whether a program may act for them.
// In: a visit, the person, what they may use. Out: a page.
// INVARIANT: what a program says of itself is marked so; where it sends the
// person to is shown as a host that nobody else can choose.

import { type Html, html } from '../connect/html.ts'
import type { Page } from '../connect/page.ts'
import { countTools } from '../connect/texts.ts'
import type { Place } from './redirects.ts'
import type { Visit } from './visits.ts'

export interface ConsentPage {
  readonly visit: Visit
  readonly subject: string
  readonly team: string
  readonly tools: number
  /** Proves that the form is ours, for this browser and this visit. */
  readonly form: string
}

export function renderConsent(page: ConsentPage): Page {
  const { visit, subject, team, tools, form } = page
  return {
    title: 'May this program act for you?',
    main: html`<p>You are <strong>${subject}</strong>, in the team ${team}.</p>
<div class="card">
${renderProgram(visit)}
<p>${renderPlace(visit.place)}</p>
<p>If you allow it, it can use in your name what you may use here:
<strong>${countTools(tools)}</strong>. The gateway records each use.</p>
<form method="post" action="/login/consent/${visit.uid}">
<input type="hidden" name="form" value="${form}">
<div class="acts">
<button name="choice" value="allow">Allow</button>
<button class="plain" name="choice" value="refuse">Refuse</button>
<button class="plain" name="choice" value="other">Use another account</button>
</div></form></div>
<p class="facts">Refuse if you did not just start this in a program of your own.</p>`,
  }
}

function renderProgram({ name, client }: Visit): Html {
  const host = hostOf(client)
  const own =
    name === ''
      ? html`<p>The program does not say its name.</p>`
      : html`<p>The program calls itself <strong>“${name}”</strong>. Anybody can choose
this name; the gateway does not check it.</p>`
  return host === undefined
    ? own
    : html`${own}
<p>It is described at <strong>${host}</strong>.</p>`
}

/** Of a client that is named by its document. */
function hostOf(client: string): string | undefined {
  return URL.canParse(client) ? new URL(client).host : undefined
}

function renderPlace({ host, isLocal }: Place): Html {
  if (!isLocal) {
    return html`It sends you, and the permission, to <strong>${host}</strong>.`
  }
  const which =
    host === 'loopback'
      ? html`a program that runs on <strong>this computer</strong>`
      : html`the program on <strong>this computer</strong> that opens <code>${host}</code> addresses`
  return html`The permission goes to ${which}.`
}

/** After the choice. `onward`: an address of ours, which goes on to the client. */
export function renderBack(
  visit: Visit,
  onward: string,
  isAllowed: boolean,
): Page {
  const { place } = visit
  const where = place.isLocal ? 'your program' : place.host
  return {
    title: isAllowed ? 'You have allowed it' : 'You have refused it',
    onward,
    main: html`<p>You go back to ${where} now. You can close this page afterwards.</p>
<p><a class="button" href="${onward}">Go back to ${where}</a></p>`,
  }
}

/** Somebody who may do nothing here. */
export function renderNobody(
  why: NobodyReason,
  subject: string | null,
  onward: string | undefined,
): Page {
  const name =
    subject === null
      ? undefined
      : html`<p>You signed in as <strong>${subject}</strong>.</p>`
  return {
    status: 403,
    title: 'You have no access here',
    main: html`<div class="card note bad" role="alert">${name}<p>${REASONS[why]}</p></div>
${onward && html`<p><a class="button" href="${onward}">Go back to the program</a></p>`}`,
  }
}

const REASONS = Object.freeze({
  'no team':
    'None of your groups at your company belongs to a team of this gateway. Ask the operator of the gateway which group you need, and the people who manage your account to put you into it. Then sign in again.',
  'no subject':
    'Your company’s provider did not send the name by which this gateway knows people. Show this page to the operator of the gateway: `login.subject` names the claim.',
  'email not verified':
    'Your company’s provider says that your email address is not verified. Verify it there, then sign in again.',
  'too many groups':
    'You are in more groups than your company’s provider sends. Show this page to the operator of the gateway: the provider must send only the groups that the gateway needs.',
  'logged out':
    'Your company’s provider has ended the session that you signed in with. Sign in again.',
  revoked:
    'An operator of this gateway has ended your sign-ins. Log out at your company’s provider, then sign in again; if that does not help, ask the operator.',
  expired: 'Your sign-in is too old. Sign in again.',
  'no login': 'This gateway no longer uses that provider. Start again.',
})

export type NobodyReason = keyof typeof REASONS
