// One sign-in whose token is used by this process alone, and ended after that.
// In: what makeAlone() gives. Out: an address; for what the browser brings back,
// a token; the end of that token.
// INVARIANT: nothing is kept; whatever was given is ended where that is possible.

import type { Grant } from '../grants/grant.ts'
import type { Flow } from './flows.ts'
import {
  IssuerRequests,
  type IssuerRequestsOptions,
  type Revocation,
} from './issuer-requests.ts'
import { describeProblem } from './problem.ts'

export class SignInOnce {
  readonly #options: IssuerRequestsOptions
  readonly #requests: IssuerRequests
  #grant: Grant | undefined

  constructor(options: IssuerRequestsOptions) {
    this.#options = options
    this.#requests = new IssuerRequests(options)
  }

  get redirect(): string {
    return this.#requests.clients.redirect
  }

  /** The address where somebody signs in. Rejects with a SignInFailure. */
  async begin(): Promise<URL> {
    try {
      return await this.#requests.begin(null, '', (first) => first)
    } catch (error) {
      throw this.#describe(error)
    }
  }

  /** The flow that a browser has come back from; undefined: it is of none. */
  take(parameters: URLSearchParams): Flow | undefined {
    return this.#options.flows.take(parameters.get('state') ?? '')
  }

  /** The access token. Rejects with a SignInFailure. */
  async finish(flow: Flow, parameters: URLSearchParams): Promise<string> {
    const { name, clock } = this.#options
    try {
      const began = clock.now()
      const given = await this.#requests.exchange(flow, parameters)
      const { value, refresh, life, scopes } = given.token
      this.#grant = {
        subject: null,
        server: name,
        issuer: flow.issuer,
        client: given.client,
        state: 'connected',
        accessToken: value,
        refreshToken: refresh ?? null,
        requested: flow.scopes,
        scopes: scopes ?? flow.scopes,
        since: began,
        renewed: began,
        ends: life === undefined ? null : began + life,
      }
      return value
    } catch (error) {
      throw this.#describe(error)
    }
  }

  /** Ends the tokens at the issuer, in bounded time. Undefined: there are none. */
  async end(): Promise<Revocation | undefined> {
    const grant = this.#grant
    this.#grant = undefined
    const outcome = grant && (await this.#requests.revoke(grant))
    this.#requests.close()
    return outcome
  }

  #describe(error: unknown) {
    return describeProblem(error, (text) => this.#options.tell(text))
  }
}
