// Somebody logs out at the company's provider, in their browser.
// In: the browser, the provider. Out: resolves when the provider has told all.

import type { Identities } from './identities.ts'
import type { Visitor } from './oauth-client.ts'

export async function leave(
  { issuer }: Pick<Identities, 'issuer'>,
  visitor: Visitor,
): Promise<void> {
  const page = await visitor.open(`${issuer}/session/end`)
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page.body) ?? []
  const form = { xsrf, logout: 'yes' }
  const done = await visitor.open(`${issuer}/session/end/confirm`, { form })
  if (done.status !== 303) throw new Error(`HTTP ${done.status}: ${done.body}`)
}
