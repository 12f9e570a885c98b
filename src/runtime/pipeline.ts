// The serve journey, in the order of design §2: head, authenticate, body, era,
// authorize, limit, route; audit in every branch.
// In: one HTTP request to the endpoint. Out: its answer.
// INVARIANT: the same order for every version, transport and method.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { renderNotice } from './audit/record.ts'
import { authenticate, judgeToken } from './authenticate.ts'
import { authorize } from './authorize.ts'
import { readBody } from './edge/body.ts'
import { readClaim } from './edge/era.ts'
import { readHead } from './edge/head.ts'
import { readMessage } from './edge/message.ts'
import { LISTS, OWN, USES } from './edge/methods.ts'
import type { Exchange, Principal } from './exchange.ts'
import { type Arrival, openExchange } from './open.ts'
import { answerList, answerOwn, takeNotification } from './own.ts'
import {
  refuseDenied,
  refuseDraining,
  refuseHead,
  refuseLimited,
  refuseMessage,
  refuseMethod,
  refuseStranger,
} from './refuse.ts'
import { route } from './route.ts'
import type { Runtime } from './runtime.ts'
import { serveSession } from './stream.ts'

export function serve(
  runtime: Runtime,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { routing, clock } = runtime
  const began = clock.monotonic()
  const { listen, caps } = routing.table
  if (runtime.draining) return refuseDraining(response)
  const head = readHead(request, listen, caps.request)
  if ('status' in head) return refuseHead(runtime, head, request, response)
  const principal = authenticate(routing, head.authorization, clock.now())
  if ('reason' in principal) {
    return refuseStranger(runtime, head, principal, request, response)
  }
  const arrival = { routing, head, principal, began, request, response }
  if (head.method !== 'POST') return serveSession(runtime, arrival)
  readBody(request, caps.request, (body) => {
    if (!body) {
      const reason = 'content-length'
      return refuseHead(runtime, { status: 413, reason }, request, response)
    }
    // Bodies take their time: whoever asks is judged as they are now.
    const renewed = renewArrival(runtime, arrival)
    if (renewed)
      guard(runtime, response, () => serveBody(runtime, renewed, body))
  })
}

/** A mistake of ours costs one request, not the process. */
function guard(
  runtime: Runtime,
  response: ServerResponse,
  stage: () => void,
): void {
  try {
    stage()
  } catch (error) {
    runtime.log.error(error, 'a bug: a request was dropped')
    runtime.audit.append(renderNotice('fault', runtime.routing.digest, null))
    response.destroy()
  }
}

function serveBody(
  runtime: Runtime,
  arrival: Arrival,
  body: Buffer,
  waited = false,
): void {
  const { routing, head, principal } = arrival
  const message = readMessage(body, routing.table.caps.depth)
  if ('problem' in message) {
    const rejection = { status: 400, ...message }
    return refuseMessage(runtime, arrival, undefined, rejection)
  }
  const { sessions, upstreams } = runtime
  if (!waited && LISTS.has(message.method) && upstreams.patience > 0) {
    // A list that came too early would be short.
    return void upstreams.attempted().then(() => {
      const renewed = renewArrival(runtime, arrival)
      if (!renewed) return
      const { response } = renewed
      guard(runtime, response, () => serveBody(runtime, renewed, body, true))
    })
  }
  const claim = readClaim(message, head, sessions, principal.token.id)
  if ('problem' in claim) {
    return refuseMessage(runtime, arrival, message, claim)
  }
  const exchange = openExchange(runtime, arrival, message, claim)
  if (message.kind !== 'request') return takeNotification(runtime, exchange)
  serveRequest(runtime, exchange)
}

/** What the wait brought in is part of the answer, and so is a revocation. */
function renewArrival(runtime: Runtime, arrival: Arrival): Arrival | undefined {
  const { head, request, response } = arrival
  const { routing, clock } = runtime
  if (
    routing === arrival.routing &&
    judgeToken(routing, arrival.principal.token, clock.now()) === undefined
  ) {
    return arrival
  }
  const principal = authenticate(routing, head.authorization, clock.now())
  if (!('reason' in principal)) return { ...arrival, routing, principal }
  refuseStranger(runtime, head, principal, request, response)
  return undefined
}

function serveRequest(runtime: Runtime, exchange: Exchange): void {
  const { method, era } = exchange
  const list = LISTS.get(method)
  if (list) return answerList(runtime, exchange, list)
  const use = USES.get(method)
  if (!use && OWN[era].has(method)) return answerOwn(runtime, exchange)
  if (!use) return refuseMethod(runtime, exchange)

  const grant = authorize(exchange, use)
  if ('decision' in grant) {
    return refuseDenied(runtime, exchange, grant, use.kind)
  }
  exchange.use = grant.use
  const admission = runtime.limiter.admit(
    grant.limits,
    nameCaller(exchange.principal, grant.use),
  )
  if ('text' in admission) return refuseLimited(runtime, exchange, admission)
  exchange.admission = admission
  route(runtime, exchange, grant.use)
}

/** A token and the one it replaces draw on the same buckets. */
function nameCaller(principal: Principal, use: Exchange['use'] & object) {
  const { token, lineage } = principal
  return {
    token: lineage,
    subject: token.subject,
    team: token.team ?? `token ${lineage}`,
    tool: `${use.server}/${use.name}`,
  }
}
