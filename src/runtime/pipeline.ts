// Calls the stages of a request in the order of docs/architecture.md#serve.
// INVARIANT: the order is the same for every version, transport and method.

import type { Principal } from './catalog/view.ts'
import type { Runtime } from './control/context.ts'
import { readHead } from './http/head.ts'
import type { HttpRequest, HttpResponse } from './http/request-response.ts'
import type { LoginFault } from './login/problem.ts'
import type { Verdict } from './login/verifier.ts'
import { LISTS, LOCAL, USES } from './message/methods.ts'
import { openListenStream } from './notifications/listen.ts'
import {
  answerSubscription,
  isSubscription,
  routeSubscription,
} from './notifications/subscribe.ts'
import { takeNotification } from './relay/client-messages.ts'
import { markStateUsed } from './relay/input.ts'
import { judgeCall } from './relay/judge-call.ts'
import { resumeCall } from './relay/pending-input.ts'
import { startRelay } from './relay/relay.ts'
import { readTask } from './relay/task-ids.ts'
import type { Exchange } from './request.ts'
import { authenticate } from './stages/authenticate.ts'
import { authorize } from './stages/authorize.ts'
import {
  awaitFirstList,
  awaitFirstLists,
  isPremature,
} from './stages/first-lists.ts'
import { recallBucketOwner } from './stages/limit.ts'
import { answerList, answerLocal } from './stages/local-methods.ts'
import {
  admitPerson,
  readLoginToken,
  recallPerson,
  refusePerson,
  refuseStarting,
} from './stages/login.ts'
import type { Arrival } from './stages/open.ts'
import { applyOwnLists } from './stages/own-lists.ts'
import { guard, receive } from './stages/receive.ts'
import {
  refuseDraining,
  refuseExchange,
  refuseHead,
  refuseLimited,
  refuseUnauthenticated,
} from './stages/refuse.ts'
import type { Relays } from './stages/route.ts'
import { route } from './stages/route.ts'
import { serveSession } from './stages/session-streams.ts'

export function serve(
  runtime: Runtime,
  request: HttpRequest,
  response: HttpResponse,
): void {
  const { routing, clock } = runtime
  const began = clock.monotonic()
  const { listen, caps } = routing.table
  if (runtime.draining) return refuseDraining(response)
  const head = readHead(request, listen, caps.request, runtime.proxies)
  if ('refusal' in head) return refuseHead(runtime, head, request, response)
  const principal = authenticate(routing, head, clock.now())
  if ('refusal' in principal) {
    return refuseUnauthenticated(runtime, head, principal, response)
  }
  if (principal.token.kind === 'break-glass') {
    runtime.alarm.raise(runtime, principal, head.ip)
  }
  const arrival = { routing, head, principal, began, request, response }
  if (head.method !== 'POST') return serveSession(runtime, arrival)
  receive(runtime, arrival, serveMessage)
}

/** The endpoint of the company's login. A token is checked before anything of
 * the body is read; a known one waits for nothing. */
export function serveLogin(
  runtime: Runtime,
  request: HttpRequest,
  response: HttpResponse,
): void {
  const { routing, clock, verifier } = runtime
  const began = clock.monotonic()
  const { listen, caps } = routing.table
  if (runtime.draining) return refuseDraining(response)
  const head = readHead(request, listen, caps.request, runtime.proxies)
  if ('refusal' in head) return refuseHead(runtime, head, request, response)
  const early = { routing, head, began, request, response }
  if (!verifier) return refuseStarting(runtime, early)
  const known = recallPerson(routing, verifier, head, clock.now())
  if (known) return enter(runtime, early, known)
  const token = readLoginToken(routing, head) as string
  if (verifier.isAsked(token) && runtime.authThrottle.isOver(head.ip)) {
    return refusePerson(runtime, head, TRIES, response)
  }
  const end = (verdict: Verdict) => {
    if (response.destroyed) return
    // What was asked under other terms is no answer.
    const isSame = runtime.verifier === verifier && runtime.routing === routing
    if (!isSame || runtime.draining) {
      return serveLogin(runtime, request, response)
    }
    enter(runtime, early, admitPerson(routing, head, verdict, clock.now()))
  }
  verifier.verify(token).then(
    (verdict) => guard(runtime, response, () => end(verdict)),
    (error: unknown) =>
      guard(runtime, response, () => {
        throw error
      }),
  )
}

function enter(
  runtime: Runtime,
  early: Omit<Arrival, 'principal'>,
  principal: Principal | LoginFault,
): void {
  const { head, response } = early
  if ('problem' in principal) {
    return refusePerson(runtime, head, principal, response)
  }
  const arrival = { ...early, principal }
  if (head.method !== 'POST') return serveSession(runtime, arrival)
  receive(runtime, arrival, serveMessage)
}

const LISTEN = 'subscriptions/listen'

/** Its answer says which lists there are. */
const DISCOVER = 'server/discover'

/** Who guesses makes the gateway ask the provider no more. */
const TRIES = Object.freeze({ problem: 'busy', retryAfterMs: 5_000 })

const NO_TASK = { task: undefined } as const

const UNKNOWN_METHOD = { refusal: 'unknown-method' } as const

/** The functions that continue a granted call. */
const RELAYS: Relays<Runtime> = {
  send: (runtime, exchange, use, upstream) =>
    isSubscription(exchange)
      ? routeSubscription(runtime, exchange, use, upstream)
      : startRelay(runtime, exchange, use, upstream),
  resume: resumeCall,
}

/** After the wait for servers that were starting: a call waits once. */
function serveHeld(runtime: Runtime, exchange: Exchange): void {
  serveMessage(runtime, exchange, true)
}

function serveMessage(
  runtime: Runtime,
  opened: Exchange,
  wasHeld = false,
): void {
  const exchange = applyOwnLists(runtime, opened, opened)
  const { method, era, message } = exchange
  if (message.kind !== 'request') return takeNotification(runtime, exchange)
  const use = USES[era].get(method)
  if (!use) return serveLocal(runtime, exchange)
  const named = use.kind === 'task' ? readTask(runtime, exchange) : NO_TASK
  if ('refusal' in named) return refuseExchange(runtime, exchange, named)
  const { task } = named

  const grant = authorize(exchange, use, task)
  exchange.named = grant
  if (
    !wasHeld &&
    isPremature(exchange, grant) &&
    awaitFirstList(runtime, exchange, grant, task, serveHeld)
  ) {
    return
  }
  if ('refusal' in grant) return refuseExchange(runtime, exchange, grant)
  const continuation = judgeCall(runtime, exchange, grant.use)
  if ('refusal' in continuation) {
    return refuseExchange(runtime, exchange, continuation)
  }
  const admission = runtime.limiter.admit(
    use.charged ? grant.limits : [],
    recallBucketOwner(exchange, grant.use),
    // An answer to a server's question belongs to a call that was charged.
    continuation.state !== undefined,
  )
  if ('refusal' in admission) return refuseLimited(runtime, exchange, admission)
  const { state, ticket } = continuation
  exchange.granted = { state, ticket, task, admission }
  if (state) markStateUsed(runtime, exchange)
  if (answerSubscription(runtime, exchange, grant.use)) return
  route(runtime, exchange, grant.use, RELAYS)
}

/** Serves a method that uses nothing of a server. */
function serveLocal(runtime: Runtime, exchange: Exchange): void {
  const { method, era } = exchange
  const list = LISTS.get(method)
  if (list) {
    return awaitFirstLists(runtime, exchange, (renewed) =>
      answerList(runtime, renewed, list),
    )
  }
  if (method === LISTEN && era === 'modern') {
    return openListenStream(runtime, exchange)
  }
  if (method === DISCOVER && era === 'modern') {
    return awaitFirstLists(runtime, exchange, (renewed) =>
      answerLocal(runtime, renewed),
    )
  }
  if (LOCAL[era].has(method)) return answerLocal(runtime, exchange)
  refuseExchange(runtime, exchange, UNKNOWN_METHOD)
}
