// Asks the provider about a token that only it can read (RFC 7662).
// In: the provider, the client of the gateway there, a token. Out: claims.
// INVARIANT: the token is sent to the provider alone, and is in no text; what is
// not said to be active is not.

import type { ProvenClient } from '../../contract/table.ts'
import type { Claims } from '../../table/login.ts'
import { findPrograms } from '../../table/references.ts'
import { makeClientAuth, readCredential } from '../oauth/client-key.ts'
import { readObject } from '../oauth/discovery.ts'
import { fetchGuarded, showUrl } from '../oauth/fetch.ts'
import { describeProblem, SignInProblem } from '../oauth/problem.ts'
import type { Reach } from '../oauth/reach.ts'
import type { SecretSource } from '../secrets/resolve.ts'
import type { LoginFault } from './problem.ts'
import { type Provider, readEndpoint } from './provider.ts'

export interface IntrospectionOptions {
  readonly provider: Provider
  readonly issuer: string
  readonly endpoint: string | null
  readonly client: ProvenClient
  readonly secrets: SecretSource
  note(problem: string | null): void
}

/** A token in a header (RFC 6750, 2.1). */
const TOKEN = /^[\w.~+/-]+=*$/
const MAX_TOKEN = 8 * 1024
const PAUSE_MS = 5_000
const METHODS = 'introspection_endpoint_auth_methods_supported'

export class Introspection {
  readonly #options: IntrospectionOptions
  #problem: string | null = null

  constructor(options: IntrospectionOptions) {
    this.#options = options
  }

  async ask(token: string): Promise<Claims | LoginFault> {
    if (token.length > MAX_TOKEN || !TOKEN.test(token)) {
      return { problem: 'malformed' }
    }
    try {
      const claims = await this.#ask(token)
      this.#tell(null)
      const { issuer } = this.#options
      if (claims.active !== true) return { problem: 'inactive' }
      const isOwn = claims.iss === undefined || claims.iss === issuer
      return isOwn ? claims : { problem: 'issuer' }
    } catch (error) {
      this.#tell(describeProblem(error, (text) => text).detail)
      return { problem: 'unreachable', retryAfterMs: PAUSE_MS }
    }
  }

  async #ask(token: string): Promise<Claims> {
    const { provider, issuer, client, secrets } = this.#options
    const { url, from, methods } = await this.#find()
    await secrets.programs.load(findPrograms(client))
    const credential = readCredential(client, secrets)
    const prove = await makeClientAuth(client, credential, methods)
    const body = new URLSearchParams({
      token,
      token_type_hint: 'access_token',
    })
    const headers = new Headers({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    })
    await prove({ issuer }, { client_id: client.id }, body, headers)
    const ask = {
      method: 'POST',
      headers: Object.fromEntries(headers),
      body: body.toString(),
    } as const
    const answer = await fetchGuarded(url, ask, from, provider.net)
    const claims = answer.status === 200 ? readObject(answer) : undefined
    if (claims) return claims
    const shown = showUrl(url, provider.net.tell)
    const what =
      answer.status === 200
        ? 'is not JSON'
        : answer.status === 401
          ? 'refuses the client of the gateway: check `login.introspection.client`'
          : `answers HTTP ${answer.status}`
    throw new SignInProblem(`${shown} ${what}`)
  }

  async #find(): Promise<{
    readonly url: URL
    readonly from: Reach
    readonly methods: readonly string[] | undefined
  }> {
    const { provider, endpoint } = this.#options
    // The operator has named the address in the config.
    if (endpoint !== null) {
      return { url: new URL(endpoint), from: 'any', methods: undefined }
    }
    const { metadata, reach } = await provider.find()
    const methods = metadata[METHODS]
    return {
      url: readEndpoint(metadata, 'introspection_endpoint'),
      from: reach,
      methods: Array.isArray(methods) ? methods.map(String) : undefined,
    }
  }

  #tell(problem: string | null): void {
    if (problem !== this.#problem) this.#options.note(problem)
    this.#problem = problem
  }
}
