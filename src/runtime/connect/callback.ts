// Where the authorization server sends the browser back to.
// In: a state, and a code or an error. Out: the page of the server.
// INVARIANT: a flow is taken once; it counts only in the browser, for the person
// and for the server that began it; the code goes nowhere before that is sure.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { findUsable } from './access.ts'
import type { Flow } from './accounts.ts'
import { sendFailure } from './act.ts'
import { readAddress } from './arrival.ts'
import type { ConnectContext } from './context.ts'
import { readOperator, tellOperator } from './operator-session.ts'
import { sendTo } from './page.ts'
import { placeOf, readQuery, readServer } from './params.ts'
import type { ProblemName } from './problems.ts'
import { refuse } from './refuse.ts'
import { readVisitor, tellNext } from './session.ts'
import { recordStep } from './steps.ts'

/** GET /connect/SERVER/callback. */
export async function comeBack(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const params = readQuery(request)
  const server = readServer(request)
  const [state = '', ...others] = params.getAll('state')
  const flow = others.length === 0 ? context.takeFlow(state) : undefined
  if (!flow || server === undefined || flow.server !== server) {
    return refuse(context, request, reply, 'flow', back(server))
  }
  const returned = findReturned(context, request, flow)
  if (typeof returned === 'string') {
    return refuse(context, request, reply, returned, back(server))
  }
  const accounts = context.accountsOf(server)
  if (!accounts) return refuse(context, request, reply, 'server')
  const { tokenId, place, cookies } = returned
  const { subject } = flow
  const who = { server, subject, tokenId, ip: readAddress(context, request) }
  if (params.get('error') === 'access_denied') {
    await recordStep(context, { step: 'failed', reason: 'declined', ...who })
    return refuse(context, request, reply, 'declined', back(server))
  }
  if (!(await recordStep(context, { step: 'finish', ...who }))) {
    return refuse(context, request, reply, 'audit', back(server))
  }
  try {
    await accounts.finish(flow, params)
  } catch (thrown) {
    return sendFailure(context, reply, who, thrown)
  }
  return sendTo(reply, place, cookies)
}

interface Returned {
  readonly tokenId: string | null
  readonly place: string
  readonly cookies: readonly string[]
}

/** Whether the browser is the one that began the flow. */
function findReturned(
  context: ConnectContext,
  request: FastifyRequest,
  { server, subject, browser }: Flow,
): Returned | ProblemName {
  if (subject === null) {
    const operator = readOperator(context, request)
    const same = operator?.browser === browser && operator.server === server
    if (!operator || !same) return 'browser'
    const cookies = tellOperator(context, operator)
    return { tokenId: null, place: `/connect/${server}/operator`, cookies }
  }
  const visitor = readVisitor(context, request)
  if (!visitor) return 'browser'
  const { token } = visitor
  if (visitor.browser !== browser || visitor.subject !== subject) {
    return 'browser'
  }
  const usable = findUsable(context.runtime.routing, token, server)
  if (usable?.as !== 'person') return 'server'
  const told = { word: 'connected', server } as const
  const cookies = tellNext(context, visitor, told)
  return { tokenId: token.id, place: placeOf(server), cookies }
}

function back(server: string | undefined) {
  return server === undefined ? {} : { server }
}
