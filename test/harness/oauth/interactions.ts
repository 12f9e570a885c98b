// Sign-in of people at the authorization server of a test, and their browser.
// In: a provider; the address where somebody signs in. Out: what the provider
// needs for that; the address that the browser is sent back to.

import type { IncomingMessage, ServerResponse } from 'node:http'

interface Details {
  readonly uid: string
  readonly prompt: {
    readonly name: string
    readonly details: {
      readonly missingOIDCScope?: readonly string[]
      readonly missingResourceScopes?: Readonly<
        Record<string, readonly string[]>
      >
    }
  }
  readonly params: { readonly client_id: string; readonly login_hint?: string }
  readonly session?: { readonly accountId: string }
  readonly grantId?: string
}

interface Grant {
  addOIDCScope(scope: string): void
  addResourceScope(resource: string, scope: string): void
  rejectOIDCScope(scope: string): void
  rejectResourceScope(resource: string, scope: string): void
  save(): Promise<string>
}

interface GrantClass {
  new (one: { accountId: string; clientId: string }): Grant
  find(id: string): Promise<Grant>
}

/** What of oidc-provider is used for interactions. */
export interface Interactive {
  readonly Grant: GrantClass
  interactionDetails(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Details>
  interactionFinished(
    request: IncomingMessage,
    response: ServerResponse,
    result: object,
    options: { mergeWithLastSubmission: boolean },
  ): Promise<void>
}

export interface Choices {
  /** Who signs in, without a hint. */
  person: string
  /** Whether the person refuses. */
  refuses: boolean
  /** Scopes that the person does not give. */
  withheld: readonly string[]
}

export const INTERACTION = '/interaction/'

/** Signs in and consents at once, in place of a page. */
export async function interact(
  provider: Interactive,
  { person, refuses, withheld }: Choices,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const details = await provider.interactionDetails(request, response)
  const finish = (result: object) =>
    provider.interactionFinished(request, response, result, {
      mergeWithLastSubmission: true,
    })
  if (refuses) {
    const error_description = 'The person pressed Cancel'
    return finish({ error: 'access_denied', error_description })
  }
  const { prompt, params, session, grantId } = details
  if (prompt.name === 'login') {
    return finish({ login: { accountId: params.login_hint ?? person } })
  }
  const accountId = session?.accountId ?? person
  const clientId = params.client_id
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId, clientId })
  const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details
  for (const scope of missingOIDCScope) {
    if (withheld.includes(scope)) grant.rejectOIDCScope(scope)
    else grant.addOIDCScope(scope)
  }
  for (const [resource, scopes] of Object.entries(missingResourceScopes)) {
    for (const scope of scopes) {
      if (withheld.includes(scope)) grant.rejectResourceScope(resource, scope)
      else grant.addResourceScope(resource, scope)
    }
  }
  return finish({ consent: { grantId: await grant.save() } })
}

/** A browser: follows redirects with its cookies, up to an address that begins
 * so, which it does not open. */
export async function browse(
  from: URL | string,
  upTo: string,
  cookies: Map<string, string> = new Map(),
): Promise<URL> {
  let at = new URL(from)
  for (let hop = 0; hop < 12; hop++) {
    if (at.href.startsWith(upTo)) return at
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const answer = await fetch(at, { headers: { cookie }, redirect: 'manual' })
    for (const one of answer.headers.getSetCookie()) {
      const [pair = ''] = one.split(';')
      const cut = pair.indexOf('=')
      cookies.set(pair.slice(0, cut), pair.slice(cut + 1))
    }
    const location = answer.headers.get('location')
    if (!location) {
      const text = (await answer.text()).replace(/<style[\s\S]*?<\/style>/g, '')
      const words = text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
      throw new Error(`${at.pathname} shows HTTP ${answer.status}: ${words}`)
    }
    at = new URL(location, at)
  }
  throw new Error('too many redirects')
}
