// Answers requests to the pages that are refused.
// In: the problem of a request. Out: a page, and a record of it.
// INVARIANT: a caller without a session learns nothing of servers and people.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { paceRefusal } from '../stages/refuse.ts'
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
  { server }: { readonly server?: string } = {},
): FastifyReply {
  const ip = readAddress(context, request)
  countRefused(context, ip, PROBLEMS[name].reason)
  const waitMs = context.pace.chargeRefusal(ip)
  if (waitMs > 0) return sendPage(reply, renderProblem('pace', server, waitMs))
  return sendPage(reply, renderProblem(name, server))
}

/** As `refuse`, for a person who does more than people do. */
export function refuseBusy(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
  waitMs: number,
): FastifyReply {
  countRefused(context, readAddress(context, request), PROBLEMS.pace.reason)
  return sendPage(reply, renderProblem('pace', undefined, waitMs))
}

/** Answers a request that proved nothing. Whoever tries many secrets waits
 * longer and longer, as at the endpoint. */
export function refuseSecret(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
  refused: { readonly reason: string; readonly holder?: string },
  page: Page,
): void {
  const ip = readAddress(context, request)
  const { runtime } = context
  const { reason, holder } = refused
  runtime.unauthenticated.count(ip, reason, 'unauthenticated', holder)
  runtime.tally.countRefusal(reason)
  const answer = () => void sendPage(reply, page)
  const busy = () =>
    void sendPage(reply, renderProblem('pace', undefined, 5_000))
  paceRefusal(runtime, ip, reply.raw, { answer, busy })
}
