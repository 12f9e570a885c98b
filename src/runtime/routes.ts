// The routes of the two listeners: what every room adds to a router.
// In: the parts of a gateway. Out: an App of each listener.
// INVARIANT: loaded with the router by the first request for a route, and by
// nothing else: only its types are imported.

import type { Status } from '../contract/status.ts'
import type { RoutingTable } from '../contract/table.ts'
import { addConnectAdmin } from './connect/admin.ts'
import { addConnect } from './connect/routes.ts'
import { addAdmin } from './control/admin.ts'
import type { Runtime } from './control/context.ts'
import type { Pages } from './control/late-sign-ins.ts'
import { addLogout } from './control/logout/logout-route.ts'
import { createScrape } from './control/metrics/scrape.ts'
import type { Reloads } from './control/reloads.ts'
import { revoke } from './control/revoke/revoke.ts'
import { addWhoAmI } from './control/whoami.ts'
import { type App, createApp, refuseOauth } from './http/app.ts'
import { addLogin } from './login-server/routes.ts'
import type { Parts } from './runtime.ts'
import type { Levels } from './stages/limit.ts'
import { addLoginMetadata } from './stages/login-metadata.ts'
import { refuseOperator } from './stages/refuse.ts'

/** What the listeners use of a gateway. */
export interface Opened extends Parts {
  readonly runtime: Runtime
  readonly adminToken: string
}

/** What the admin listener reports. */
export interface Facts {
  readonly reloads: Reloads
  readonly status: (levels?: Levels) => Status
}

export function makePublicApp(
  runtime: Runtime,
  { connect, own }: Pages,
  login: RoutingTable['login'],
): App {
  const app = createApp()
  refuseOauth(app)
  if (login) addLoginMetadata(app, runtime, login)
  addConnect(app, connect)
  addLogin(app, own.context)
  addLogout(app, runtime)
  addWhoAmI(app, runtime)
  return app
}

export function makeAdminApp(
  { runtime, adminToken, clock }: Opened,
  { connect }: Pages,
  { reloads, status }: Facts,
): App {
  const app = createApp()
  addAdmin(app, adminToken, {
    now: clock.now,
    describe: () => status(),
    scrape: createScrape(runtime, reloads, status),
    revoke: (order, ip) => revoke(runtime, order, ip),
    refuse: (request, response) => refuseOperator(runtime, request, response),
  })
  addConnectAdmin(app, connect)
  return app
}
