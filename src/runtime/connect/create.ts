// Makes the context of the pages.
// In: the running gateway, its key, its origin. Out: a context.
// INVARIANT: cookies and forms have keys of their own.

import { createHmac } from 'node:crypto'
import { OperatorCodes } from './codes.ts'
import type { ConnectContext } from './context.ts'
import { Cookies } from './cookies.ts'
import { Forms } from './forms.ts'
import { Pace } from './pace.ts'

/** `key`: derived for this use alone. */
export function createConnect(
  key: Buffer,
  parts: Pick<
    ConnectContext,
    | 'runtime'
    | 'origin'
    | 'accountsOf'
    | 'arrived'
    | 'left'
    | 'company'
    | 'raise'
    | 'takeFlow'
  >,
): ConnectContext {
  const { clock } = parts.runtime
  const cookieKey = createHmac('sha256', key).update('cookies').digest()
  return {
    ...parts,
    cookies: new Cookies(cookieKey, parts.origin),
    forms: new Forms(key),
    pace: new Pace(clock),
    codes: new OperatorCodes(clock),
  }
}
