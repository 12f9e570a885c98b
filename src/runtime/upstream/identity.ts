// As whom a server sees the gateway, where it wants tokens (`auth`).
// In: the server, whose call it is. Out: the credential of the request.
// INVARIANT: a call of one person never carries the token of another.

import type { HttpServer, OAuth, Server } from '../../contract/table.ts'
import type { Account } from '../oauth/account.ts'
import type { Accounts } from '../oauth/accounts.ts'
import type { Credential } from '../oauth/credential.ts'
import type { SignIn, SignInOptions } from '../oauth/sign-in.ts'
import type { SignedServer } from '../oauth/signed-server.ts'
import type { Failure } from './failure.ts'

/** A server that somebody signs in to in a browser. */
export interface AccountServer extends SignedServer {
  readonly auth: OAuth
}

export type MakeAccounts = (server: AccountServer) => Accounts

export type MakeSignIn = (server: SignInOptions) => SignIn

/** Where nobody can sign in in a browser, no accounts are made. */
export interface Makers {
  readonly makeAccounts?: MakeAccounts
  readonly makeSignIn: MakeSignIn
}

export class Identity {
  /** Only for a server whose `auth` is `oauth`. */
  readonly accounts: Accounts | undefined
  /** Whether the server sees an account of each person. */
  readonly isPersonal: boolean
  /** Only for a server whose `auth` is `clientCredentials`. */
  readonly #signIn: SignIn | undefined

  constructor(
    server: Server,
    options: (server: HttpServer) => SignedServer,
    { makeAccounts, makeSignIn }: Makers,
  ) {
    const auth = server.type === 'http' ? server.auth : null
    this.isPersonal = auth?.type === 'oauth' && auth.as === 'person'
    if (server.type !== 'http' || !auth) return
    const own = options(server)
    if (auth.type === 'oauth') this.accounts = makeAccounts?.({ ...own, auth })
    else this.#signIn = makeSignIn({ ...own, auth })
  }

  /** Whether requests carry a token. */
  get hasTokens(): boolean {
    return (this.accounts ?? this.#signIn) !== undefined
  }

  /** `subject`: the person whose call it is. */
  credentialOf(subject: string | undefined): Credential | undefined {
    if (!this.accounts) return this.#signIn
    return this.accounts.credentialOf(this.isPersonal ? (subject ?? '') : null)
  }

  /** The account that a call uses. */
  accountOf(subject: string | undefined): Account | undefined {
    return this.accounts?.accountOf(this.isPersonal ? (subject ?? '') : null)
  }

  /** Why nobody's request can be sent; undefined: some can. */
  get locked(): Failure | undefined {
    return this.isPersonal ? undefined : this.credentialOf(undefined)?.failure
  }

  /** Who is signed in, and until when; null for a server without `auth`. */
  describe(): string | null {
    return (this.accounts ?? this.#signIn)?.describe() ?? null
  }

  close(): void {
    this.#signIn?.close()
    this.accounts?.close()
  }
}
