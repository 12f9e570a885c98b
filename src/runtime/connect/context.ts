// The parts of a running gateway that the pages use.
// In: nothing. Out: only types.
// INVARIANT: addresses come from `origin` alone, never from a request.

import type { Person } from '../../contract/login.ts'
import type { Principal } from '../catalog/view.ts'
import type { StageContext } from '../stages/context.ts'
import type { Flow, LeftAccounts, ServerAccounts } from './accounts.ts'
import type { OperatorCodes } from './codes.ts'
import type { Cookies } from './cookies.ts'
import type { Forms } from './forms.ts'
import type { Pace } from './pace.ts'

/** A program that acts for a person. */
export interface Program {
  readonly client: string
  /** As it calls itself; '' for none. */
  readonly name: string
  /** Where it has sent the person back to. */
  readonly hosts: readonly string[]
  /** When the person last allowed it, in milliseconds. */
  readonly since: number
}

/** Somebody of the company's login, in a session of a browser. */
export interface OfPerson {
  readonly person: string
  /** When they had signed in, in milliseconds. */
  readonly authenticated: number
  /** A digest of their session at the provider; absent: not said. */
  readonly session?: string | null
}

/** Sign-in with the company's login. */
export interface CompanySignIn {
  readonly host: string
  /** The provider's address for a browser that wants the page of a server. */
  begin(browser: string, server: string | undefined, ip: string): Promise<URL>
  /** Somebody who has signed in; undefined: not known any more. */
  findPerson(
    id: string,
    signIn: Pick<OfPerson, 'authenticated' | 'session'>,
    expires: number,
  ): Person | undefined
  /** Programs that a person has allowed to act for them. */
  listPrograms(person: string): readonly Program[]
  /** Ends what a program was given for a person, and that it was allowed. */
  endProgram(person: string, client: string): Promise<void>
  /** Where people end their session at the provider; undefined: nowhere. */
  findLeave(): Promise<string | undefined>
}

export interface ConnectContext {
  readonly runtime: StageContext
  /** The origin at which people reach the public listener. */
  readonly origin: () => string
  /** Undefined: the server is not signed in to in a browser. */
  readonly accountsOf: (server: string) => ServerAccounts | undefined
  /** Somebody has come back from the company's provider: connects `server`, and
   * the servers that calls of theirs wait for, where the provider vouches. */
  readonly arrived: (
    subject: string,
    server: string | undefined,
  ) => Promise<void>
  /** At servers that do not run. */
  readonly left: LeftAccounts
  /** Undefined: nobody signs in with the company's login here. */
  readonly company: () => CompanySignIn | undefined
  /** Reports the use of a break-glass token. */
  readonly raise: (who: Principal, ip: string) => void
  /** The flow of a state, once. */
  readonly takeFlow: (state: string) => Flow | undefined
  readonly cookies: Cookies
  readonly forms: Forms
  readonly pace: Pace
  readonly codes: OperatorCodes
}
