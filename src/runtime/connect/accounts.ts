// What the pages need of the sign-in engine.
// In: nothing. Out: only types.
// INVARIANT: no token and no secret passes through them.

import type { Account } from '../oauth/account.ts'

/** A sign-in that somebody has begun in a browser. */
export interface Flow {
  readonly server: string
  /** Null: an operator, for the gateway. */
  readonly subject: string | null
  /** What the browser proves itself by. */
  readonly browser: string
}

/** All accounts at one server; `null` stands for the gateway itself. */
export interface ServerAccounts {
  accountOf(subject: string | null): Account | undefined
  list(): readonly Account[]
  /** Where the person signs in. Rejects with a SignInFailure. */
  begin(subject: string | null, browser: string): Promise<URL>
  /** Rejects with a SignInFailure. */
  finish(flow: Flow, params: URLSearchParams): Promise<Account>
  disconnect(subject: string | null): Promise<unknown>
  /** Undefined: the gateway has no metadata document for this server. */
  clientMetadata(): object | undefined
}
