// The gateway of an afternoon, in the newer era: SDK 2.x on both sides, one
// client behind, no policy; a server for each request, as its handler has it.
// In: the upstream's URL. Out: its own port.
// INVARIANT: no shortcut that a reader of the SDK's documentation would miss.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  Client,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'
import { answerParent } from '../process.ts'

const info = { name: 'sdk-gateway', version: '1.0.0' }
const client = new Client(info, { versionNegotiation: { mode: 'auto' } })
const upstream = new URL(process.argv[2] as string)
await client.connect(new StreamableHTTPClientTransport(upstream))

const handler = createMcpHandler(() => {
  const server = new Server(info, { capabilities: { tools: {} } })
  server.setRequestHandler('tools/list', () => client.listTools())
  server.setRequestHandler('tools/call', ({ params }) =>
    client.callTool(params),
  )
  return server
})

const answer = toNodeHandler(handler)
const server = createServer((request, response) => {
  // As its own types have it under exactOptionalPropertyTypes.
  void answer(request as never, response as never)
})

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  answerParent({ port })
})
