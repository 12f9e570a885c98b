// Both ends of an identity assertion (ID-JAG): the provider that gives one for an
// ID token, and the authorization server that takes it.
// In: providers of oidc-provider. Out: the same, with the two grants.

import { createLocalJWKSet, type JWK, jwtVerify } from 'jose'

interface Context {
  readonly oidc: {
    readonly client: { readonly clientId: string }
    readonly params: Readonly<Record<string, string | undefined>>
    entity(name: string, value: unknown): void
  }
  body: unknown
}

interface Token {
  resourceServer: unknown
  scope: string
  save(): Promise<string>
}

/** What of oidc-provider is used for grants of ours. */
export interface GrantTypes {
  registerGrantType(
    name: string,
    answer: (context: Context) => Promise<void>,
    parameters: readonly string[],
  ): void
  readonly AccessToken: new (one: object) => Token
  readonly ResourceServer: new (resource: string, info: object) => object
}

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag'

/** What a provider does about assertions. */
export interface Exchanges {
  /** The error code for a person at an audience; undefined: it vouches. */
  refuse: (sub: string, audience: string) => string | undefined
  /** By audience: the gateway as that authorization server knows it. */
  readonly clients: Record<string, string>
  /** What was exchanged, and what was given for it. */
  readonly given: {
    readonly asked: Readonly<Record<string, string | undefined>>
    readonly assertion: string
  }[]
  readonly jwk: object
}

interface Vouching {
  readonly issuer: string
  readonly exchanges: Exchanges
  vouch(claims: object): Promise<string>
}

/** The provider of a company vouches for its people. */
export function exchangeWords(provider: GrantTypes, one: Vouching): void {
  const parameters = [
    'requested_token_type',
    'audience',
    'resource',
    'scope',
    'subject_token',
    'subject_token_type',
  ]
  const { exchanges } = one
  const answer = async (context: Context) => {
    const { client, params } = context.oidc
    const word = await readWord(one, params.subject_token, client.clientId)
    const { audience = '', resource, scope } = params
    const isAsked =
      params.requested_token_type === ID_JAG &&
      params.subject_token_type?.endsWith(':id_token')
    const code = !isAsked
      ? 'invalid_request'
      : word === undefined
        ? 'invalid_grant'
        : exchanges.refuse(word, audience)
    if (code !== undefined) throw await makeError(code, 'canary-of-a-refusal')
    const claims = {
      sub: word,
      aud: audience,
      client_id: exchanges.clients[audience] ?? 'gw',
      jti: crypto.randomUUID(),
      ...(resource !== undefined && { resource }),
      ...(scope !== undefined && { scope }),
    }
    const assertion = await one.vouch(claims)
    exchanges.given.push({ asked: { ...params }, assertion })
    context.body = {
      issued_token_type: ID_JAG,
      access_token: assertion,
      token_type: 'N_A',
      expires_in: 300,
    }
  }
  provider.registerGrantType(TOKEN_EXCHANGE, answer, parameters)
}

/** Whom an ID token names that was given to this client. */
async function readWord(
  { issuer, exchanges }: Vouching,
  token = '',
  audience: string,
): Promise<string | undefined> {
  const keys = createLocalJWKSet({ keys: [exchanges.jwk as JWK] })
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience })
    return payload.sub
  } catch {
    return undefined
  }
}

async function makeError(code: string, text = 'it says no'): Promise<Error> {
  const name: string = 'oidc-provider/lib/helpers/errors.js'
  const { CustomOIDCProviderError } = (await import(name)) as {
    CustomOIDCProviderError: new (code: string, text: string) => Error
  }
  return new CustomOIDCProviderError(code, text)
}

/** Whose assertions an authorization server takes. */
export interface Trusted {
  readonly issuer: string
  readonly jwk: object
  /** The account of a person of that provider; undefined: none. */
  accountOf(sub: string): string | undefined
}

interface Taking {
  readonly issuer: string
  readonly life: number
  readonly trusts: Trusted | undefined
}

/** An authorization server takes the word of a provider for people. */
export function takeAssertions(provider: GrantTypes, one: Taking): void {
  const answer = async (context: Context) => {
    const { client, params } = context.oidc
    const { assertion = '' } = params
    const said = await readAssertion(one, assertion, client.clientId)
    if (!said) throw await makeError('invalid_grant')
    const token = new provider.AccessToken({
      accountId: said.account,
      client,
      gty: JWT_BEARER,
    })
    token.resourceServer = new provider.ResourceServer(said.resource, {
      scope: 'read write',
      audience: said.resource,
      accessTokenTTL: one.life,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256' } },
    })
    token.scope = said.scope
    context.oidc.entity('AccessToken', token)
    context.body = {
      access_token: await token.save(),
      token_type: 'Bearer',
      expires_in: one.life,
      scope: said.scope,
    }
  }
  provider.registerGrantType(JWT_BEARER, answer, ['assertion', 'scope'])
}

async function readAssertion(
  { issuer: audience, trusts }: Taking,
  assertion: string,
  client: string,
) {
  if (!trusts) return undefined
  const { issuer } = trusts
  const keys = createLocalJWKSet({ keys: [trusts.jwk as JWK] })
  try {
    const typ = 'oauth-id-jag+jwt'
    const found = await jwtVerify(assertion, keys, { issuer, audience, typ })
    const { sub = '', resource, scope, client_id: of } = found.payload
    const account = trusts.accountOf(sub)
    if (of !== client || account === undefined) return undefined
    return { account, resource: String(resource), scope: String(scope ?? '') }
  } catch {
    return undefined
  }
}
