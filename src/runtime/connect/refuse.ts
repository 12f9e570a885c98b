// Answers requests to the pages that are refused.
// In: the problem of a request. Out: a page, and a record of it.
// INVARIANT: a caller without a session learns nothing of servers and people.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { readAddress } from './arrival.ts'
import type { ConnectContext } from './context.ts'
import { renderProblem } from './failure-page.ts'
import { type Page, sendPage } from './page.ts'
import { PROBLEMS, type ProblemName } from './problems.ts'
import { countRefused } from './steps.ts'

export function refuse(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
  name: ProblemName,
  more: { readonly server?: string; readonly waitMs?: number } = {},
): FastifyReply {
  countRefused(context, readAddress(request), PROBLEMS[name].reason)
  return sendPage(reply, renderProblem(name, more.server, more.waitMs))
}

/** Answers a request that proved nothing. Whoever tries many secrets waits
 * longer and longer, as at the endpoint. */
export function refuseSecret(
  { runtime }: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
  refused: { readonly reason: string; readonly holder?: string },
  page: Page,
): void {
  const ip = readAddress(request)
  const { reason, holder } = refused
  runtime.unauthenticated.count(ip, reason, 'unauthenticated', holder)
  runtime.tally.countRefusal(reason)
  runtime.authThrottle.pace(ip, reply.raw, () => void sendPage(reply, page))
}
