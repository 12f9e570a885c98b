// A ticket tracker over HTTP that asks for a token, as teams run one inside.
// In: a token. Out: its address, and how to end it.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { z } from 'zod'
import type { Owner } from '../process.ts'

export async function startTracker(
  owner: Owner,
  token: string,
): Promise<string> {
  const server = createServer(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401, { 'content-type': 'application/json' })
      response.end('{"error":"unauthorized"}')
      return
    }
    const transport = new StreamableHTTPServerTransport({})
    await makeTracker().connect(transport as never)
    await transport.handleRequest(request, response)
  })
  owner.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

const said = (text: string) => ({ content: [{ type: 'text' as const, text }] })

function makeTracker(): McpServer {
  const server = new McpServer({ name: 'tracker', version: '1.0.0' })
  server.registerTool('list_tickets', { description: 'Lists tickets.' }, () =>
    said('T-1\nT-2'),
  )
  server.registerTool(
    'get_ticket',
    { description: 'Reads a ticket.', inputSchema: { id: z.string() } },
    ({ id }) => said(`${id} is open`),
  )
  return server
}
