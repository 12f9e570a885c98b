// A server of 2024-11-05 written on node:http alone, for what no library does.
// In: how it begins its stream, what its tools do. Out: what reached it.

import { createServer, type ServerResponse } from 'node:http'
import type { Test } from 'tap'
import type { Failure } from '../../src/runtime/upstream/failure.ts'
import { Connections } from '../../src/runtime/upstream/http1/connections.ts'
import { ServerPath } from '../../src/runtime/upstream/server-path.ts'
import { listen } from './ask.ts'

export interface RawPost {
  readonly id: number
  /** The reply to the POST. */
  readonly reply: ServerResponse
  readonly stream: ServerResponse
  /** Sends a JSON-RPC message on the stream. */
  say(message: object): void
  /** The answer, and 202 to the POST. */
  answer(text?: string): void
}

export interface RawSse {
  /** What a POST to the stream's URL is answered with. */
  readonly miss?: number
  /** With it: an error of JSON-RPC. */
  readonly error?: object
  /** In place of a good beginning. */
  readonly begin?: (
    stream: ServerResponse,
    origin: string,
    session: number,
  ) => void
  readonly tools?: Readonly<Record<string, (post: RawPost) => void>>
  /** Milliseconds until a notification is taken. */
  readonly slow?: number
}

export function writeEvent(type: string, data: string): string {
  return `event: ${type}\r\ndata: ${data}\r\n\r\n`
}

export function beginStream(stream: ServerResponse, endpoint?: string): void {
  stream.writeHead(200, { 'content-type': 'text/event-stream' })
  stream.write(
    endpoint === undefined ? ': hi\n\n' : writeEvent('endpoint', endpoint),
  )
}

export async function startRawSse(t: Test, raw: RawSse) {
  const { miss = 405, error, tools = {}, slow = 0, begin } = raw
  /** Methods and paths, then the method of the message. */
  const seen: string[] = []
  const streams: ServerResponse[] = []
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const called = `${request.method} ${request.url}`
    if (request.method === 'GET') {
      seen.push(called)
      const session = streams.push(response) - 1
      if (begin) return begin(response, `http://127.0.0.1:${port}`, session)
      return beginStream(response, `?session=${session}`)
    }
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString())
    seen.push(`${called} ${method}`)
    const stream = streams[Number(request.url?.split('session=')[1])]
    if (!stream) {
      response.setHeader('content-type', 'application/json')
      response.writeHead(miss, { location: '/gone' })
      const said = error ? JSON.stringify({ jsonrpc: '2.0', id, error }) : 'no'
      return void response.end(said)
    }
    const say = (message: object) => {
      const text = JSON.stringify({ jsonrpc: '2.0', ...message })
      stream.write(writeEvent('message', text))
    }
    if (id === undefined) {
      await new Promise((resolve) => setTimeout(resolve, slow))
      seen.push(`${method} taken`)
      return void response.writeHead(202).end()
    }
    const answer = (text = 'ok') => {
      if (!response.headersSent) response.writeHead(202).end('Accepted')
      say({ id, result: { content: [{ type: 'text', text }] } })
    }
    if (tools[params?.name]) {
      return tools[params.name]?.({ id, reply: response, stream, say, answer })
    }
    response.writeHead(202).end()
    const inputSchema = { type: 'object' }
    const listed = Object.keys(tools).map((name) => ({ name, inputSchema }))
    const serverInfo = { name: 'raw', version: '1' }
    const capabilities = { tools: {} }
    const handshake = {
      protocolVersion: '2024-11-05',
      capabilities,
      serverInfo,
    }
    say({ id, result: method === 'initialize' ? handshake : { tools: listed } })
  })
  const { port, sockets } = await listen(t, http)
  return { url: `http://127.0.0.1:${port}/sse`, port, seen, sockets }
}

/** The same for a transport without a session: what it needs, what it told. */
export async function startWire(t: Test, raw: RawSse) {
  const { url, port, ...server } = await startRawSse(t, raw)
  const origin = { host: '127.0.0.1', port, secureContext: undefined }
  const clock = { now: () => 0, monotonic: () => 0 }
  const connections = new Connections(() => origin, clock)
  t.teardown(() => connections.close())
  const serverPath = new ServerPath(new URL(url))
  const endpoint = { connections, url: new URL(url), serverPath, headers: {} }
  const told: string[] = []
  const failed = ({ kind, detail }: Failure) => told.push(`${kind} ${detail}`)
  const quiet = {
    message() {},
    resumable() {},
    paused() {},
    alive() {},
    flooded() {},
    noise() {},
    closing() {},
  }
  return {
    ...server,
    endpoint,
    failed,
    told,
    events: { ...quiet, closed: failed },
  }
}
