// What oidc-provider asks us while it answers.
// In: its context. Out: the page of a visit, people, claims, refusals.
// INVARIANT: a person is judged by the running table before a code or a refresh
// token becomes an access token.

import type { Context, Interaction } from 'oidc-provider/lib/provider.js'
import { readAddress } from '../connect/arrival.ts'
import { bindBrowser } from '../connect/browser.ts'
import { MOUNT } from '../login/addresses.ts'
import { describeProblem } from '../oauth/problem.ts'
import { judgePerson, type PersonFault } from '../stages/person.ts'
import type { Vouched } from './assertion.ts'
import type { LoginParts, OwnServer } from './context.ts'
import { showError } from './early-error.ts'
import type { KeptPerson, SignInThere } from './kept.ts'
import type { OidcParts, Token } from './oidc-config.ts'
import { nameSite } from './pace.ts'
import { toPerson } from './people.ts'
import { judgeRedirect } from './redirects.ts'
import { cleanName, pickMembers } from './registration.ts'

type Errors = typeof import('oidc-provider/lib/helpers/errors.js')

type Hooks = Pick<
  OidcParts,
  | 'visit'
  | 'findPerson'
  | 'judgeRegistration'
  | 'mayFetch'
  | 'claimsOf'
  | 'renderError'
>

export function makeHooks(
  server: OwnServer,
  parts: LoginParts,
  errors: Errors,
  vouched: Vouched,
): Hooks {
  return {
    visit: async (context, interaction) =>
      beginVisit(server, parts, errors, context, interaction),
    findPerson: (id, token) => findPerson(server, parts, errors, id, token),
    judgeRegistration: (context) =>
      judgeRegistration(server, parts, errors, context),
    mayFetch: ({ req }) =>
      parts.loginPace.charge('document', readAddress(parts, { raw: req })) ===
      0,
    claimsOf: (token) => {
      const known = vouched.get(token)
      if (known) return writeClaims(known, known)
      const person = server.state.people.get(token.accountId)
      const signIn = server.state.signInOf(token.grantId ?? '')
      return person ? writeClaims(person, signIn ?? person) : {}
    },
    renderError: (context, out) => showError(context, out),
  }
}

/** What a token says of its person. */
function writeClaims(
  person: KeptPerson,
  { authenticated, session = null }: SignInThere,
): object {
  const { issuer, sub, subject, groups } = person
  return {
    auth_time: Math.floor(authenticated / 1_000),
    person: { issuer, sub, subject, groups, ...(session && { session }) },
  }
}

function beginVisit(
  { login, server }: OwnServer,
  parts: LoginParts,
  errors: Errors,
  context: Context,
  { uid, params }: Interaction,
): string {
  const { client } = context.oidc
  if (!client) throw new errors.AccessDenied('there is no client')
  const { clientId } = client
  if (login.clients && !login.clients.includes(clientId)) {
    throw new errors.AccessDenied(
      'the operator of this gateway does not allow this client',
    )
  }
  const place = judgeRedirect(params.redirect_uri, server.redirects)
  if (typeof place === 'string') throw new errors.InvalidRedirectUri(place)
  const bound = bindBrowser(parts, context.req.headers.cookie)
  context.append('set-cookie', bound.cookies)
  const { prompt } = params
  parts.visits.begin({
    uid,
    browser: bound.browser,
    network: nameSite(readAddress(parts, { raw: context.req })),
    client: clientId,
    name: cleanName(client.clientName),
    place,
    prompt: typeof prompt === 'string' ? pickPrompt(prompt) : undefined,
  })
  return `${MOUNT}/consent/${uid}`
}

/** Those that the provider must know of; our own consent is asked anyway. */
function pickPrompt(prompt: string): string | undefined {
  const known = ['login', 'select_account']
  return known.find((one) => prompt.split(' ').includes(one))
}

/** A sign-in that is not known counts as before every revocation. */
const NO_SIGN_IN: SignInThere = Object.freeze({ authenticated: 0 })

/** Whether a sign-in has ended for good. */
export function isOver(fault: PersonFault | undefined): boolean {
  return fault === 'revoked' || fault === 'logged out'
}

/** With a refresh token the provider is asked again. */
async function findPerson(
  server: OwnServer,
  parts: LoginParts,
  errors: Errors,
  id: string,
  token: Token | undefined,
): Promise<string | undefined> {
  const kept = server.state.people.get(id)
  if (!kept || !token) return kept && id
  // Whoever brings one that was used gets nothing: oidc-provider ends it.
  const isAsked = token.kind === 'RefreshToken' && token.consumed === undefined
  const signIn = server.state.signInOf(token.grantId ?? '') ?? NO_SIGN_IN
  const judge = (one: KeptPerson) => judgeKept(parts, one, signIn)
  if (isOver(judge(kept))) {
    await server.state.endSignIn(token.grantId ?? '')
    return undefined
  }
  const person = isAsked ? await askAgain(server, parts, errors, id) : kept
  if (person && judge(person) === undefined) return id
  if (isAsked) {
    await server.state.noteEnded(id)
    parts.endOpen(kept)
  }
  return undefined
}

async function askAgain(
  { renewals }: OwnServer,
  { runtime }: LoginParts,
  errors: Errors,
  id: string,
): Promise<KeptPerson | undefined> {
  try {
    return await renewals.renew(id)
  } catch (error) {
    const { detail } = describeProblem(error, (text) => text)
    runtime.log.warn({ reason: detail }, 'the provider cannot be asked again')
    const busy = new errors.TemporarilyUnavailable(
      'the provider of identities cannot be asked now: try again in a minute',
    )
    throw Object.assign(busy, { status: 503, statusCode: 503 })
  }
}

/** Why a sign-in gives nothing now; undefined: it does. */
export function judgeKept(
  { runtime }: Pick<LoginParts, 'runtime'>,
  kept: KeptPerson,
  signIn: SignInThere,
): PersonFault | undefined {
  const now = runtime.clock.now()
  // The life of the sign-in itself is that of its refresh token.
  const person = toPerson(kept, signIn, now + 1_000)
  return judgePerson(runtime.routing, person, now)
}

/** What counts of a registration takes the place of what was sent. */
function judgeRegistration(
  { server }: OwnServer,
  parts: LoginParts,
  errors: Errors,
  { req, oidc }: Context,
): void {
  const { loginPace } = parts
  const waitMs = loginPace.charge(
    'registration',
    readAddress(parts, { raw: req }),
  )
  if (waitMs > 0) {
    const busy = new errors.TemporarilyUnavailable(
      'too many registrations from your network: try again in a minute',
    )
    throw Object.assign(busy, { status: 429, statusCode: 429 })
  }
  const members = pickMembers(oidc.body, server.redirects)
  if (typeof members === 'string') {
    throw new errors.InvalidClientMetadata(members)
  }
  const { client_id: _, ...rest } = members
  oidc.body = rest
}
