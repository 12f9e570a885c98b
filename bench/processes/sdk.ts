// The gateway of an afternoon: SDK 1.x on both sides, one client behind, no
// policy; it answers as JSON, its cheaper form.
// In: the upstream's URL, or `stdio`. Out: its own port.
// INVARIANT: no shortcut that a reader of the SDK's documentation would miss.

import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { answerParent } from '../process.ts'

const info = { name: 'sdk-gateway', version: '1.0.0' }
const client = new Client(info)
const upstream = process.argv[2] as string
// The SDK's own transports do not fit its own interface under
// exactOptionalPropertyTypes.
await client.connect(openUpstream() as never)

function openUpstream() {
  if (upstream === 'stdio') {
    const child = join(import.meta.dirname, 'child.js')
    return new StdioClientTransport({
      command: process.execPath,
      args: [child],
    })
  }
  return new StreamableHTTPClientTransport(new URL(upstream), {
    // All its requests share one signal; Node would print a warning for each.
    fetch: (url, init) => {
      if (init?.signal) setMaxListeners(0, init.signal)
      return fetch(url, init)
    },
  })
}

const transports = new Map<string, StreamableHTTPServerTransport>()

async function openTransport(): Promise<StreamableHTTPServerTransport> {
  const server = new Server(info, { capabilities: { tools: {} } })
  server.setRequestHandler(ListToolsRequestSchema, () => client.listTools())
  server.setRequestHandler(CallToolRequestSchema, ({ params }) =>
    client.callTool(params),
  )
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: (id) => void transports.set(id, transport),
  })
  await server.connect(transport as never)
  return transport
}

const server = createServer(async (request, response) => {
  const id = request.headers['mcp-session-id']
  const transport = transports.get(String(id)) ?? (await openTransport())
  await transport.handleRequest(request, response)
})

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  answerParent({ port })
})
