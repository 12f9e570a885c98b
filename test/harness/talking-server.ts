// A server that talks back (SDK 1.x): it asks its caller, logs, completes,
// and tells of a resource that changes.
// In: run by itself, stdio; or startTalkingServer(). Out: a URL, and its end.

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'

const TOOLS = ['ask', 'visit', 'sample', 'roots', 'log', 'touch', 'declared']

const text = (value: unknown) => ({
  content: [
    {
      type: 'text' as const,
      text: typeof value === 'string' ? value : JSON.stringify(value),
    },
  ],
})

export function makeTalkingServer(): Server {
  const server = new Server(
    { name: 'talking', version: '1.0.0' },
    {
      capabilities: {
        tools: {},
        prompts: {},
        resources: { subscribe: true },
        completions: {},
        logging: {},
      },
    },
  )
  const subscribed = new Set<string>()
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: TOOLS.map((name) => ({ name, inputSchema: { type: 'object' } })),
  }))
  server.setRequestHandler(
    CallToolRequestSchema,
    async ({ params: { name, arguments: given = {} } }, extra) => {
      const nonce = String(given.nonce ?? '')
      const related = { relatedRequestId: extra.requestId }
      try {
        if (name === 'ask') {
          const requestedSchema = { type: 'object' as const, properties: {} }
          const answer = await server.elicitInput(
            { message: nonce, requestedSchema },
            related,
          )
          return text(answer)
        }
        if (name === 'visit') {
          const url = String(given.url)
          const elicitationId = randomUUID()
          return text(
            await server.elicitInput(
              { mode: 'url', message: nonce, url, elicitationId },
              related,
            ),
          )
        }
        if (name === 'sample') {
          const content = { type: 'text' as const, text: nonce }
          const messages = [{ role: 'user' as const, content }]
          return text(
            await server.createMessage({ messages, maxTokens: 9 }, related),
          )
        }
        if (name === 'roots') return text(await server.listRoots({}, related))
      } catch (error) {
        return { ...text((error as Error).message), isError: true }
      }
      if (name === 'declared') {
        return text(server.getClientCapabilities() ?? null)
      }
      if (name === 'log') {
        for (const level of ['debug', 'error'] as const) {
          const params = { level, data: `${level} ${nonce}` }
          await extra.sendNotification({
            method: 'notifications/message',
            params,
          })
        }
        return text('logged')
      }
      for (const uri of subscribed) await server.sendResourceUpdated({ uri })
      return text([...subscribed])
    },
  )
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: [{ name: 'review', arguments: [{ name: 'lang' }] }],
  }))
  server.setRequestHandler(GetPromptRequestSchema, () => ({ messages: [] }))
  server.setRequestHandler(CompleteRequestSchema, ({ params }) => {
    const { ref, argument } = params
    const about = ref.type === 'ref/prompt' ? ref.name : ref.uri
    return { completion: { values: [`${about} ${argument.value}`] } }
  })
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: [{ uri: 'note://one', name: 'one' }],
  }))
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [
      { uriTemplate: 'note://{id}/body', name: 'body' },
      { uriTemplate: 'tree://{+path}', name: 'tree' },
    ],
  }))
  server.setRequestHandler(
    ReadResourceRequestSchema,
    ({ params: { uri } }) => ({
      contents: [{ uri, text: `at ${uri}` }],
    }),
  )
  server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    subscribed.add(params.uri)
    return {}
  })
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    subscribed.delete(params.uri)
    return {}
  })
  return server
}

export async function startTalkingServer(at = 0) {
  const transports = new Map<string, StreamableHTTPServerTransport>()
  const http = createServer(async (request, response) => {
    const id = String(request.headers['mcp-session-id'] ?? '')
    let transport = transports.get(id)
    if (!transport && id !== '') return void response.writeHead(404).end()
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (session) => {
          transports.set(session, transport as StreamableHTTPServerTransport)
        },
      })
      await makeTalkingServer().connect(transport as never)
    }
    await transport.handleRequest(request, response)
  })
  await new Promise<void>((done) => http.listen(at, '127.0.0.1', done))
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: async () => {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await makeTalkingServer().connect(new StdioServerTransport() as never)
}
