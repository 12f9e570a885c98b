// The metadata of the login's endpoint on the public listener (RFC 9728).
// In: a listener, the login at the start. Out: one document at two addresses.
// INVARIANT: what it says is public, and of the config; no address in it comes
// from a request.

import type { Login } from '../../contract/login.ts'
import type { App } from '../http/app.ts'
import { isAllowedHost } from '../http/head.ts'
import { listMetadataPaths, writeMetadata } from '../login/challenge.ts'
import type { StageContext } from './context.ts'

export function addLoginMetadata(
  app: App,
  runtime: Pick<StageContext, 'verifier' | 'routing'>,
  login: Login,
): void {
  for (const path of listMetadataPaths(login)) {
    app.get(path, (request, reply) => {
      const { verifier, routing } = runtime
      const { listen } = routing.table
      // Any page may read it, as any program can.
      reply.header('access-control-allow-origin', '*')
      reply.header('cache-control', 'no-store')
      if (!isAllowedHost(request.headers.host, listen)) {
        return reply.code(403).send({ error: 'host' })
      }
      if (!verifier) return reply.code(404).send({ error: 'not_found' })
      const { login: own, origin } = verifier.terms
      return reply.type('application/json').send(writeMetadata(own, origin))
    })
  }
}
