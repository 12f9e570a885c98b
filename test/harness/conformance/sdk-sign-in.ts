// What the SDK's own client does where the suite's server wants sign-in: the
// second opinion beside the gateway.
// In: the scenario, what the suite says about it. Out: a provider for it; the
// callback of a sign-in at an authorization server that asks nobody.
// INVARIANT: what one issuer gave is kept under that issuer.

import {
  type AuthProvider,
  ClientCredentialsProvider,
  CrossAppAccessProvider,
  DpopSession,
  type OAuthClientProvider,
  PrivateKeyJwtProvider,
  requestJwtAuthorizationGrant,
} from '@modelcontextprotocol/client'

/** What the suite says about a scenario. */
export type SignInContext = Readonly<Record<string, string | undefined>>

type Provider = AuthProvider | OAuthClientProvider

const REDIRECT = 'http://127.0.0.1:3000/callback'

/** The only address of a client's document that the suite takes. */
const DOCUMENT = 'https://conformance-test.local/client-metadata.json'

/** The suite's authorization servers sign somebody in at once. */
export class Browsing implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT
  readonly clientMetadataUrl = DOCUMENT
  readonly clientMetadata = {
    client_name: 'suite',
    redirect_uris: [REDIRECT],
    grant_types: ['authorization_code', 'refresh_token'],
    application_type: 'native',
  }
  readonly #clients = new Map<string, never>()
  readonly #tokens = new Map<string, never>()
  readonly #dpop: Promise<DpopSession> | undefined
  #verifier = ''
  #address: URL | undefined

  constructor(scenario: string, { client_id, client_secret }: SignInContext) {
    if (client_id) {
      this.#clients.set('', { client_id, client_secret } as never)
    }
    if (scenario.startsWith('auth/dpop')) this.#dpop = DpopSession.create()
  }

  dpop() {
    return this.#dpop
  }

  clientInformation({ issuer = '' } = {}) {
    return this.#clients.get(issuer) ?? this.#clients.get('')
  }

  saveClientInformation(client: unknown, { issuer = '' } = {}) {
    this.#clients.set(issuer, client as never)
  }

  tokens({ issuer = '' } = {}) {
    return this.#tokens.get(issuer) ?? [...this.#tokens.values()].at(-1)
  }

  saveTokens(tokens: unknown, { issuer = '' } = {}) {
    this.#tokens.delete(issuer)
    this.#tokens.set(issuer, tokens as never)
  }

  redirectToAuthorization(address: URL) {
    this.#address = address
  }

  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier
  }

  codeVerifier() {
    return this.#verifier
  }

  /** What the browser brings back. */
  async walk(): Promise<URLSearchParams> {
    const from = this.#address ?? new URL(REDIRECT)
    const { headers } = await fetch(from, { redirect: 'manual' })
    return new URL(headers.get('location') ?? '', from).searchParams
  }
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** A workload that has a JWT of its own. */
class Workload extends Browsing {
  readonly #assertion: string

  constructor(scenario: string, context: SignInContext) {
    super(scenario, context)
    this.#assertion = context.valid_jwt ?? ''
  }

  prepareTokenRequest() {
    const parameters = { grant_type: JWT_BEARER, assertion: this.#assertion }
    return new URLSearchParams(parameters)
  }
}

export function makeProvider(
  scenario: string,
  context: SignInContext,
): Provider {
  const { client_id: clientId = '', client_secret: clientSecret = '' } = context
  switch (scenario) {
    case 'auth/client-credentials-basic':
      return new ClientCredentialsProvider({ clientId, clientSecret })
    case 'auth/client-credentials-jwt':
      return new PrivateKeyJwtProvider({
        clientId,
        privateKey: context.private_key_pem ?? '',
        algorithm: context.signing_algorithm ?? 'ES256',
      })
    case 'auth/enterprise-managed-authorization':
      return new CrossAppAccessProvider({
        clientId,
        clientSecret,
        assertion: (asked) => exchange(asked, context),
      })
    case 'auth/wif-jwt-bearer':
      return new Workload(scenario, context)
    default:
      return new Browsing(scenario, context)
  }
}

async function exchange(
  asked: { authorizationServerUrl: string; resourceUrl: string },
  context: SignInContext,
): Promise<string> {
  const { jwtAuthGrant } = await requestJwtAuthorizationGrant({
    tokenEndpoint: context.idp_token_endpoint ?? '',
    audience: asked.authorizationServerUrl,
    resource: asked.resourceUrl,
    idToken: context.idp_id_token ?? '',
    clientId: context.idp_client_id ?? '',
  })
  return jwtAuthGrant
}
