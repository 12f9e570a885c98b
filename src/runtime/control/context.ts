// The whole running gateway, for the parts that control it.
// INVARIANT: only code of `control`, `runtime` and `gateway` replaces
// `routing`, `tracer`, `origin` and `draining`.

import type { ServedCertificate } from '../base/served-certificate.ts'
import type { Routing } from '../catalog/routing.ts'
import type { GrantStore } from '../grants/store.ts'
import type { CompanyLogin } from '../login/company-login.ts'
import type { Logouts } from '../login/logouts.ts'
import type { OwnState } from '../login-server/own-state.ts'
import type { NotificationContext } from '../notifications/context.ts'
import type { Flows } from '../oauth/flows.ts'
import type { LeftAccounts } from '../oauth/left.ts'
import type { Alarm } from './alarm.ts'
import type { Tally } from './metrics/tally.ts'
import type { ClientSockets } from './revoke/client-sockets.ts'
import type { RevokedFile } from './revoke/revoked-file.ts'
import type { Tracer } from './traces/tracer.ts'

export interface Runtime extends NotificationContext {
  readonly alarm: Alarm
  /** Undefined without TLS. */
  readonly certificate: ServedCertificate | undefined
  readonly revoked: RevokedFile
  readonly grants: GrantStore
  /** At servers that do not run. */
  readonly leftAccounts: LeftAccounts
  /** Sign-ins that wait for a browser to come back. */
  readonly flows: Flows
  readonly login: CompanyLogin
  /** Of the gateway's own authorization server. */
  readonly loginState: OwnState
  readonly logouts: Logouts
  readonly clientSockets: ClientSockets
  readonly tally: Tally
  tracer: Tracer | undefined
  /** Of the public listener; '' until it is open. */
  origin: string
  routing: Routing
  /** New requests are refused; in-flight ones may end. */
  draining: boolean
}
