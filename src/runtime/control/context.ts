// The whole running gateway, for the parts that control it.
// INVARIANT: only code of `control`, `runtime` and `gateway` replaces
// `routing`, `tracer`, `origin` and `draining`.

import type { ServedCertificate } from '../base/served-certificate.ts'
import type { Routing } from '../catalog/routing.ts'
import type { GrantStore } from '../grants/store.ts'
import type { Logouts } from '../login/logouts.ts'
import type { NotificationContext } from '../notifications/context.ts'
import type { Alarm } from './alarm.ts'
import type { LateSignIns } from './late-sign-ins.ts'
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
  readonly signIns: LateSignIns
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
