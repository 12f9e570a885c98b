// A Streamable HTTP MCP server for the tests, on SDK 1.x; counts its calls.
// In: nothing. Out: its URL, what reached it, and how to end it.

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'

export interface HttpServerFixture {
  readonly url: string
  /** Tool names, in the order they were called. */
  readonly calls: string[]
  /** Heads of all requests. */
  readonly heads: IncomingHttpHeaders[]
  /** Signals of calls that were cancelled. */
  readonly cancelled: string[]
  /** Forgets all sessions, as a restarted server does. */
  forget(): void
  close(): Promise<void>
}

export async function startHttpServer(port = 0): Promise<HttpServerFixture> {
  const calls: string[] = []
  const cancelled: string[] = []
  const heads: IncomingHttpHeaders[] = []
  const transports = new Map<string, StreamableHTTPServerTransport>()

  const server = createServer(async (request, response) => {
    heads.push(request.headers)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks).toString()
    const body: unknown = raw ? JSON.parse(raw) : undefined
    const id = request.headers['mcp-session-id']
    let transport = transports.get(String(id))
    if (!transport) {
      if (!isInitializeRequest(body)) {
        response.writeHead(404).end()
        return
      }
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (session) => {
          transports.set(session, transport as StreamableHTTPServerTransport)
        },
      })
      // The SDK's own transport does not fit its own interface under
      // exactOptionalPropertyTypes.
      await makeServer(calls, cancelled).connect(transport as never)
    }
    await transport.handleRequest(request, response, body)
  })
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}/mcp`,
    calls,
    heads,
    cancelled,
    forget: () => transports.clear(),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function makeServer(calls: string[], cancelled: string[]): McpServer {
  const server = new McpServer({ name: 'http-fixture', version: '1.0.0' })
  server.registerTool(
    'search_issues',
    { description: 'Finds.', inputSchema: { q: z.string().optional() } },
    ({ q }) => {
      calls.push('search_issues')
      return { content: [{ type: 'text', text: `found ${q}` }] }
    },
  )
  server.registerTool(
    'create_issue',
    { inputSchema: { owner: z.string().optional() } },
    ({ owner }) => {
      calls.push('create_issue')
      return { content: [{ type: 'text', text: `created for ${owner}` }] }
    },
  )
  server.registerTool('delete_file', {}, () => {
    calls.push('delete_file')
    return { content: [{ type: 'text', text: 'deleted' }] }
  })
  server.registerTool(
    'slow',
    { inputSchema: { ms: z.number() } },
    async ({ ms }, extra) => {
      calls.push('slow')
      extra.signal.addEventListener('abort', () => cancelled.push('slow'))
      const progressToken = extra._meta?.progressToken
      if (progressToken !== undefined) {
        await extra.sendNotification({
          method: 'notifications/progress',
          params: { progressToken, progress: 1, total: 2 },
        })
      }
      await setTimeout(ms, undefined, { signal: extra.signal })
      return { content: [{ type: 'text', text: 'done' }] }
    },
  )
  server.registerPrompt('greet', {}, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'hello' } }],
  }))
  server.registerResource('note', 'note://one', {}, (uri) => ({
    contents: [{ uri: uri.href, text: 'a note' }],
  }))
  return server
}
