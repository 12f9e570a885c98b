// What programs read below /connect: the state of a person's accounts, and the
// metadata document of the gateway as a client.
// In: a bearer token; nothing. Out: JSON.
// INVARIANT: a cookie proves nothing here.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { authenticate } from '../stages/authenticate.ts'
import { paceRefusal } from '../stages/refuse.ts'
import { writeChallenge } from '../stages/token-faults.ts'
import { listUsable } from './access.ts'
import { readAddress } from './arrival.ts'
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
  const { routing, clock } = runtime
  setHeaders(reply)
  const { authorization } = request.headers
  const head = { authorization, memo: undefined }
  const judged = authenticate(routing, head, clock.now())
  if ('refusal' in judged) {
    const ip = readAddress(context, request)
    const { reason, detail, holder } = judged
    runtime.unauthenticated.count(ip, reason, 'unauthenticated', holder)
    runtime.tally.countRefusal(reason)
    const answer = () => {
      reply.code(401).header('www-authenticate', writeChallenge(judged))
      void reply.send({ error: 'unauthorized', error_description: detail })
    }
    const busy = () => {
      reply.code(429).header('retry-after', '5')
      void reply.send({ error: 'too_many_requests' })
    }
    paceRefusal(runtime, ip, reply.raw, { answer, busy })
    return reply
  }
  const { subject, kind } = judged.token
  if (kind === 'break-glass')
    context.raise(judged, readAddress(context, request))
  const usable = listUsable(routing, judged.token)
  const servers = usable
    .filter(({ as }) => as === 'person')
    .map(({ name, title }) => {
      const account = accountsOf(name)?.accountOf(subject)
      return {
        name,
        title,
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
