// Creates the listeners of a gateway, and what they serve.
// In: the parts of a gateway. Out: the public and the admin listener.
// INVARIANT: opens no port; the rooms of the routes are loaded by the first
// request for one.

import type { Status } from '../contract/status.ts'
import type { RoutingTable } from '../contract/table.ts'
import { addProof } from './base/address-proof.ts'
import { deriveKey } from './base/key.ts'
import type { ConnectContext } from './connect/context.ts'
import { createConnect } from './connect/create.ts'
import { followCertificate, reportHandshake } from './control/certificate.ts'
import type { Runtime } from './control/context.ts'
import { connectArrived } from './control/grants.ts'
import { createScrape } from './control/metrics/scrape.ts'
import type { Reloads } from './control/reloads.ts'
import { endPerson, revoke } from './control/revoke/revoke.ts'
import type { App } from './http/app.ts'
import type { Endpoint } from './http/fast-connection.ts'
import { createListener, type Listener } from './http/listener.ts'
import type { Probes } from './http/probes.ts'
import { createLogin, type OwnLogin } from './login-server/create.ts'
import { serve, serveLogin } from './pipeline.ts'
import type { GatewayOptions, Parts } from './runtime.ts'
import type { Levels } from './stages/limit.ts'
import { guard } from './stages/receive.ts'
import { countRejected, refuseOperator } from './stages/refuse.ts'

export type Listeners = readonly [Listener, Listener]

export interface Opened extends Parts {
  readonly runtime: Runtime
  readonly adminToken: string
}

/** Creates the public and the admin listener; neither is open yet. */
export function createListeners(
  opened: Opened,
  pages: Pages,
  probes: Probes,
  facts: Facts,
  { reader }: Pick<GatewayOptions, 'reader'>,
): Listeners {
  const { runtime, key } = opened
  const { listen, caps, login } = runtime.routing.table
  const addressKey = deriveKey(key, 'address')
  const both = {
    probes,
    malformed: (ip: string, reason: string) =>
      countRejected(runtime, ip, reason),
    failed: (error: unknown) =>
      runtime.log.error(error, 'a bug: the routes could not be made'),
  }
  const endpoint = (path: string, stage: typeof serve): Endpoint => ({
    path,
    serve: (request, response) =>
      guard(runtime, response, () => stage(runtime, request, response)),
  })
  const listener = createListener(
    {
      ...both,
      addRoutes: (app) => addPublicRoutes(app, runtime, pages, login),
      secure: runtime.certificate && {
        certificate: runtime.certificate.current,
        failed: (ip, reason) => reportHandshake(runtime, ip, reason),
      },
    },
    {
      endpoints: [
        endpoint(listen.path, serve),
        ...(login ? [endpoint(login.path, serveLogin)] : []),
      ],
      cap: caps.request,
      isFast: reader !== 'node',
      prove: (request, response) => addProof(addressKey, request, response),
    },
  )
  listener.server.maxConnections = caps.connections
  runtime.clientSockets.watch(listener.server)
  followCertificate(runtime, listener.server)
  const addRoutes = (app: App) => addAdminRoutes(app, opened, pages, facts)
  return [listener, createListener({ ...both, addRoutes })]
}

/** The pages of people, and the authorization server of the login. */
export interface Pages {
  readonly connect: ConnectContext
  readonly own: OwnLogin
}

export function createPages({
  runtime,
  key,
  loginState,
  vouching,
  secrets,
}: Opened): Pages {
  const connect = createConnect(deriveKey(key, 'connect'), {
    runtime,
    company: () => own.company(),
    origin: () => runtime.publicOrigin(),
    accountsOf: (server) => runtime.upstreams.get(server)?.accounts,
    arrived: (subject, server) => connectArrived(runtime, subject, server),
    left: runtime.leftAccounts,
    raise: (who, ip) => runtime.alarm.raise(runtime, who, ip),
    takeFlow: (state) => runtime.flows.take(state),
  })
  const own = createLogin({
    connect,
    key: deriveKey(key, 'login'),
    state: loginState,
    secrets,
    endOpen: (person) => endPerson(runtime, person),
  })
  vouching.use(own.vouch)
  return { connect, own }
}

/** Each is loaded with the router, by the first request for a route. */
async function addPublicRoutes(
  app: App,
  runtime: Runtime,
  { connect, own }: Pages,
  login: RoutingTable['login'],
): Promise<void> {
  const [{ refuseOauth }, { addLoginMetadata }, pages, server, { addWhoAmI }] =
    await Promise.all([
      import('./http/app.ts'),
      import('./stages/login-metadata.ts'),
      import('./connect/routes.ts'),
      import('./login-server/routes.ts'),
      import('./control/whoami.ts'),
    ])
  refuseOauth(app)
  if (login) addLoginMetadata(app, runtime, login)
  pages.addConnect(app, connect)
  server.addLogin(app, own.context)
  addWhoAmI(app, runtime)
}

/** What the admin listener reports. */
interface Facts {
  readonly reloads: Reloads
  readonly status: (levels?: Levels) => Status
}

async function addAdminRoutes(
  app: App,
  { runtime, adminToken, clock }: Opened,
  { connect }: Pages,
  { reloads, status }: Facts,
): Promise<void> {
  const [{ addAdmin }, { addConnectAdmin }] = await Promise.all([
    import('./control/admin.ts'),
    import('./connect/admin.ts'),
  ])
  addAdmin(app, adminToken, {
    now: clock.now,
    describe: () => status(),
    scrape: createScrape(runtime, reloads, status),
    revoke: (order, ip) => revoke(runtime, order, ip),
    refuse: (request, response) => refuseOperator(runtime, request, response),
  })
  addConnectAdmin(app, connect)
}
