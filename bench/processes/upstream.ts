// A server of either era on raw sockets, with prepared answers.
// In: nothing. Out: its URLs; on request, how many calls reached it.
// INVARIANT: an answer has the id of its call; it is cheaper than any contestant.

import {
  type AddressInfo,
  createServer,
  type Server,
  type Socket,
} from 'node:net'
import { type Era, SHAPES } from '../cases.ts'
import { answerParent } from '../process.ts'
import { readBody, readStart, type WireMessage, WireReader } from '../wire.ts'

const MODERN = 'io.modelcontextprotocol/'
const VERSIONS = { legacy: '2025-11-25', modern: '2026-07-28' } as const

/** Of a session, which nothing is kept of. */
const SESSION = 'bench-session'

const JSON_TYPE = 'Content-Type: application/json\r\n'
const SSE_TYPE = 'Content-Type: text/event-stream\r\n'

const makeTool = (name: string) => ({
  name,
  description: `Takes a text: ${name}.`,
  inputSchema: {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
  },
})

const OWN = Object.keys(SHAPES).map(makeTool)
const LISTED = Array.from({ length: 50 }, (_, at) => makeTool(`tool_${at}`))

/** What is larger is written as it is. */
const LARGE = 4_096

type Tail = string | Buffer

/** Behind the id of each answer, by tool. */
const tails: Readonly<Record<Era, ReadonlyMap<string, Tail>>> = {
  legacy: makeTails('legacy'),
  modern: makeTails('modern'),
}

function makeTails(era: Era): ReadonlyMap<string, Tail> {
  const more = era === 'modern' ? ',"resultType":"complete"' : ''
  return new Map(
    Object.entries(SHAPES).map(([name, { bytes }]) => {
      const content = `[{"type":"text","text":"${'x'.repeat(bytes)}"}]`
      const text = `,"result":{"content":${content}${more}}}`
      return [name, bytes < LARGE ? text : Buffer.from(text)]
    }),
  )
}

const START = '{"jsonrpc":"2.0","id":'
const NAMED = /"id":([^,]+),"method":"([^"]+)"(?:.*?"name":"([^"]+)")?/
const NAME = /\r\nmcp-name: *([^\r]*)/i

interface Asked {
  readonly id: string | undefined
  readonly method: string | undefined
  readonly tool: string | undefined
}

/** The generator and the gateway write a message's id first; the SDK last. */
function readCall(message: WireMessage): Asked {
  const [, id, method, tool] = NAMED.exec(readStart(message)) ?? []
  if (id !== undefined || message.size === message.body) {
    return { id, method, tool }
  }
  const { params = {}, ...own } = JSON.parse(readBody(message))
  const written = own.id === undefined ? undefined : String(own.id)
  return { id: written, method: own.method, tool: params.name }
}

let calls = 0

function answer(socket: Socket, era: Era, message: WireMessage): void {
  const { head } = message
  if (!head.startsWith('POST ')) {
    return write(socket, '405 Method Not Allowed', '', '')
  }
  const { id, method, tool } = readCall(message)
  // A gateway may put an envelope with other names before the tool's.
  const [, mirrored = tool] = era === 'modern' ? (NAME.exec(head) ?? []) : []
  if (id === undefined) return write(socket, '202 Accepted', '', '')
  if (method !== 'tools/call') {
    return answerOther(socket, era, head, { id, method })
  }
  calls++
  const name = mirrored ?? ''
  const tail = tails[era].get(name)
  if (tail === undefined) return write(socket, '400 Bad Request', '', '')
  const { form = 'json' } = SHAPES[name] ?? {}
  const start = form === 'json' ? `${START}${id}` : `${EVENT}${START}${id}`
  const length = start.length + tail.length + (form === 'sse' ? 2 : 0)
  const first =
    form === 'json'
      ? `HTTP/1.1 200 OK\r\n${JSON_TYPE}Content-Length: ${length}\r\n\r\n`
      : `HTTP/1.1 200 OK\r\n${SSE_TYPE}${CHUNKED}${length.toString(16)}\r\n`
  const end = form === 'json' ? '' : '\n\n\r\n0\r\n\r\n'
  if (typeof tail === 'string') {
    socket.write(`${first}${start}${tail}${end}`, 'latin1')
    return
  }
  socket.cork()
  socket.write(`${first}${start}`, 'latin1')
  socket.write(tail)
  if (end !== '') socket.write(end, 'latin1')
  socket.uncork()
}

const EVENT = 'event: message\ndata: '
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n'

/** What a gateway asks before the first call. */
function answerOther(
  socket: Socket,
  era: Era,
  head: string,
  { id, method }: { readonly id: string; readonly method: string | undefined },
): void {
  const serverInfo = { name: 'bench-upstream', version: '1.0.0' }
  const capabilities = { tools: {} }
  const tools = head.startsWith('POST /list') ? LISTED : OWN
  const complete = era === 'modern' ? { resultType: 'complete' } : {}
  const results: Readonly<Record<string, object>> = {
    'tools/list': { tools, ...complete, ...(era === 'modern' && LASTING) },
    ...(era === 'legacy'
      ? {
          initialize: {
            protocolVersion: VERSIONS.legacy,
            capabilities,
            serverInfo,
          },
        }
      : {
          'server/discover': {
            ...complete,
            ...LASTING,
            supportedVersions: [VERSIONS.modern],
            capabilities,
            _meta: { [`${MODERN}serverInfo`]: serverInfo },
          },
        }),
  }
  const result = results[method ?? '']
  const error = { code: -32601, message: 'Method not found' }
  const said = JSON.stringify({
    jsonrpc: '2.0',
    id: JSON.parse(id),
    ...(result ? { result } : { error }),
  })
  const session =
    method === 'initialize' ? `Mcp-Session-Id: ${SESSION}\r\n` : ''
  const isModernError = !result && era === 'modern'
  const status = isModernError ? '404 Not Found' : '200 OK'
  write(socket, status, said, JSON_TYPE + session)
}

const LASTING = { ttlMs: 3_600_000, cacheScope: 'public' }

function write(
  socket: Socket,
  status: string,
  body: string,
  headers: string,
): void {
  socket.write(
    `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
    'latin1',
  )
}

function serve(era: Era): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => {
    const reader = new WireReader((message) => answer(socket, era, message))
    socket.on('data', (chunk) => reader.feed(chunk))
    socket.on('error', () => socket.destroy())
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

const [legacy, modern] = await Promise.all([serve('legacy'), serve('modern')])
answerParent(
  { legacy: portOf(legacy), modern: portOf(modern) },
  { calls: () => calls },
)
