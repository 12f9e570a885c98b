// The whole running gateway, for the parts that control it.
// INVARIANT: only code of `control`, `runtime` and `gateway` replaces
// `routing`, `tracer` and `draining`.

import type { Routing } from '../catalog/routing.ts'
import type { NotificationContext } from '../notifications/context.ts'
import type { Alarm } from './alarm.ts'
import type { Tally } from './metrics/tally.ts'
import type { ClientSockets } from './revoke/client-sockets.ts'
import type { RevokedFile } from './revoke/revoked-file.ts'
import type { Tracer } from './traces/tracer.ts'

export interface Runtime extends NotificationContext {
  readonly alarm: Alarm
  readonly revoked: RevokedFile
  readonly clientSockets: ClientSockets
  readonly tally: Tally
  tracer: Tracer | undefined
  routing: Routing
  /** New requests are refused; in-flight ones may end. */
  draining: boolean
}
