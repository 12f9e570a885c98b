// The page on which an operator connects a shared account.
// In: the server of the address, what failed before. Out: a page.
// INVARIANT: the same for every server, whether it exists or not.

import { html } from './html.ts'
import type { Page } from './page.ts'
import { renderAlert, renderStatus } from './texts.ts'

export function renderOperator(
  server: string,
  failure: string | undefined,
  status = 200,
): Page {
  const invalid = failure === undefined ? undefined : html` aria-invalid="true"`
  return {
    status,
    title: 'Connect a shared account',
    main: html`<p>An operator of the gateway signs in here once, with an account that
all callers of the server then share.</p>
${failure === undefined ? undefined : renderAlert(failure)}
<form class="card" method="post" action="/connect/${server}/operator">
<label for="code">Code</label>
<p class="hint" id="code-hint">Eight signs, such as <code>ABCD-EFGH</code>, that
<code>gateway connect SERVER --as gateway</code> printed.</p>
<input id="code" name="code" required autocomplete="off" autocapitalize="characters"
spellcheck="false" maxlength="20" aria-describedby="code-hint"${invalid}>
<button>Continue</button>
</form>`,
  }
}

export function renderOperatorDone(server: string): Page {
  return {
    title: 'The shared account is connected',
    main: renderStatus(
      `All callers of ${server} now use this account. You can close this page.`,
    ),
  }
}
