// A stateless MCP server of 2026-07-28 on node:http alone, for what no library
// would do.
// In: what it lists and answers, which a test may change. Out: its URL, what
// reached it, and its streams of subscriptions.

import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Owner } from './process.ts'

export interface ModernCall {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly params: Readonly<Record<string, unknown>>
}

export interface ModernServer {
  readonly url: string
  readonly port: number
  readonly calls: ModernCall[]
  /** Filters of the streams that are open, in order. */
  listening(): readonly object[]
  /** Says something on every open stream. */
  say(method: string, params: object): void
  /** Ends every open stream. */
  drop(): void
  close(): Promise<void>
}

export interface ModernOffer {
  tools: readonly object[]
  resources?: readonly object[]
  extensions?: object
  /** What its answers give as their date; the machine's time without. */
  now?: () => number
  /** What each `server/discover` is refused with, until there are no more: the
   * versions that it should have asked for. */
  refuses?: string[][]
  /** A result, or an error, of whatever is no list. */
  answer(call: ModernCall): { result: object } | { error: object }
}

export async function startModernServer(
  t: Owner,
  offer: ModernOffer,
  port = 0,
): Promise<ModernServer> {
  const calls: ModernCall[] = []
  const streams = new Map<ServerResponse, { id: unknown; filter: object }>()
  const write = (response: ServerResponse, message: object) =>
    response.write(
      `data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`,
    )
  const server = createServer(async (request, response) => {
    if (offer.now) {
      response.setHeader('date', new Date(offer.now()).toUTCString())
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString())
    if (id === undefined) return void response.writeHead(202).end()
    const { headers } = request
    calls.push({ method, headers, params })
    if (method === 'subscriptions/listen') {
      const filter = params.notifications
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      streams.set(response, { id, filter })
      response.on('close', () => streams.delete(response))
      const acknowledged = 'notifications/subscriptions/acknowledged'
      write(response, {
        method: acknowledged,
        params: { notifications: filter, _meta: subscription(id) },
      })
      return
    }
    const said =
      method === 'initialize'
        ? { error: { code: -32601, message: 'Method not found' } }
        : (refuse(offer, method) ??
          list(offer, method) ??
          offer.answer({ method, headers, params }))
    const status = statusOf(said)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...said }))
  })
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  const close = () => end(server)
  t.teardown(close)
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${bound}/mcp`,
    port: bound,
    calls,
    listening: () => [...streams.values()].map(({ filter }) => filter),
    say: (method, params) => {
      for (const [response, { id }] of streams) {
        write(response, {
          method,
          params: { ...params, _meta: subscription(id) },
        })
      }
    },
    drop: () => {
      for (const response of streams.keys()) response.end()
    },
    close,
  }
}

const subscription = (id: unknown) => ({
  'io.modelcontextprotocol/subscriptionId': id,
})

function refuse({ refuses = [] }: ModernOffer, method: string) {
  const supported = method === 'server/discover' && refuses.shift()
  const message = 'Unsupported protocol version'
  return supported
    ? { error: { code: -32022, message, data: { supported } } }
    : undefined
}

function list(offer: ModernOffer, method: string) {
  const { tools, resources = [], extensions = {} } = offer
  const fresh = { ttlMs: 0, cacheScope: 'private', resultType: 'complete' }
  const results: Readonly<Record<string, object>> = {
    'server/discover': {
      ...fresh,
      supportedVersions: ['2026-07-28'],
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true },
        extensions,
      },
    },
    'tools/list': { ...fresh, tools },
    'resources/list': { ...fresh, resources },
    'resources/templates/list': { ...fresh, resourceTemplates: [] },
  }
  const result = results[method]
  return result && { result }
}

function statusOf(said: { result: object } | { error: object }): number {
  if (!('error' in said)) return 200
  const { code } = said.error as { code: number }
  return (
    { [-32601]: 404, [-32020]: 400, [-32021]: 400, [-32022]: 400 }[code] ?? 200
  )
}

function end(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
}
