// The serve journey, in the order of design §2: head, authenticate, body, era,
// authorize, limit, route; audit in every branch.
// In: one HTTP request to the endpoint. Out: its answer.
// INVARIANT: the same order for every version, transport and method.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { renderNotice } from './audit/record.ts'
import { authenticate, judgeToken } from './authenticate.ts'
import { authorize } from './authorize.ts'
import { judgeBatch, openBatch } from './batch.ts'
import { readBody } from './edge/body.ts'
import { type Rejection, readClaim } from './edge/era.ts'
import { askBody } from './edge/expect.ts'
import { readHead } from './edge/head.ts'
import {
  type BadMessage,
  findNode,
  type Message,
  parseNode,
  readMessage,
} from './edge/message.ts'
import { CODE, LISTS, OWN, USES } from './edge/methods.ts'
import { judgeParams } from './edge/params.ts'
import { LARGE } from './edge/turns.ts'
import type { Exchange, Principal } from './exchange.ts'
import { answerSubscription } from './notices/subscribe.ts'
import { seeOwn } from './offer/own.ts'
import { type Arrival, openExchange } from './open.ts'
import { answerList, answerOwn, takeNotification } from './own.ts'
import {
  refuseDenied,
  refuseDraining,
  refuseHead,
  refuseLimited,
  refuseMessage,
  refuseMethod,
  refuseOdd,
  refuseStranger,
} from './refuse.ts'
import { readTask } from './relay/relabel.ts'
import { openState, spendState } from './relay/retry.ts'
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
    return refuseStranger(runtime, head, principal, response)
  }
  if (principal.token.kind === 'break-glass') {
    runtime.alarm.sound(runtime, principal, head.ip)
  }
  const arrival = { routing, head, principal, began, request, response }
  if (head.method !== 'POST') return serveSession(runtime, arrival)
  askBody(request, response)
  readBody(request, caps.request, (body) => {
    if (!body) {
      const reason = 'content-length'
      return refuseHead(runtime, { status: 413, reason }, request, response)
    }
    if (body.length < LARGE) return takeBody(runtime, arrival, body)
    runtime.turns.add(principal.token.id, () => {
      if (!response.destroyed) takeBody(runtime, arrival, body)
    })
  })
}

/** Bodies take their time: whoever asks is judged as they are now. */
function takeBody(runtime: Runtime, arrival: Arrival, body: Buffer): void {
  const renewed = renewArrival(runtime, arrival)
  if (!renewed) return
  guard(runtime, renewed.response, () => serveBody(runtime, renewed, body))
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
    return serveBatch(runtime, arrival, body, message, waited)
  }
  if (!waited && isEarly(runtime, message)) {
    return attend(runtime, arrival, (renewed) =>
      serveBody(runtime, renewed, body, true),
    )
  }
  const { sessions } = runtime
  const claim = readClaim(message, head, sessions, principal.token.id)
  if ('problem' in claim) {
    return refuseMessage(runtime, arrival, message, claim)
  }
  serveMessage(runtime, openExchange(runtime, arrival, message, claim))
}

/** A body that is no message may be several. */
function serveBatch(
  runtime: Runtime,
  arrival: Arrival,
  body: Buffer,
  bad: BadMessage,
  waited: boolean,
): void {
  const batch = judgeBatch(runtime, arrival, body, bad)
  if ('problem' in batch) {
    return refuseMessage(runtime, arrival, undefined, batch)
  }
  if (!waited && batch.messages.some((one) => isEarly(runtime, one))) {
    return attend(runtime, arrival, (renewed) =>
      serveBatch(runtime, renewed, body, bad, true),
    )
  }
  for (const exchange of openBatch(runtime, arrival, batch)) {
    serveMessage(runtime, exchange)
  }
}

/** A list that came too early would be short, or old. */
function isEarly({ upstreams }: Runtime, { method }: Message): boolean {
  if (!LISTS.has(method)) return false
  return upstreams.patience > 0 || upstreams.isStale
}

function attend(
  runtime: Runtime,
  arrival: Arrival,
  stage: (arrival: Arrival) => void,
): void {
  void runtime.upstreams.prepared().then(() => {
    const renewed = renewArrival(runtime, arrival)
    if (renewed) guard(runtime, renewed.response, () => stage(renewed))
  })
}

/** What the wait brought in is part of the answer, and so is a revocation. */
function renewArrival(runtime: Runtime, arrival: Arrival): Arrival | undefined {
  const { head, response } = arrival
  const { routing, clock } = runtime
  if (
    routing === arrival.routing &&
    judgeToken(routing, arrival.principal.token, clock.now()) === undefined
  ) {
    return arrival
  }
  const principal = authenticate(routing, head.authorization, clock.now())
  if (!('reason' in principal)) return { ...arrival, routing, principal }
  refuseStranger(runtime, head, principal, response)
  return undefined
}

function serveMessage(runtime: Runtime, opened: Exchange): void {
  const exchange = seeOwn(runtime, opened)
  const { method, era, message } = exchange
  if (message.kind !== 'request') return takeNotification(runtime, exchange)
  const list = LISTS.get(method)
  if (list) return answerList(runtime, exchange, list)
  const use = USES[era].get(method)
  if (!use && OWN[era].has(method)) return answerOwn(runtime, exchange)
  if (!use) return refuseMethod(runtime, exchange)
  if (use.kind === 'task') {
    const undeclared = readTask(runtime, exchange)
    if (undeclared) return refuseOdd(runtime, exchange, undeclared)
  }

  const grant = authorize(exchange, use)
  if ('decision' in grant) {
    return refuseDenied(runtime, exchange, grant)
  }
  exchange.use = grant.use
  const odd = judgeRequest(runtime, exchange, grant.use)
  if (odd) return refuseOdd(runtime, exchange, odd)
  const admission = runtime.limiter.admit(
    use.charged ? grant.limits : [],
    nameCaller(exchange.principal, grant.use),
    // What a call needs to go on is part of that call.
    exchange.state !== undefined,
  )
  if ('text' in admission) return refuseLimited(runtime, exchange, admission)
  spendState(runtime, exchange)
  exchange.admission = admission
  if (answerSubscription(runtime, exchange, grant.use)) return
  route(runtime, exchange, grant.use)
}

/** What only shows once it is known what is called. */
function judgeRequest(
  runtime: Runtime,
  exchange: Exchange,
  use: NonNullable<Exchange['use']>,
): Rejection | undefined {
  const { era, message, routing, head } = exchange
  if (era === 'legacy') return undefined
  if (!openState(runtime, exchange, use)) {
    const problem = 'Invalid requestState'
    return { status: 200, code: CODE.invalidParams, problem }
  }
  if (use.kind !== 'tool' || exchange.task) return undefined
  const params = routing.definitionOf(use)?.params() ?? []
  if (params.length === 0) return undefined
  const node = findNode(message.params, 'arguments')
  const args = node && parseNode(message.bytes, node)
  const problem = judgeParams(params, args, head.headers)
  return problem === undefined
    ? undefined
    : { status: 400, code: CODE.headerMismatch, problem }
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
