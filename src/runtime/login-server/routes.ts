// The routes of the authorization server on the public listener.
// In: a listener, a context. Out: pages for people, OAuth answers for programs.
// INVARIANT: where the table has no `login.server`, each is answered as any
// unknown address; what is not named here never reaches oidc-provider.

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { findOwnPlace, judgeArrival, readAddress } from '../connect/arrival.ts'
import { sendTo } from '../connect/page.ts'
import { readFormsOnly } from '../connect/read-forms.ts'
import { refuse, refuseBusy } from '../connect/refuse.ts'
import type { App } from '../http/app.ts'
import { isAllowedHost } from '../http/head.ts'
import { MOUNT } from '../login/addresses.ts'
import { rewriteRequest } from './authorization-request.ts'
import { comeBack } from './callback.ts'
import { decide, showVisit } from './consent.ts'
import type { LoginContext, OwnServer } from './context.ts'
import { describeServer, METADATA, ROUTES } from './paths.ts'

/** Of a request of a program. */
const MAX_BYTES = 16 * 1_024

export function addLogin(app: App, context: LoginContext): void {
  app.register(async (scope) => addPages(scope, context))
  app.register(async (scope) => addEndpoints(scope, context))
}

function addPages(scope: App, context: LoginContext): void {
  const { connect, server } = context
  readFormsOnly(scope)
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    const { statusCode = 500 } = error
    if (statusCode >= 500) {
      connect.runtime.log.error(error, 'a bug: a page could not be made')
    }
    reply.header('connection', 'close')
    return refuse(connect, request, reply, statusCode < 500 ? 'body' : 'fault')
  })
  scope.addHook('onRequest', async (request, reply) => {
    if (!server()) return reply.callNotFound()
    const problem = judgeArrival(connect, request)
    if (!problem) return
    reply.header('connection', 'close')
    return refuse(connect, request, reply, problem)
  })
  const consent = `${MOUNT}/consent/:uid`
  const read = { exposeHeadRoute: false }
  scope.get(consent, read, (request, reply) =>
    showVisit(context, request, reply),
  )
  scope.post(consent, (request, reply) => decide(context, request, reply))
  scope.get(`${MOUNT}/callback`, read, (request, reply) =>
    comeBack(context, request, reply),
  )
}

function addEndpoints(scope: App, context: LoginContext): void {
  const { connect, server } = context
  // oidc-provider reads the body itself.
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, payload, done) => {
    done(null, payload)
  })
  scope.addHook('onRequest', async ({ headers }, reply) => {
    if (!server()) return reply.callNotFound()
    const { listen } = connect.runtime.routing.table
    if (!isAllowedHost(headers.host, listen)) {
      return reply.code(403).send({ error: 'invalid_request' })
    }
    if (Number(headers['content-length'] ?? 0) > MAX_BYTES) {
      reply.header('connection', 'close')
      return reply.code(413).send({ error: 'invalid_request' })
    }
  })
  const run = (handler: Handler) => {
    return (request: FastifyRequest, reply: FastifyReply) => {
      const own = server()
      return own ? handler(own, request, reply) : reply.callNotFound()
    }
  }
  scope.route({
    method: ['GET', 'OPTIONS'],
    url: METADATA,
    exposeHeadRoute: false,
    handler: run((own, request, reply) => {
      allowOrigins(reply, 'GET')
      if (request.method === 'OPTIONS') return reply.code(204).send()
      const { origin, login, server } = own
      reply.header('cache-control', 'max-age=300')
      return reply.send(describeServer(origin, login, server))
    }),
  })
  const authorize = MOUNT + ROUTES.authorization
  const read = { exposeHeadRoute: false }
  scope.get(authorize, read, run(authorizeHere(context)))
  scope.get(`${authorize}/:uid(^[\\w-]{20,60}$)`, read, run(goOn))
  scope.get(MOUNT + ROUTES.jwks, read, run(pass))
  for (const url of [ROUTES.token, ROUTES.revocation]) {
    const method = ['POST', 'OPTIONS'] as const
    scope.route({ method: [...method], url: MOUNT + url, handler: run(pass) })
  }
  scope.route({
    method: ['POST', 'OPTIONS'],
    url: MOUNT + ROUTES.registration,
    handler: run((own, request, reply) => {
      if (own.server.registration !== 'any') {
        return reply.code(404).send({ error: 'not_found' })
      }
      allowOrigins(reply, 'POST')
      if (request.method === 'OPTIONS') return reply.code(204).send()
      return pass(own, request, reply)
    }),
  })
}

type Handler = (
  server: OwnServer,
  request: FastifyRequest,
  reply: FastifyReply,
) => FastifyReply | Promise<FastifyReply>

/** A browser that came by another name of this host would have other cookies. */
function authorizeHere({ connect, parts }: LoginContext): Handler {
  return async (server, request, reply) => {
    const waitMs = parts.loginPace.charge(
      'visit',
      readAddress(connect, request),
    )
    if (waitMs > 0) return refuseBusy(connect, request, reply, waitMs)
    const own = findOwnPlace(connect, request)
    if (own !== undefined) return sendTo(reply, own)
    const at = request.url.indexOf('?')
    const given = new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1))
    const { resource, scopes } = server
    const query = rewriteRequest(given, resource, scopes)
    return await pass(
      server,
      request,
      reply,
      `${ROUTES.authorization}?${query}`,
    )
  }
}

/** The way back from the visit: nothing of the query counts, and nothing else
 * of oidc-provider has such an address. */
function goOn(
  server: OwnServer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { uid } = request.params as { readonly uid: string }
  return pass(server, request, reply, `${ROUTES.authorization}/${uid}`)
}

async function pass(
  server: OwnServer,
  { raw, url }: FastifyRequest,
  reply: FastifyReply,
  path = url.slice(MOUNT.length),
): Promise<FastifyReply> {
  const { raw: response } = reply
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) response.setHeader(name, value)
  }
  // What can fail fails here, where an answer can still be given.
  await server.open()
  reply.hijack()
  await server.answer(raw, response, path)
  return reply
}

/** Programs in browsers, such as inspectors, come from any site; they carry no
 * cookie here. */
function allowOrigins(reply: FastifyReply, method: 'GET' | 'POST'): void {
  reply.headers({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': method,
    'access-control-allow-headers':
      'authorization, content-type, mcp-protocol-version',
    'access-control-max-age': '3600',
  })
}
