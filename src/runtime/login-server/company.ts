// The gateway as a client of the company's provider: where people sign in there,
// and whom it names.
// INVARIANT: an ID token is verified (signature, issuer, audience, nonce, time)
// before a claim of it is read; the secret goes to the token endpoint alone.

import type { Client, TokenEndpointResponse } from 'oauth4webapi'
import type { Login, LoginServer } from '../../contract/login.ts'
import { type Claims, readIdentity } from '../../table/login.ts'
import { findPrograms } from '../../table/references.ts'
import { nameSession } from '../login/logouts.ts'
import { Provider } from '../login/provider.ts'
import { makeClientAuth, readCredential } from '../oauth/client-key.ts'
import { SignInProblem } from '../oauth/problem.ts'
import { TOKEN_EXCHANGE } from '../oauth/vouch.ts'
import type { Outward } from '../outward/outward.ts'
import type { SecretSource } from '../secrets/resolve.ts'
import {
  type AssertionAsk,
  exchangeForAssertion,
} from './assertion-exchange.ts'
import {
  describeFault,
  openProvider,
  type ProviderClient,
} from './provider-client.ts'

/** What a browser is sent away with, and must come back with. */
export interface Departure {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Undefined: as the provider likes. */
  readonly prompt?: string | undefined
}

/** An ID token that was verified. */
export interface SignedWord {
  readonly value: string
  /** Milliseconds. */
  readonly ends: number
}

/** Somebody whom the provider has named. */
export interface Named {
  readonly sub: string
  readonly claims: Claims
  /** When they signed in there, in seconds, by the provider's clock. */
  readonly authenticated: number
  /** A digest of the session there; null: not said. */
  readonly session: string | null
  /** Null: the provider gave none. */
  readonly refreshToken: string | null
  readonly idToken: SignedWord
}

/** What is said again of somebody; undefined: the provider has ended it. */
export type Renewed =
  | Partial<Pick<Named, 'claims' | 'refreshToken' | 'idToken'>>
  | undefined

export interface CompanyOptions {
  readonly login: Login
  readonly server: LoginServer
  readonly secrets: SecretSource
  /** Where the provider sends browsers back to. */
  readonly redirect: string
  /** Monotonic milliseconds. */
  readonly monotonic: () => number
  outward(): Outward
}

const TOLERANCE_S = 30

/** A year: no session of a provider is to end by it. */
const MAX_AGE_S = 31_536_000

export class Company {
  readonly #options: CompanyOptions
  readonly provider: Provider

  constructor(options: CompanyOptions) {
    this.#options = options
    const { login, monotonic } = options
    const outward = () => options.outward()
    this.provider = new Provider({ login, monotonic, outward })
  }

  get host(): string {
    return new URL(this.#options.login.issuer).host
  }

  /** Where somebody ends their session there; undefined: nowhere. */
  async findLeave(): Promise<string | undefined> {
    const found = await this.provider.find().catch(() => undefined)
    const place = found?.metadata.end_session_endpoint
    return typeof place === 'string' ? place : undefined
  }

  close(): void {
    this.provider.close()
  }

  #open(): Promise<ProviderClient> {
    const { login } = this.#options
    return openProvider({ login, provider: this.provider })
  }

  async makeAddress(departure: Departure): Promise<URL> {
    const { oauth, as, metadata } = await this.#open()
    if (!as.authorization_endpoint) {
      throw new SignInProblem('the provider names no authorization endpoint')
    }
    const { state, nonce, verifier, prompt } = departure
    const { server, redirect } = this.#options
    const url = new URL(as.authorization_endpoint)
    const all = {
      // So that the ID token says when the person has signed in.
      max_age: String(MAX_AGE_S),
      ...server.parameters,
      response_type: 'code',
      client_id: server.client.id,
      redirect_uri: redirect,
      scope: [...new Set(['openid', ...server.scopes])].join(' '),
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(prompt !== undefined && { prompt: pickPrompt(prompt, metadata) }),
    }
    for (const [name, value] of Object.entries(all)) {
      url.searchParams.set(name, value)
    }
    return url
  }

  /** Whom the provider names for what the browser has brought back. */
  async take(departure: Departure, brought: URLSearchParams): Promise<Named> {
    const { oauth, as, options } = await this.#open()
    const { client, proof } = await this.#prove()
    try {
      const { state, nonce, verifier } = departure
      const params = oauth.validateAuthResponse(as, client, brought, state)
      const { redirect } = this.#options
      const answer = await oauth.authorizationCodeGrantRequest(
        as,
        client,
        proof,
        params,
        redirect,
        verifier,
        options,
      )
      const result = await oauth.processAuthorizationCodeResponse(
        as,
        client,
        answer,
        { expectedNonce: nonce, requireIdToken: true },
      )
      await oauth.validateApplicationLevelSignature(as, answer, options)
      return await this.#read(result)
    } catch (error) {
      throw describeFault(error)
    }
  }

  /** Asks the provider again. */
  async renew(sub: string, refreshToken: string): Promise<Renewed> {
    const { oauth, as, options } = await this.#open()
    const { client, proof } = await this.#prove()
    try {
      const answer = await oauth.refreshTokenGrantRequest(
        as,
        client,
        proof,
        refreshToken,
        options,
      )
      const result = await oauth.processRefreshTokenResponse(as, client, answer)
      const claims = oauth.getValidatedIdTokenClaims(result)
      if (claims) {
        await oauth.validateApplicationLevelSignature(as, answer, options)
      }
      if (claims) this.#judgeParty(claims)
      if (claims && claims.sub !== sub) {
        throw new SignInProblem('the provider named somebody else')
      }
      const { refresh_token: next } = result
      return {
        claims: await this.#complete(claims ?? {}, result, sub),
        ...(next !== undefined && { refreshToken: next }),
        ...(claims && { idToken: readWord(result, claims.exp) }),
      }
    } catch (error) {
      const fault = describeFault(error)
      const isEnded =
        fault instanceof SignInProblem && fault.code === 'invalid_grant'
      if (isEnded) return undefined
      throw fault
    }
  }

  /** An identity assertion for a server (ID-JAG), by an ID token (RFC 8693). */
  async vouch(idToken: string, ask: AssertionAsk): Promise<string> {
    const { oauth, as, options } = await this.#open()
    const { client, proof } = await this.#prove()
    const { host } = this
    const send = (parameters: Readonly<Record<string, string>>) =>
      oauth.genericTokenEndpointRequest(
        as,
        client,
        proof,
        TOKEN_EXCHANGE,
        parameters,
        options,
      )
    return await exchangeForAssertion(idToken, ask, { send, host })
  }

  async #read(result: TokenEndpointResponse): Promise<Named> {
    const { oauth } = await this.#open()
    const claims = oauth.getValidatedIdTokenClaims(result)
    if (!claims) throw new SignInProblem('the provider gave no ID token')
    this.#judgeParty(claims)
    const { sub, sid, auth_time: time, iat, exp } = claims
    const { issuer } = this.#options.login
    const authenticated = typeof time === 'number' ? time : iat
    return {
      sub,
      claims: await this.#complete(claims, result, sub),
      authenticated,
      session: typeof sid === 'string' ? nameSession(issuer, sid) : null,
      refreshToken: result.refresh_token ?? null,
      idToken: readWord(result, exp),
    }
  }

  /** OpenID Connect Core 3.1.3.7: with one audience, oauth4webapi looks at no
   * `azp`. */
  #judgeParty({ azp }: Claims): void {
    if (azp === undefined || azp === this.#options.server.client.id) return
    throw new SignInProblem('the ID token of the provider is of another client')
  }

  /** Some providers leave names or groups out of the ID token. */
  async #complete(
    claims: Claims,
    { access_token: token }: TokenEndpointResponse,
    sub: string,
  ): Promise<Claims> {
    const { oauth, as, options } = await this.#open()
    const { login, server } = this.#options
    const isWhole = typeof readIdentity(login, claims) !== 'string'
    if (isWhole || as.userinfo_endpoint === undefined) return claims
    const client = { client_id: server.client.id }
    const answer = await oauth.userInfoRequest(as, client, token, options)
    const found = await oauth.processUserInfoResponse(as, client, sub, answer)
    return { ...found, ...claims }
  }

  async #prove() {
    const { oauth, as } = await this.#open()
    const { secrets, server } = this.#options
    const own = server.client
    await secrets.programs.load(findPrograms(own))
    const credential = readCredential(own, secrets)
    const client: Client = {
      client_id: own.id,
      [oauth.clockTolerance]: TOLERANCE_S,
    }
    const proof = await makeClientAuth(
      own,
      credential,
      as.token_endpoint_auth_methods_supported,
    )
    return { client, proof }
  }
}

function readWord(
  { id_token: value = '' }: TokenEndpointResponse,
  seconds: number,
): SignedWord {
  return { value, ends: seconds * 1_000 }
}

/** A provider that cannot show a choice of accounts asks for a sign-in. */
function pickPrompt(
  prompt: string,
  { prompt_values_supported: known }: Readonly<Record<string, unknown>>,
): string {
  return Array.isArray(known) && known.includes(prompt) ? prompt : 'login'
}
