// Asks a gateway what a token may do.
// In: an endpoint, a token. Out: a WhoAmI.
// INVARIANT: no redirect is followed; only the origin of the endpoint gets the
// token.

import type { WhoAmI } from '../contract/whoami.ts'
import { plain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { explainNoAnswer, explainRefusal } from './mcp/failure.ts'
import { type Endpoint, NoAnswer } from './mcp/post.ts'

const PATIENCE = 10_000

export async function askWho({ url, token }: Endpoint): Promise<WhoAmI> {
  const { origin } = new URL(url)
  const { request } = await import('undici')
  const response = await request(`${origin}/whoami`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    signal: AbortSignal.timeout(PATIENCE),
  }).catch((error: NodeJS.ErrnoException) => {
    throw new NoAnswer(error.code ?? error.name)
  })
  const { statusCode: status, headers } = response
  const text = await response.body.text()
  const value = readJson(text)
  if (status === 200 && typeof value.subject === 'string') {
    return value as unknown as WhoAmI
  }
  if (status === 404 || status === 200) {
    throw new Unanswerable(
      plain`${origin} does not tell a token what it may do\nhelp: is it a gateway of this release?`,
    )
  }
  const answer = { status, headers, text, message: undefined }
  const { what, help } = explainRefusal(answer, token, origin)
  throw new Unanswerable(plain`${origin}: ${what}\nhelp: ${help}`)
}

/** As `askWho`, with a sentence where nobody answers. */
export async function mustAskWho(endpoint: Endpoint): Promise<WhoAmI> {
  try {
    return await askWho(endpoint)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    const { what, help } = explainNoAnswer(error.code)
    throw new Unanswerable(plain`${endpoint.url}: ${what}\nhelp: ${help}`)
  }
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
