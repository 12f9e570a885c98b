// What programs read below /connect: the state of a person's accounts, and the
// metadata document of the gateway as a client.
// In: a bearer token; nothing. Out: JSON.
// INVARIANT: a cookie proves nothing here.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { listUsable } from './access.ts'
import { readBearer } from './bearer.ts'
import type { ConnectContext } from './context.ts'
import { setHeaders } from './page.ts'
import { readServer } from './params.ts'

/** GET /connect/state with a bearer token. */
export function tellState(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { runtime, accountsOf } = context
  const { routing } = runtime
  setHeaders(reply)
  const judged = readBearer(context, request, reply)
  if (!judged) return reply
  const { subject } = judged.token
  const usable = listUsable(routing, judged.token)
  const servers = usable
    .filter(({ as }) => as === 'person')
    .map(({ name, title, via }) => {
      const account = accountsOf(name)?.accountOf(subject)
      return {
        name,
        title,
        ...(via !== null && { via }),
        state: account?.state ?? 'absent',
        since: formatInstant(account?.since),
        until: formatInstant(account?.until),
      }
    })
  return reply.send({ subject, servers })
}

function formatInstant(at: number | null | undefined): string | null {
  return typeof at === 'number' ? new Date(at).toISOString() : null
}

/** GET /connect/SERVER/client.json. */
export function tellClient(
  { accountsOf }: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const server = readServer(request)
  const metadata = server && accountsOf(server)?.clientMetadata()
  if (!metadata) return reply.code(404).send({ error: 'not_found' })
  return reply
    .header('cache-control', 'max-age=300')
    .header('x-content-type-options', 'nosniff')
    .send(metadata)
}
