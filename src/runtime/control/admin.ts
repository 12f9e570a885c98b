// The admin listener: status, metrics and revocation, behind one token.
// INVARIANT: one hook authenticates all routes but the two probes.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { Status } from '../../contract/status.ts'
import { createHttpServer, type Malformed } from '../http/http-server.ts'
import {
  type App,
  addProbes,
  createApp,
  type Probes,
} from '../http/listener.ts'
import type { Scraped } from './metrics/exposition.ts'
import { addRevoke, type Revoke } from './revoke/revoke-route.ts'

const OPEN = new Set(['/livez', '/readyz'])

interface AdminParts {
  readonly probes: Probes
  /** Wall-clock milliseconds. */
  readonly now: () => number
  readonly describe: () => Status
  readonly scrape: () => Promise<Scraped>
  readonly revoke: Revoke
  /** Adds the routes of other rooms. */
  readonly addRoutes: (app: App) => void
  readonly malformed: Malformed
  /** Answers a request without a token or with a wrong one. */
  readonly refuse: RequestListener
}

export function createAdmin(
  token: string,
  {
    probes,
    now,
    describe,
    scrape,
    revoke,
    addRoutes,
    malformed,
    refuse,
  }: AdminParts,
): App {
  const app = createApp((handler) => createHttpServer(handler, malformed))
  const expected = hash(`Bearer ${token}`)
  app.addHook('onRequest', async (request, reply) => {
    if (OPEN.has(request.routeOptions.url ?? '')) return
    const given = hash(request.headers.authorization ?? '')
    if (timingSafeEqual(given, expected)) return
    reply.hijack()
    refuse(request.raw, reply.raw)
  })
  addProbes(app, probes)
  addRevoke(app, now, revoke)
  addRoutes(app)
  app.get('/status', () => describe())
  app.get('/metrics', async (_request, reply) => {
    const { type, text } = await scrape()
    return reply.type(type).send(text)
  })
  app.get('/health', () => {
    const { ready, table, rejected, servers } = describe()
    return { ready, table, rejected, servers }
  })
  return app
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
