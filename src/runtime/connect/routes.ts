// The routes below /connect on the public listener.
// In: a listener, a context. Out: pages for people, JSON for programs.
// INVARIANT: without a server that is signed in to in a browser, and without the
// company's login, there are none: each is answered as any unknown address.

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'
import { logUnlisted } from '../stages/refuse.ts'
import { hasSignIns } from './access.ts'
import { begin, disconnect } from './act.ts'
import { judgeArrival } from './arrival.ts'
import { comeBack } from './callback.ts'
import type { ConnectContext } from './context.ts'
import { tellClient, tellState } from './data.ts'
import { showOperator, takeCode } from './operator.ts'
import { setHeaders } from './page.ts'
import { readServer } from './params.ts'
import type { ProblemName } from './problems.ts'
import { endProgram } from './programs.ts'
import { readFormsOnly } from './read-forms.ts'
import { refuse } from './refuse.ts'
import { enter, goToCompany, leave, showAccounts } from './visit.ts'

type Handler = (
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
) => FastifyReply | Promise<FastifyReply>

interface Route {
  readonly url: string
  readonly get?: Handler
  readonly post?: Handler
  /** Reading it changes something, so HEAD must not. */
  readonly acts?: true
  /** A server may have this name: who reads it gets the page of that server. */
  readonly isName?: true
}

const ROUTES: readonly Route[] = [
  { url: '/connect', get: showAccounts },
  { url: '/connect/session', post: enter, isName: true },
  { url: '/connect/login', post: goToCompany, isName: true },
  { url: '/connect/leave', post: leave, isName: true },
  { url: '/connect/programs', post: endProgram, isName: true },
  { url: '/connect/:server', get: showOrTell },
  { url: '/connect/:server/begin', post: begin },
  { url: '/connect/:server/disconnect', post: disconnect },
  { url: '/connect/:server/callback', get: comeBack, acts: true },
  { url: '/connect/:server/client.json', get: tellClient },
  {
    url: '/connect/:server/operator',
    get: showOperator,
    post: takeCode,
  },
]

/** A program asks for `state` with a token; a server may have that name. */
function showOrTell(
  context: ConnectContext,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const isAsked =
    readServer(request) === 'state' &&
    request.headers.authorization !== undefined
  return isAsked
    ? tellState(context, request, reply)
    : showAccounts(context, request, reply)
}

export function addConnect(app: App, context: ConnectContext): void {
  app.register(async (scope) => {
    readFormsOnly(scope)
    scope.setErrorHandler((error: FastifyError, request, reply) => {
      const { statusCode = 500 } = error
      if (statusCode >= 500) {
        context.runtime.log.error(error, 'a bug: a page could not be made')
      }
      reply.header('connection', 'close')
      const problem = FAULTS[statusCode] ?? 'fault'
      return refuse(context, request, reply, problem)
    })
    for (const route of ROUTES) addRoute(scope, context, route)
  })
}

/** What Fastify refuses by itself. */
const FAULTS: Readonly<Record<number, ProblemName>> = Object.freeze({
  400: 'body',
  413: 'size',
  415: 'type',
})

function addRoute(
  scope: App,
  context: ConnectContext,
  { url, get, post, acts, isName }: Route,
): void {
  const isRead = get ?? isName
  const own = [isRead && 'GET', isRead && !acts && 'HEAD', post && 'POST']
  const methods = own.filter((one) => typeof one === 'string')
  const allow = [...methods, 'OPTIONS'].join(', ')
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const isServed =
      hasSignIns(context.runtime.routing.table) ||
      context.company() !== undefined
    if (!isServed) return reply.callNotFound()
    const problem = judgeArrival(context, request)
    if (!problem) return
    if (problem === 'host') logUnlisted(context.runtime, problem, request)
    // The body was not read.
    reply.header('connection', 'close')
    return refuse(context, request, reply, problem)
  }
  const run = (handler: Handler) => ({
    url,
    onRequest,
    exposeHeadRoute: !acts,
    handler: (request: FastifyRequest, reply: FastifyReply) =>
      handler(context, request, reply),
  })
  if (get) scope.route({ method: 'GET', ...run(get) })
  if (post) scope.route({ method: 'POST', ...run(post) })
  const others = METHODS.filter((one) => !methods.includes(one))
  const handler: Handler = (_context, { method }, reply) => {
    setHeaders(reply, { allow })
    return reply.code(method === 'OPTIONS' ? 204 : 405).send()
  }
  scope.route({ method: others, ...run(handler), exposeHeadRoute: false })
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
