// The public listener: the endpoints and the probes.
// INVARIANT: requests to an endpoint never reach Fastify's router or parsers;
// every other route is named here, and a 404 is JSON.

import type { RequestListener, Server } from 'node:http'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Caps } from '../../contract/settings.ts'
import { isUnmet, sendContinue } from './expect.ts'
import type { Endpoint } from './fast-connection.ts'
import { readTarget } from './head.ts'
import { createHttpServer, type Malformed } from './http-server.ts'
import type { Secure } from './secure-server.ts'

export interface Probes {
  /** Whether the gateway is ready for traffic. */
  ready(): boolean
}

export interface ListenerOptions {
  /** Whether our own reader is before Node's. */
  readonly isFast?: boolean
  /** With TLS. */
  readonly secure?: Secure | undefined
  /** Answers a challenge, for those who ask where an address leads. */
  readonly prove: RequestListener
}

export function createListener(
  endpoints: readonly Endpoint[],
  caps: Caps,
  probes: Probes,
  malformed: Malformed,
  { isFast = true, secure, prove }: ListenerOptions,
): App {
  const handlers = new Map(
    endpoints.flatMap(({ path, serve }) => [
      [path, serve],
      [`${path}/`, serve],
    ]),
  )
  const fast = isFast ? { endpoints, cap: caps.request } : undefined
  const app = createApp((handler) => {
    const server = createHttpServer(
      (request, response) => {
        const [path = ''] = readTarget(request.url ?? '').split('?', 1)
        const serve = handlers.get(path)
        if (!serve) return handler(request, response)
        prove(request, response)
        serve(request, response)
      },
      malformed,
      undefined,
      fast,
      secure,
    )
    server.maxConnections = caps.connections
    return server
  })
  addProbes(app, probes)
  refuseOauth(app)
  return app
}

/** A Fastify over plain node:http. */
export type App = FastifyInstance<Server>

/** A Fastify that loads no schema compiler: no route here has a schema. */
export function createApp(
  serverFactory: (handler: RequestListener) => Server,
): App {
  const app = Fastify<Server>({
    serverFactory: (handler) => serverFactory(handler),
    logger: false,
    bodyLimit: 64 * 1024,
    forceCloseConnections: true,
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
function refuseOauth(app: App): void {
  for (const path of ['/register', '/authorize', '/token']) {
    app.all(path, (_request, reply) => reply.code(404).send(NO_OAUTH))
  }
}

const NO_OAUTH = Object.freeze({
  error: 'invalid_request',
  error_description:
    'This endpoint does not use OAuth. It takes a token of the gateway in a header, as Authorization: Bearer gwt_... If the client sends one, the gateway did not accept it: the answer 401 says why.',
})

/** One word each, without authentication. */
export function addProbes(app: App, { ready }: Probes): void {
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok'))
  app.get('/readyz', (_request, reply) =>
    reply
      .code(ready() ? 200 : 503)
      .type('text/plain')
      .send(ready() ? 'ready' : 'starting'),
  )
}
