// GET /whoami on the public listener: a token asks what it may do.
// In: a bearer token. Out: JSON, when the servers that are starting were read.
// INVARIANT: the token is judged and slowed down as at the endpoint; each
// answer is recorded before it leaves, and their rate is bounded.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { renderNoticeRecord } from '../audit/notice-record.ts'
import type { Principal } from '../catalog/view.ts'
import { readAddress } from '../connect/arrival.ts'
import { readBearer } from '../connect/bearer.ts'
import { Pace } from '../connect/pace.ts'
import type { App } from '../http/app.ts'
import { isAllowedHost } from '../http/head.ts'
import { recordThen } from '../record/record-then.ts'
import { awaitRead } from '../stages/first-lists.ts'
import type { Runtime } from './context.ts'
import { describeOwn } from './own-access.ts'

const HEADERS = Object.freeze({
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

export function addWhoAmI(app: App, runtime: Runtime): void {
  const pace = new Pace(runtime.clock)
  app.route({
    method: 'GET',
    url: '/whoami',
    exposeHeadRoute: false,
    handler: (request, reply) => tellWho(runtime, pace, request, reply),
  })
}

function tellWho(
  runtime: Runtime,
  pace: Pace,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { routing } = runtime
  reply.headers(HEADERS)
  const ip = readAddress({ runtime }, request)
  if (!isAllowedHost(request.headers.host, routing.table.listen)) {
    runtime.unauthenticated.count(ip, 'host', 'rejected')
    return reply.code(403).send({ error: 'forbidden' })
  }
  const raise = runtime.alarm.raise.bind(runtime.alarm, runtime)
  const principal = readBearer({ runtime, raise }, request, reply)
  if (!principal) return reply
  const { id } = principal.token
  const wait = pace.chargeAct(id)
  if (wait > 0) {
    const { fragment } = principal
    runtime.unauthenticated.count(ip, 'whoami', 'limited', fragment)
    const seconds = Math.max(1, Math.ceil(wait / 1_000))
    reply.code(429).header('retry-after', String(seconds))
    return reply.send({ error: 'too_many_requests' })
  }
  const tell = (holder: Principal) => recordAnswer(runtime, holder, ip, reply)
  const read = awaitRead(runtime, { routing, principal })
  if (!read) {
    tell(principal)
    return reply
  }
  void read.then(() => {
    if (reply.raw.destroyed) return
    // The token may have been revoked; that it is used was told before.
    const parts = { runtime, raise: () => {} }
    const renewed = readBearer(parts, request, reply)
    if (renewed) tell(renewed)
  })
  return reply
}

function recordAnswer(
  runtime: Runtime,
  principal: Principal,
  ip: string,
  reply: FastifyReply,
): void {
  const { routing, limiter, clock } = runtime
  const { id, subject } = principal.token
  const detail = { tokenId: id, subject, ip }
  recordThen(
    runtime,
    routing,
    renderNoticeRecord('whoami', routing.digest, detail),
    () =>
      void reply.send(describeOwn(routing, principal, limiter, clock.now())),
    () => void reply.code(503).send({ error: 'unavailable' }),
  )
}
