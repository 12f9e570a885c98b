// A server of 2024-11-05: the HTTP+SSE transport of SDK 1.x on node:http.
// In: what makes a server for each session. Out: its URL, what reached it.

import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

interface Connectable {
  connect(transport: Transport): Promise<void>
}

export interface SseServer<Made> {
  readonly url: string
  readonly port: number
  /** One for each session, in the order of their streams. */
  readonly made: readonly Made[]
  /** Streams that are open now. */
  readonly open: ReadonlySet<string>
  /** POSTs to the URL of the stream. */
  readonly misses: readonly IncomingHttpHeaders[]
  /** Heads of everything else. */
  readonly heads: readonly IncomingHttpHeaders[]
  close(): Promise<void>
}

export async function startSseServer<Made extends Connectable>(
  make: () => Made,
  port = 0,
): Promise<SseServer<Made>> {
  const transports = new Map<string, SSEServerTransport>()
  const open = new Set<string>()
  const made: Made[] = []
  const misses: IncomingHttpHeaders[] = []
  const heads: IncomingHttpHeaders[] = []
  const http = createServer(async (request, response) => {
    const { method, headers } = request
    const { pathname, searchParams } = new URL(`http://x${request.url}`)
    if (pathname === '/sse' && method !== 'GET') {
      misses.push(headers)
      return void response.writeHead(405).end()
    }
    heads.push(headers)
    if (pathname === '/sse') {
      const transport = new SSEServerTransport('/messages?a=b%20c', response)
      const { sessionId } = transport
      transports.set(sessionId, transport)
      open.add(sessionId)
      response.on('close', () => open.delete(sessionId))
      const server = make()
      made.push(server)
      // As in http-server.ts.
      return server.connect(transport as never)
    }
    const transport = transports.get(searchParams.get('sessionId') ?? '')
    if (!transport) return void response.writeHead(404).end()
    await transport.handlePostMessage(request, response)
  })
  await new Promise<void>((done) => http.listen(port, '127.0.0.1', done))
  const { port: bound } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}/sse`,
    port: bound,
    made,
    open,
    misses,
    heads,
    close: async () => {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}
