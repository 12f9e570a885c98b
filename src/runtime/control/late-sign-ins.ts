// What a gateway has only where people sign in, or it does itself at servers.
// In: tables, grants. Out: the parts that sign in, loaded by the first need.
// INVARIANT: they are there before a table that needs them is in force; what
// cannot be loaded is tried again.

import type { RoutingTable } from '../../contract/table.ts'
import type { ConnectContext } from '../connect/context.ts'
import type { Grant } from '../grants/grant.ts'
import type { CompanyLogin } from '../login/company-login.ts'
import type { OwnLogin } from '../login-server/create.ts'
import type { OwnState } from '../login-server/own-state.ts'
import type { LeftAccounts } from '../oauth/left.ts'
import type { MakeAccounts, MakeSignIn } from '../upstream/identity.ts'

export interface SignIns {
  readonly login: CompanyLogin
  /** Of the gateway's own authorization server. */
  readonly loginState: OwnState
  /** At servers that do not run. */
  readonly leftAccounts: LeftAccounts
  readonly pages: Pages
  readonly makeAccounts: MakeAccounts
  readonly makeSignIn: MakeSignIn
}

/** The pages of people, and the authorization server of the login. */
export interface Pages {
  readonly connect: ConnectContext
  readonly own: OwnLogin
}

export class LateSignIns {
  readonly #make: () => Promise<SignIns>
  #making: Promise<SignIns> | undefined
  #made: SignIns | undefined

  constructor(make: () => Promise<SignIns>) {
    this.#make = make
  }

  /** Undefined: no table and no grant has needed it yet. */
  get made(): SignIns | undefined {
    return this.#made
  }

  /** For a server that signs in, of a table that was prepared. */
  get needed(): SignIns {
    if (!this.#made)
      throw new Error('a bug: nothing was loaded to sign in with')
    return this.#made
  }

  load(): Promise<SignIns> {
    this.#making ??= this.#load()
    return this.#making
  }

  /** Resolves when all that the table needs is there. `grants`: of any table, as
   * their tokens may have to end. */
  async prepare(table: RoutingTable, grants: readonly Grant[]): Promise<void> {
    if (grants.length > 0 || needsSignIns(table)) await this.load()
  }

  async #load(): Promise<SignIns> {
    try {
      this.#made = await this.#make()
      return this.#made
    } catch (error) {
      this.#making = undefined
      throw error
    }
  }
}

function needsSignIns({ login, servers }: RoutingTable): boolean {
  const signsIn = Object.values(servers).some(
    (server) => server.type === 'http' && server.auth !== null,
  )
  return login !== null || signsIn
}
