// A loopback proxy that adds a token to every request: the conformance suite
// cannot send headers of its own, and the gateway lets nobody in without one.
// In: where to forward to, a token. Out: a URL of the same path.
// INVARIANT: bytes pass both ways as they come; a Host or Origin that names the
// shim names the target instead, any other (a forged one) passes as it is.

import {
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HeaderShim {
  readonly url: string
  close(): Promise<void>
}

export async function startHeaderShim(
  target: string,
  token: string,
): Promise<HeaderShim> {
  const { hostname, port, pathname } = new URL(target)
  const there = `${hostname}:${port}`

  const forward = (incoming: IncomingMessage, response: ServerResponse) => {
    const here = `127.0.0.1:${incoming.socket.localPort}`
    const headers = [
      ...translate(incoming.rawHeaders, here, there),
      'Authorization',
      `Bearer ${token}`,
    ]
    const { method, url: path } = incoming
    // No pool: a socket that the target has just closed would fail a request.
    const outgoing = request(
      { hostname, port, method, path, headers, agent: false },
      (answer) => {
        response.writeHead(
          answer.statusCode ?? 502,
          answer.statusMessage,
          translate(answer.rawHeaders, there, here),
        )
        // A stream that is silent at first has begun all the same.
        response.flushHeaders()
        answer.pipe(response)
        answer.on('error', () => response.destroy())
      },
    )
    outgoing.on('error', () => response.destroy())
    response.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  }

  const server = createServer(forward)
  server.requestTimeout = 0
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}${pathname}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Names and values by turns, as node gives and takes them. */
function translate(raw: readonly string[], from: string, to: string): string[] {
  const headers: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2)
    const key = name.toLowerCase()
    if (key === 'connection' || key === 'authorization') continue
    const isOurs = value === from || value === `http://${from}`
    const names = key === 'host' || key === 'origin'
    headers.push(name, names && isOurs ? value.replace(from, to) : value)
  }
  return headers
}
