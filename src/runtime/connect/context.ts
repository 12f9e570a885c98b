// The parts of a running gateway that the pages use.
// In: nothing. Out: only types.
// INVARIANT: addresses come from `origin` alone, never from a request.

import type { Principal } from '../catalog/view.ts'
import type { StageContext } from '../stages/context.ts'
import type { Flow, LeftAccounts, ServerAccounts } from './accounts.ts'
import type { OperatorCodes } from './codes.ts'
import type { Cookies } from './cookies.ts'
import type { Forms } from './forms.ts'
import type { Pace } from './pace.ts'

export interface ConnectContext {
  readonly runtime: StageContext
  /** The origin at which people reach the public listener. */
  readonly origin: () => string
  /** Undefined: the server is not signed in to in a browser. */
  readonly accountsOf: (server: string) => ServerAccounts | undefined
  /** At servers that do not run. */
  readonly left: LeftAccounts
  /** Reports the use of a break-glass token. */
  readonly raise: (who: Principal, ip: string) => void
  /** The flow of a state, once. */
  readonly takeFlow: (state: string) => Flow | undefined
  readonly cookies: Cookies
  readonly forms: Forms
  readonly pace: Pace
  readonly codes: OperatorCodes
}
