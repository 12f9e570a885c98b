// An odd server over HTTP, on node:http alone.
// In: a server as data. Out: its URL and what reached it.
// INVARIANT: what the data does not name is answered as a plain server would.

import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type {
  OddReply,
  OddRequest,
  OddSeen,
  OddServer,
} from '../../wild/case.ts'
import type { Owner } from '../process.ts'
import { answerPlainly, fillId, pickReply, writeReply } from './plain.ts'

/** Its sessions, its counts, and the answers that it holds open. */
interface Served {
  readonly server: OddServer
  readonly sessions: Set<string>
  readonly counts: Map<string, number>
  readonly held: Map<ServerResponse, boolean>
}

export async function startOddHttp(
  owner: Owner,
  server: OddServer,
): Promise<OddSeen> {
  const requests: OddRequest[] = []
  const served: Served = {
    server,
    sessions: new Set(),
    counts: new Map(),
    held: new Map(),
  }
  const http = createServer(async (incoming, response) => {
    const request = await readRequest(incoming)
    requests.push(request)
    await reply(served, request, response)
  })
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve)
  })
  owner.teardown(
    () =>
      new Promise((resolve) => {
        http.close(resolve)
        http.closeAllConnections()
      }),
  )
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    requests,
    starts: 0,
    get open() {
      return served.held.size
    },
    say: (message) => {
      const event = `data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`
      for (const [response, stream] of served.held) {
        if (stream) response.write(event)
      }
    },
  }
}

async function readRequest(incoming: IncomingMessage): Promise<OddRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  const { method, id, params } = parse(body)
  const { headers, url = '', method: http = '' } = incoming
  return { http, path: url, headers, method, id, params, body }
}

function parse(body: string): Partial<OddRequest> {
  try {
    return JSON.parse(body) ?? {}
  } catch {
    return {}
  }
}

async function reply(
  served: Served,
  request: OddRequest,
  response: ServerResponse,
): Promise<void> {
  const said = pick(served, request) ?? answerAsPlain(served, request)
  if (said.after) await setTimeout(said.after)
  if (response.destroyed) return
  const text = writeReply(said, request.id)
  const stream = said.events !== undefined
  const silent = text === undefined && !stream && request.http === 'POST'
  response.writeHead(said.status ?? (silent ? 202 : 200), {
    ...(text !== undefined && { 'content-type': 'application/json' }),
    ...(stream && { 'content-type': 'text/event-stream' }),
    ...nameSession(served, request, said),
    ...said.headers,
  })
  response.flushHeaders()
  if (text !== undefined) response.write(text)
  for (const event of said.events ?? []) {
    response.write(fillId(event, request.id))
  }
  if (!said.hold) return void response.end()
  served.held.set(response, stream)
  response.on('close', () => served.held.delete(response))
}

function pick(
  { server, counts }: Served,
  request: OddRequest,
): OddReply | undefined {
  const { answers = {} } = server
  const method = request.http === 'POST' ? request.method : request.http
  const key = method !== undefined && answers[method] ? method : '*'
  const answer = answers[key]
  if (!answer) return undefined
  const count = (counts.get(key) ?? 0) + 1
  counts.set(key, count)
  return typeof answer === 'function'
    ? answer(request, count)
    : pickReply(answer, count)
}

function answerAsPlain(served: Served, request: OddRequest): OddReply {
  const { server, sessions } = served
  const { http, method, params, id, headers } = request
  const modern = server.era === 'modern'
  const session = String(headers['mcp-session-id'] ?? '')
  if (http === 'DELETE' && sessions.delete(session)) return {}
  if (http !== 'POST') return { status: 405 }
  if (modern && method === 'subscriptions/listen') return listen(request)
  if (!modern && method !== 'initialize' && !sessions.has(session)) {
    const message = session === '' ? 'Session id required' : 'Session not found'
    const error = { code: -32_000, message }
    return { status: session === '' ? 400 : 404, error }
  }
  const said = answerPlainly(server, method, params)
  return id === undefined ? {} : said
}

function listen({ id, params }: OddRequest): OddReply {
  const message = {
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: {
      notifications: params?.notifications,
      _meta: { 'io.modelcontextprotocol/subscriptionId': id },
    },
  }
  return { events: [`data: ${JSON.stringify(message)}\n\n`], hold: true }
}

/** A session begins with each `initialize` that is not refused. */
function nameSession(
  { server, sessions }: Served,
  { method }: OddRequest,
  { status = 200, error, headers = {} }: OddReply,
): Record<string, string> {
  if (server.era === 'modern' || method !== 'initialize') return {}
  if (status >= 300 || error !== undefined) return {}
  const id = headers['mcp-session-id'] ?? `odd-${sessions.size + 1}`
  sessions.add(id)
  return { 'mcp-session-id': id }
}
