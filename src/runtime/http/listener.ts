// A listener: the endpoints, the probes, and the routes of everything else.
// In: what serves each of them. Out: a Listener.
// INVARIANT: requests to an endpoint never reach the router or its parsers; who
// never asks for a route has no router in memory.

import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Lender } from '../base/lender.ts'
import type { Endpoint } from './fast-connection.ts'
import { readTarget } from './head.ts'
import { createHttpServer, type Malformed } from './http-server.ts'
import { LateApp, type MakeApp } from './late-app.ts'
import { answerProbe, type Probes } from './probes.ts'
import type { Secure } from './secure-server.ts'

export interface ListenerParts {
  readonly probes: Probes
  /** Makes the router of all other routes. */
  readonly makeApp: MakeApp
  /** Told why the router could not be made, or could not route. */
  readonly failed: (error: unknown) => void
  readonly malformed: Malformed
  /** With TLS. */
  readonly secure?: Secure | undefined
}

export interface Served {
  readonly endpoints: readonly Endpoint[]
  /** Bytes of a request, at most. */
  readonly cap: number
  readonly lender: Lender
  /** Whether our own reader is before Node's. */
  readonly isFast: boolean
  /** Answers a challenge, for those who ask where an address leads. */
  readonly prove: RequestListener
}

export interface Listener {
  readonly server: Server
  /** Returns the port; rejects if it cannot be bound. */
  listen(host: string, port: number): Promise<number>
  /** Ends every connection. */
  close(): Promise<void>
}

/** Without endpoints, everything is a route. */
export function createListener(
  { probes, makeApp, failed, malformed, secure }: ListenerParts,
  served?: Served,
): Listener {
  const app = new LateApp(makeApp, failed)
  const { endpoints = [], isFast = false, cap = 0 } = served ?? {}
  const { prove, lender } = served ?? {}
  const handlers = new Map(
    endpoints.flatMap(({ path, serve }) => [
      [path, serve],
      [`${path}/`, serve],
    ]),
  )
  const server = createHttpServer(
    (request, response) => {
      const [path = ''] = readTarget(request.url ?? '').split('?', 1)
      const serve = handlers.get(path)
      if (serve) {
        prove?.(request, response)
        serve(request, response)
      } else if (!answerProbe(probes, path, request, response)) {
        app.answer(request, response)
      }
    },
    malformed,
    undefined,
    isFast ? { endpoints, cap, lender } : undefined,
    secure,
  )
  return {
    server,
    listen: async (host, port) => {
      server.listen({ host, port })
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    },
    close: async () => {
      await app.close()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
