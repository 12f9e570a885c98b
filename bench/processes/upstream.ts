// A legacy Streamable HTTP server on raw sockets, cheaper than any contestant.
// In: nothing. Out: its URL; on request, how many calls reached it.
// INVARIANT: an answer carries the text of its own call; a message outside the
// sessions that it opened is refused.

import { randomUUID } from 'node:crypto'
import { type AddressInfo, createServer } from 'node:net'
import { answerParent } from '../process.ts'
import { readHeader, type WireMessage, WireReader } from '../wire.ts'

interface Message {
  readonly id?: number | string
  readonly method: string
  readonly params?: {
    readonly protocolVersion?: string
    readonly arguments?: { readonly text?: string }
  }
}

const TOOLS = ['echo', 'reverse', 'count'].map((name) => ({
  name,
  description: `Takes a text: ${name}.`,
  inputSchema: {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
  },
}))

const sessions = new Set<string>()
const counts = { calls: 0 }

function answerRequest({ head, body }: WireMessage): string {
  const session = readHeader(head, 'mcp-session-id') ?? ''
  if (head.startsWith('GET ')) return writeHttp('405 Method Not Allowed', '')
  if (head.startsWith('DELETE ')) {
    return writeHttp(sessions.delete(session) ? '200 OK' : '404 Not Found', '')
  }
  const message = JSON.parse(body) as Message
  const { id, method, params } = message
  if (method === 'initialize') {
    const opened = randomUUID()
    sessions.add(opened)
    const result = {
      protocolVersion: params?.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'bench-upstream', version: '1.0.0' },
    }
    return writeResult(id, result, `Mcp-Session-Id: ${opened}\r\n`)
  }
  if (!sessions.has(session)) return writeHttp('404 Not Found', '')
  if (id === undefined) return writeHttp('202 Accepted', '')
  if (method === 'tools/list') return writeResult(id, { tools: TOOLS })
  if (method !== 'tools/call') {
    return writeHttp('400 Bad Request', '')
  }
  counts.calls++
  const text = params?.arguments?.text ?? ''
  return writeResult(id, { content: [{ type: 'text', text }] })
}

function writeResult(id: unknown, result: unknown, headers = ''): string {
  const body = JSON.stringify({ jsonrpc: '2.0', id, result })
  return writeHttp(
    '200 OK',
    body,
    `Content-Type: application/json\r\n${headers}`,
  )
}

function writeHttp(status: string, body: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`
}

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new WireReader((message) => {
    socket.write(answerRequest(message), 'latin1')
  })
  socket.on('data', (chunk) => reader.feed(chunk))
  socket.on('error', () => socket.destroy())
})

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  answerParent(`http://127.0.0.1:${port}/mcp`, { calls: () => counts.calls })
})
