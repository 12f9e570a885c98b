// Tokens for a program that the company's provider vouches for: the assertion
// grant (RFC 7523) with an identity assertion of the provider (ID-JAG).
// INVARIANT: an assertion is of the provider, for this server, this client and
// this resource, and counts once; the person is judged by the running table.

import type { AccessToken, Context } from 'oidc-provider/lib/provider.js'
import { type Claims, readIdentity } from '../../table/login.ts'
import { ProviderKeys } from '../login/provider-keys.ts'
import { JWT_BEARER } from '../oauth/vouch.ts'
import { judgePerson } from '../stages/person.ts'
import type { LoginParts, OwnServer } from './context.ts'
import type { KeptPerson } from './kept.ts'
import { identify, idOf, readSignIn, toPerson } from './people.ts'
import { isResource } from './resource.ts'

type Errors = typeof import('oidc-provider/lib/helpers/errors.js')

const TYPE = 'oauth-id-jag+jwt'
const MAX_AGE_S = 600
const TOLERANCE_S = 30

/** Whom the tokens of assertions are for: no record of them is kept. */
export type Vouched = WeakMap<AccessToken, KeptPerson>

export interface AssertionGrant {
  answer(context: Context): Promise<void>
}

export function makeAssertionGrant(
  server: OwnServer,
  { runtime }: LoginParts,
  errors: Errors,
  vouched: Vouched,
): AssertionGrant {
  const { clock, log } = runtime
  const { provider: company } = server.company
  const { issuer } = server.login
  const keys = new ProviderKeys({
    clock,
    read: () => company.readKeys(),
    note: (problem) => log.warn({ issuer, problem }, 'keys of the provider'),
  })
  const lifeMs = (MAX_AGE_S + 2 * TOLERANCE_S) * 1_000
  const refuse = (why: string) => new errors.InvalidGrant(why)
  const read = (assertion: unknown, client: string) =>
    readAssertion(server, keys, assertion, client)
  return {
    answer: async (context) => {
      const { client, params } = context.oidc
      if (!client || client.tokenEndpointAuthMethod === 'none') {
        throw refuse('a client must prove who it is to use an assertion')
      }
      const claims = await read(params.assertion, client.clientId)
      if (typeof claims === 'string') throw refuse(claims)
      const once = `${claims.iss} ${claims.jti}`
      const isFirst = await server.state.useOnce(once, clock.now() + lifeMs)
      if (!isFirst) throw refuse('the assertion was used already')
      const person = await readPerson(server, claims, clock.now())
      if (typeof person === 'string') throw refuse(person)
      const now = clock.now()
      const whole = toPerson(person, person, now + 1_000)
      const fault = judgePerson(runtime.routing, whole, now)
      if (fault !== undefined)
        throw refuse(`the person has no access: ${fault}`)
      await giveToken(server, context, person, vouched)
    },
  }
}

/** A text: why it does not count. */
async function readAssertion(
  { login, issuer, resource }: OwnServer,
  keys: ProviderKeys,
  assertion: unknown,
  client: string,
): Promise<Claims | string> {
  if (typeof assertion !== 'string') return 'there is no assertion'
  const { jwtVerify } = await import('jose')
  try {
    const { payload } = await jwtVerify(
      assertion,
      async ({ alg, kid }) => {
        const key = await keys.find({ algorithm: alg, kid })
        if ('problem' in key) throw new Error(key.problem)
        return key
      },
      {
        issuer: login.issuer,
        typ: TYPE,
        algorithms: [...login.algorithms],
        clockTolerance: TOLERANCE_S,
        maxTokenAge: MAX_AGE_S,
        requiredClaims: ['aud', 'sub', 'client_id', 'jti', 'exp', 'iat'],
      },
    )
    if (payload.aud !== issuer) return `its audience must be ${issuer} alone`
    if (payload.client_id !== client) return 'it is for another client'
    if (!isResource(payload.resource, resource))
      return `its resource must be ${resource}`
    return payload
  } catch {
    return 'the assertion is not a valid one of the provider'
  }
}

async function readPerson(
  server: OwnServer,
  claims: Claims,
  now: number,
): Promise<KeptPerson | string> {
  const { login } = server
  const { sub, auth_time: time, iat } = claims
  const identity = identify(login, claims)
  if (typeof identity === 'string') {
    return `it does not say who the person is: ${identity}`
  }
  const one = { issuer: login.issuer, sub: String(sub) }
  const hasOwn = readIdentity(login, claims) !== 'no groups'
  return {
    ...one,
    subject: identity.subject,
    groups: hasOwn ? identity.groups : await askGroups(server, one, now),
    authenticated: readSignIn(time ?? iat, now),
    seen: now,
    refreshToken: null,
    allowed: [],
  }
}

/** Where the provider puts no groups into assertions, those that it says now, or
 * has said within `maxAge`, count. */
async function askGroups(
  { login, renewals }: OwnServer,
  person: Parameters<typeof idOf>[0],
  now: number,
): Promise<readonly string[]> {
  const known = await renewals.renew(idOf(person)).catch(() => undefined)
  return known && now - known.seen < login.maxAge ? known.groups : []
}

async function giveToken(
  server: OwnServer,
  context: Context,
  person: KeptPerson,
  vouched: Vouched,
): Promise<void> {
  const provider = await server.open()
  const { client } = context.oidc
  const accountId = idOf(person)
  const token = new provider.AccessToken({ accountId, client, gty: JWT_BEARER })
  const scope = server.scopes.join(' ')
  const life = Math.ceil(server.server.accessToken / 1_000)
  token.resourceServer = new provider.ResourceServer(server.resource, {
    scope,
    audience: server.resource,
    accessTokenTTL: life,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'ES256' } },
  })
  token.scope = scope
  vouched.set(token, person)
  context.oidc.entity('AccessToken', token)
  const value = await token.save()
  context.body = {
    access_token: value,
    token_type: 'Bearer',
    expires_in: token.expiration,
    scope,
  }
}
