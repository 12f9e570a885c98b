// Creates the listeners of a gateway, and what they serve.
// In: the parts of a gateway. Out: the public and the admin listener.
// INVARIANT: opens no port; the rooms of the routes are loaded by the first
// request for one.

import { addProof } from './base/address-proof.ts'
import { deriveKey } from './base/key.ts'
import { followCertificate, reportHandshake } from './control/certificate.ts'
import type { Endpoint } from './http/fast-connection.ts'
import { createListener, type Listener } from './http/listener.ts'
import type { Probes } from './http/probes.ts'
import { serve, serveLogin } from './pipeline.ts'
import type { Facts, Opened } from './routes.ts'
import type { GatewayOptions } from './runtime.ts'
import { drop } from './stages/receive.ts'
import { countRejected } from './stages/refuse.ts'

export type Listeners = readonly [Listener, Listener]

/** Creates the public and the admin listener; neither is open yet. */
export function createListeners(
  opened: Opened,
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
      runtime.log.error(error, 'a bug: the router could not answer'),
  }
  const endpoint = (path: string, stage: typeof serve): Endpoint => ({
    path,
    serve: (request, response) => {
      try {
        stage(runtime, request, response)
      } catch (error) {
        drop(runtime, response, error)
      }
    },
  })
  const listener = createListener(
    {
      ...both,
      makeApp: async () => {
        const { makePublicApp } = await import('./routes.ts')
        const { pages } = await runtime.signIns.load()
        return makePublicApp(runtime, pages, login)
      },
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
      lender: runtime.lender,
      isFast: reader !== 'node',
      prove: (request, response) => addProof(addressKey, request, response),
    },
  )
  listener.server.maxConnections = caps.connections
  runtime.clientSockets.watch(listener.server)
  followCertificate(runtime, listener.server)
  const makeApp = async () => {
    const { makeAdminApp } = await import('./routes.ts')
    const { pages } = await runtime.signIns.load()
    return makeAdminApp(opened, pages, facts)
  }
  return [listener, createListener({ ...both, makeApp })]
}
