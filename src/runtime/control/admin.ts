// The routes of the admin listener: status, metrics and revocation, behind one
// token. The probes are answered before.
// INVARIANT: one hook authenticates all routes, also those that are added later.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { Status } from '../../contract/status.ts'
import type { App } from '../http/app.ts'
import type { Scraped } from './metrics/exposition.ts'
import { addRevoke, type Revoke } from './revoke/revoke-route.ts'

interface AdminParts {
  /** Wall-clock milliseconds. */
  readonly now: () => number
  readonly describe: () => Status
  readonly scrape: () => Promise<Scraped>
  readonly revoke: Revoke
  /** Answers a request without a token or with a wrong one. */
  readonly refuse: RequestListener
}

export function addAdmin(
  app: App,
  token: string,
  { now, describe, scrape, revoke, refuse }: AdminParts,
): void {
  const expected = hash(`Bearer ${token}`)
  app.addHook('onRequest', async (request, reply) => {
    const given = hash(request.headers.authorization ?? '')
    if (timingSafeEqual(given, expected)) return
    reply.hijack()
    refuse(request.raw, reply.raw)
  })
  addRevoke(app, now, revoke)
  app.get('/status', () => describe())
  app.get('/metrics', async (_request, reply) => {
    const { type, text } = await scrape()
    return reply.type(type).send(text)
  })
  app.get('/health', () => {
    const { ready, table, rejected, servers } = describe()
    return { ready, table, rejected, servers }
  })
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
