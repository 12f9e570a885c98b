// The page that asks for the gateway token.
// In: where the person wants to go, what failed before. Out: a page.
// INVARIANT: the same for every server, whether it exists or not.

import { type Html, html } from './html.ts'
import type { Page } from './page.ts'
import { renderAlert } from './texts.ts'

export interface Entrance {
  /** The server of the address; undefined: all. */
  readonly server?: string | undefined
  readonly failure?: string | undefined
  /** Where people of the company sign in; undefined: nowhere. */
  readonly company?: string | undefined
}

export function renderEntrance({ server, failure, company }: Entrance): Page {
  return {
    title: 'Connect your accounts',
    main: html`<p>Some servers behind this gateway want you to sign in with an
account of your own. Here you see which of them you have connected, and you can
connect them.</p>
${failure === undefined ? undefined : renderAlert(failure)}
${company === undefined ? undefined : renderCompanyForm(company, server)}
${renderTokenForm(server, failure !== undefined)}
<p class="facts">The gateway uses the token to recognise you, and keeps you logged
in here for at most an hour. It sends the token to no other server.</p>`,
  }
}

export function renderTokenForm(
  server: string | undefined,
  isWrong = false,
): Html {
  const invalid = isWrong ? html` aria-invalid="true"` : undefined
  const where = renderServerField(server)
  return html`<form class="card" method="post" action="/connect/session">
<label for="token">Gateway token</label>
<p class="hint" id="token-hint">It begins with <code>gwt_</code>: the token that your
MCP client sends to this gateway.</p>
${where}
<input id="token" name="token" type="password" required autocomplete="off"
autocapitalize="none" spellcheck="false" aria-describedby="token-hint"${invalid}>
<button>Continue</button>
</form>`
}

function renderCompanyForm(host: string, server: string | undefined): Html {
  return html`<form class="card" method="post" action="/connect/login">
${renderServerField(server)}
<p class="hint">With the login of your company:</p>
<button>Sign in with ${host}</button>
</form>
<p class="group">Or with a token of this gateway</p>`
}

function renderServerField(server: string | undefined): Html | undefined {
  return server === undefined
    ? undefined
    : html`<input type="hidden" name="server" value="${server}">`
}
