// The pages that say what failed and what to do.
// In: a problem, or the failure of a sign-in. Out: a page.
// INVARIANT: a failure of the sign-in shows a text only where it is meant for
// people; anything else goes to the log.

import type { SignInFailure } from '../oauth/problem.ts'
import { renderTokenForm } from './enter-page.ts'
import { html } from './html.ts'
import type { Page } from './page.ts'
import { PROBLEMS, type ProblemName } from './problems.ts'

export function renderProblem(
  name: ProblemName,
  server?: string,
  waitMs?: number,
): Page {
  const { status, title, text } = PROBLEMS[name]
  const seconds = String(Math.max(1, Math.ceil((waitMs ?? 0) / 1_000)))
  const asks = name === 'session'
  return {
    status,
    title,
    main: html`<div class="card note bad" role="alert"><p>${text}</p></div>
${asks ? renderTokenForm(server) : renderBack(server)}`,
    ...(waitMs !== undefined && { headers: { 'retry-after': seconds } }),
  }
}

/** `server`: its name, where the person may know it. */
export function renderFailure(failure: SignInFailure, server: string): Page {
  const { text, detail } = explain(failure)
  return {
    status: 502,
    title: 'The sign-in did not succeed',
    main: html`<div class="card note bad" role="alert"><p>${text}</p>${
      detail && html`<p>The reason: ${detail}</p>`
    }</div>
${renderBack(server)}`,
  }
}

function explain({ kind, detail, advice }: SignInFailure) {
  switch (kind) {
    case 'denied':
      return {
        text: `Your company does not let you use this server. ${advice ?? ''}`,
        detail,
      }
    case 'unreachable':
      return {
        text: 'The server, or where you sign in for it, cannot be reached now. Nothing was changed. Try again in a minute; if that does not help, tell the operator of the gateway.',
        detail: undefined,
      }
    case 'secret':
      return {
        text: 'The gateway lacks a secret that it needs for this. Nothing was changed. Tell the operator of the gateway; its log names the secret.',
        detail: undefined,
      }
    default:
      return {
        text: 'Nothing was changed. Try again; if the reason stays the same, show this page to the operator of the gateway.',
        detail,
      }
  }
}

function renderBack(server: string | undefined) {
  const path = server === undefined ? '/connect' : `/connect/${server}`
  return html`<p><a class="button" href="${path}">Back to the page</a></p>`
}
