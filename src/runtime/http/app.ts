// The router of a listener: Fastify, with what all routes have in common.
// In: nothing. Out: an App, to which rooms add their routes.
// INVARIANT: loaded for the first request that needs it, so by no file that the
// start of a gateway needs; a 404 is JSON.

import type { Server, ServerResponse } from 'node:http'
import Fastify, { type FastifyInstance } from 'fastify'
import { isUnmet, sendContinue } from './expect.ts'

/** A Fastify over plain node:http. */
export type App = FastifyInstance<Server>

/** It listens nowhere, and loads no schema compiler: no route has a schema. */
export function createApp(): App {
  const app = Fastify<Server>({
    logger: false,
    bodyLimit: 64 * 1024,
    // An address that is none comes before every hook; Fastify's own answer
    // says which program serves, and repeats the address.
    frameworkErrors: (_error, _request, reply) => {
      const { raw } = reply as { raw: ServerResponse }
      const body = JSON.stringify({ error: 'bad_request' })
      raw.writeHead(400, { 'content-type': 'application/json; charset=utf-8' })
      raw.end(body)
    },
    schemaController: {
      compilersFactory: {
        // Fastify's type requires ajv's result; no route has a schema.
        buildValidator: (() => () => () => true) as never,
        buildSerializer: () => () => JSON.stringify,
      },
    },
  })
  // Runs after the hooks that authenticate.
  app.addHook('preParsing', (request, reply, _payload, done) => {
    if (isUnmet(request.raw)) {
      const refusal = { error: 'expectation_failed' }
      return void reply.code(417).header('connection', 'close').send(refusal)
    }
    if (!request.is404) sendContinue(request.raw, reply.raw)
    done()
  })
  // No route reads a body, so a malformed body changes no answer.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume()
    done(null)
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: 'not_found' }),
  )
  app.setErrorHandler((error, _request, reply) => {
    const { statusCode } = error as { statusCode?: number }
    const code = statusCode && statusCode < 500 ? statusCode : 503
    return reply.code(code).send({ error: 'failed' })
  })
  return app
}

/** Clients that take a 401 for OAuth ask here when they find no metadata; some
 * print the description and nothing else. */
export function refuseOauth(app: App): void {
  for (const path of ['/register', '/authorize', '/token']) {
    app.all(path, (_request, reply) => reply.code(404).send(NO_OAUTH))
  }
}

const NO_OAUTH = Object.freeze({
  error: 'invalid_request',
  error_description:
    'This endpoint does not use OAuth. It takes a token of the gateway in a header, as Authorization: Bearer gwt_... If the client sends one, the gateway did not accept it: the answer 401 says why.',
})
