// What the pages use of the sign-in engine.
// In: nothing. Out: only types.
// INVARIANT: no token and no secret passes through them.

import type { Accounts } from '../oauth/accounts.ts'
import type { LeftAccounts as Left } from '../oauth/left.ts'

export type { Flow } from '../oauth/flows.ts'

/** All accounts at one server; `null` stands for the gateway itself. */
export type ServerAccounts = Pick<
  Accounts,
  | 'accountOf'
  | 'list'
  | 'begin'
  | 'connect'
  | 'finish'
  | 'disconnect'
  | 'clientMetadata'
>

/** Accounts at servers that are disabled, or that the config holds no more. */
export type LeftAccounts = Pick<
  Left,
  'servers' | 'list' | 'accountOf' | 'disconnect'
>
