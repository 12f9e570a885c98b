// POST /login/backchannel-logout: whom the provider has logged out.
// In: a form with a signed token. Out: 200 when everything has ended; 400.
// INVARIANT: anybody may send here: what is read is bounded, nothing counts before
// the signature of the provider, and refusals of one address are slowed.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../../http/app.ts'
import { isAllowedHost } from '../../http/head.ts'
import { LOGOUT_PATH } from '../../login/addresses.ts'
import type { NoLogout } from '../../login/logout-reader.ts'
import type { Runtime } from '../context.ts'
import { endLoggedOut } from './logout.ts'

/** A token has at most as many bytes as the head of a request. */
const MAX_BYTES = 20 * 1_024

const NO_FORM: NoLogout = Object.freeze({
  status: 400,
  why: 'the body is not a form with one logout_token',
})
const RETRY_S = 5

export function addLogout(app: App, runtime: Runtime): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MAX_BYTES },
      (_request, body, done) => done(null, String(body)),
    )
    scope.setErrorHandler((_error, request, reply) => {
      reply.header('connection', 'close')
      return refuse(runtime, request, reply, NO_FORM)
    })
    scope.addHook('onRequest', async ({ headers }, reply) => {
      const { login, listen } = runtime.routing.table
      if (!login) return reply.callNotFound()
      reply.header('cache-control', 'no-store')
      if (isAllowedHost(headers.host, listen)) return
      return reply.code(403).send({ error: 'invalid_request' })
    })
    scope.post(LOGOUT_PATH, (request, reply) => answer(runtime, request, reply))
  })
}

async function answer(
  runtime: Runtime,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const reader = runtime.signIns.made?.login.logoutReader
  const [token, ...others] = new URLSearchParams(
    String(request.body ?? ''),
  ).getAll('logout_token')
  if (!reader || token === undefined || others.length > 0) {
    return await refuse(runtime, request, reply, NO_FORM)
  }
  const ip = nameAddress(runtime, request)
  // For an address that sends many bad ones, nothing waits.
  const found = await reader.read(token, !runtime.authThrottle.isOver(ip))
  if ('why' in found) return await refuse(runtime, request, reply, found)
  const isKept = await endLoggedOut(runtime, found, ip)
  if (isKept) return reply.code(200).send()
  reader.release(found)
  const why = 'it is in force, but not on disk: send it again'
  return await refuse(runtime, request, reply, { status: 503, why })
}

function refuse(
  runtime: Runtime,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, why }: NoLogout,
): Promise<FastifyReply> {
  const ip = nameAddress(runtime, request)
  const text = status === 400 ? 'invalid_request' : 'temporarily_unavailable'
  runtime.unauthenticated.count(ip, `logout token: ${why}`, 'unauthenticated')
  runtime.tally.countRefusal('logout token')
  return new Promise((resolve) => {
    const send = () => {
      if (status === 503) reply.header('retry-after', RETRY_S)
      const body = { error: text, error_description: why }
      resolve(reply.code(status).send(body))
    }
    const busy = () => {
      reply.header('retry-after', RETRY_S).header('connection', 'close')
      resolve(reply.code(429).send({ error: 'temporarily_unavailable' }))
    }
    runtime.authThrottle.pace(ip, reply.raw, send, busy)
  })
}

function nameAddress(runtime: Runtime, { raw }: FastifyRequest): string {
  return runtime.proxies.nameAddress(raw, runtime.routing.table.listen)
}
