// A Streamable HTTP MCP server written on node:http alone, for answers that no
// library would give.
// In: tool names with what each answers. Out: its URL and what reached it.

import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface RawCall {
  readonly id: number
  readonly params: { readonly name: string; readonly arguments?: object }
}

export type RawAnswer = (call: RawCall, response: ServerResponse) => void

export interface RawServer {
  readonly url: string
  /** Methods, as they came. */
  readonly methods: (string | undefined)[]
  /** Ids of the answers to what it asked. */
  readonly replies: unknown[]
  /** How many GETs came. */
  gets(): number
  /** How many sessions were ended. */
  deletes(): number
}

/** Answers with a JSON-RPC message. */
export function json(response: ServerResponse, message: object): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ jsonrpc: '2.0', ...message }))
}

export async function startRawServer(
  t: Pick<Test, 'teardown'>,
  tools: Readonly<Record<string, RawAnswer>>,
  initializeMs = 0,
  /** What it answers to a GET. */
  get = (response: ServerResponse) => void response.writeHead(404).end(),
): Promise<RawServer> {
  const methods: (string | undefined)[] = []
  const replies: unknown[] = []
  let gets = 0
  let deletes = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.method === 'GET') {
      gets++
      return get(response)
    }
    if (request.method === 'DELETE') deletes++
    if (request.method !== 'POST') return void response.writeHead(404).end()
    const message = JSON.parse(Buffer.concat(chunks).toString())
    const { method, id, params } = message
    methods.push(method)
    if (method === undefined) replies.push(id)
    // Notifications, and answers to what it asked.
    const isRequest = method !== undefined && id !== undefined
    if (!isRequest) return void response.writeHead(202).end()
    if (method === 'initialize') {
      await new Promise((resolve) => setTimeout(resolve, initializeMs))
      response.setHeader('mcp-session-id', 'raw')
      const serverInfo = { name: 'raw', version: '1' }
      const capabilities = { tools: {}, resources: {} }
      const { protocolVersion } = params
      return json(response, {
        id,
        result: { protocolVersion, capabilities, serverInfo },
      })
    }
    const inputSchema = { type: 'object' }
    const lists: Record<string, object> = {
      'tools/list': {
        tools: Object.keys(tools).map((name) => ({ name, inputSchema })),
      },
      'resources/list': { resources: [{ uri: 'raw://one', name: 'one' }] },
      'resources/templates/list': { resourceTemplates: [] },
      'resources/read': {
        contents: [],
        cacheScope: 'public',
        ttlMs: 9_999_999,
      },
      'resources/subscribe': {},
      'resources/unsubscribe': {},
    }
    const result = lists[method]
    if (result) return json(response, { id, result })
    if (method === 'server/discover') {
      const error = { code: -32601, message: 'Method not found' }
      return json(response, { id, error })
    }
    tools[params.name]?.(message, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/mcp`
  return { url, methods, replies, gets: () => gets, deletes: () => deletes }
}
