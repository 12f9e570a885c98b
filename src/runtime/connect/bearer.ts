// Who sends a request of a program with a bearer token.
// In: a request. Out: a principal; or the answer of an unauthenticated one.
// INVARIANT: the token is judged, counted and slowed down as at the endpoint.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../catalog/view.ts'
import { authenticate } from '../stages/authenticate.ts'
import { paceRefusal } from '../stages/refuse.ts'
import { writeChallenge } from '../stages/token-faults.ts'
import { readAddress } from './arrival.ts'
import type { ConnectContext } from './context.ts'

/** Undefined: the request has its answer. */
export function readBearer(
  { runtime, raise }: Pick<ConnectContext, 'runtime' | 'raise'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Principal | undefined {
  const { authorization } = request.headers
  const head = { authorization, memo: undefined }
  const judged = authenticate(runtime.routing, head, runtime.clock.now())
  const ip = readAddress({ runtime }, request)
  if ('refusal' in judged) {
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
    return undefined
  }
  if (judged.token.kind === 'break-glass') raise(judged, ip)
  return judged
}
