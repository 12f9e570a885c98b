// The parts of a running gateway that the authorization server uses.
// In: nothing. Out: only types.
// INVARIANT: addresses come from `origin` alone, never from a request.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider/lib/provider.js'
import type { Login, LoginServer, Person } from '../../contract/login.ts'
import type { ConnectContext } from '../connect/context.ts'
import type { Outward } from '../outward/outward.ts'
import type { SecretSource } from '../secrets/resolve.ts'
import type { Company } from './company.ts'
import type { LoginPace } from './pace.ts'
import type { Passing } from './passing.ts'
import type { Renewals } from './renewals.ts'
import type { LoginState } from './state.ts'
import type { Visits } from './visits.ts'

export interface LoginParts
  extends Pick<
    ConnectContext,
    'runtime' | 'origin' | 'cookies' | 'forms' | 'pace'
  > {
  readonly secrets: SecretSource
  /** Opened when it is first needed. */
  readonly state: () => LoginState
  readonly visits: Visits
  readonly passing: Passing
  readonly loginPace: LoginPace
  /** Keys of their own: of cookies, of refresh tokens. */
  readonly cookieKey: Buffer
  readonly tokenKey: Buffer
  /** An origin whose documents are read although it is not public. */
  readonly documents?: string
  /** Ends what a person has open, and has the tokens that they have judged
   * again. */
  endOpen(person: Pick<Person, 'issuer' | 'sub'>): void
  /** How the gateway leaves its host, for what belongs to no server. */
  outward(): Outward
  /** Ends all requests. */
  readonly signal: AbortSignal
}

/** The authorization server of the running table. */
export interface OwnServer {
  readonly login: Login
  readonly server: LoginServer
  /** Of the gateway. */
  readonly origin: string
  readonly issuer: string
  /** What its tokens are for, and what they allow. */
  readonly resource: string
  readonly scopes: readonly string[]
  readonly company: Company
  readonly renewals: Renewals
  readonly state: LoginState
  /** Loads oidc-provider. */
  open(): Promise<Provider>
  /** `path`: below the mount, with its query. */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void>
  /** Ends its requests to the provider. */
  close(): void
}

export interface LoginContext {
  readonly parts: LoginParts
  readonly connect: ConnectContext
  /** Of the running table; undefined: it has none. */
  server(): OwnServer | undefined
}
