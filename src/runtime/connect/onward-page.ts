// The page that sends the browser to where the person signs in.
// In: an address of the authorization server. Out: a page.
// INVARIANT: only https, or http on this host. It is no redirect: Chromium holds
// the redirect of a form against `form-action`, which names only us.

import { isLoopback } from '../../contract/hosts.ts'
import { html } from './html.ts'
import type { Page } from './page.ts'

/** Undefined: no browser may be sent there. */
export function renderOnward(
  url: URL,
  cookies: readonly string[] = [],
): Page | undefined {
  const { protocol, hostname, host, href } = url
  const isOwn = protocol === 'http:' && isLoopback(hostname)
  if (protocol !== 'https:' && !isOwn) return undefined
  return {
    title: `Go on at ${host}`,
    onward: href,
    cookies,
    main: html`<p>You sign in at <strong>${host}</strong>, and come back here
afterwards.</p>
<p><a class="button" href="${href}">Continue to ${host}</a></p>`,
  }
}
