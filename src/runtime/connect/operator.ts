// The page on which an operator connects a shared account: it asks for a code.
// In: a code from the admin listener. Out: the way to the authorization server.
// INVARIANT: who has no code learns nothing, whatever server the address names.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { findSignIn } from './access.ts'
import { sendOnward } from './act.ts'
import { findOwnPlace, readAddress } from './arrival.ts'
import type { ConnectContext } from './context.ts'
import { renderOperator, renderOperatorDone } from './operator-page.ts'
import {
  makeOperator,
  readOperator,
  writeOperator,
} from './operator-session.ts'
import { sendPage, sendTo } from './page.ts'
import { readForm, readServer } from './params.ts'
import { PROBLEMS } from './problems.ts'
import { refuse, refuseSecret } from './refuse.ts'
import { recordStep } from './steps.ts'

/** GET /connect/SERVER/operator. */
export function showOperator(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const own = findOwnPlace(context, request)
  if (own !== undefined) return sendTo(reply, own)
  const server = readServer(request)
  if (server === undefined) return refuse(context, request, reply, 'server')
  const operator = readOperator(context, request)
  if (!operator?.done || operator.server !== server) {
    return sendPage(reply, renderOperator(server, undefined))
  }
  const cookies = context.cookies.end('operator', operator)
  return sendPage(reply, { ...renderOperatorDone(server), cookies })
}

/** POST /connect/SERVER/operator. */
export async function takeCode(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const server = readServer(request)
  if (server === undefined) return refuse(context, request, reply, 'server')
  const given = readForm(request).get('code') ?? ''
  if (!context.codes.take(server, given)) {
    const { status, reason, text } = PROBLEMS.code
    const page = renderOperator(server, text, status)
    refuseSecret(context, request, reply, { reason }, page)
    return reply
  }
  const accounts = context.accountsOf(server)
  const auth = findSignIn(context.runtime.routing.table.servers[server])
  if (!accounts || auth?.as !== 'gateway') {
    return refuse(context, request, reply, 'server')
  }
  const ip = readAddress(context, request)
  const who = { server, subject: null, tokenId: null, ip }
  if (!(await recordStep(context, { step: 'begin', ...who }))) {
    return refuse(context, request, reply, 'audit')
  }
  const operator = makeOperator(context, server)
  const cookies = writeOperator(context, operator)
  const ask = () => accounts.begin(null, operator.browser)
  return sendOnward(context, reply, who, ask, cookies)
}
