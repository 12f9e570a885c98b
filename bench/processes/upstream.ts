// A server of either era on raw sockets, with prepared answers.
// In: nothing. Out: its ports; on request, how many calls reached it.
// INVARIANT: an answer has the id of its call; it is cheaper than any contestant.

import {
  type AddressInfo,
  createServer,
  type Server,
  Socket,
  type SocketConstructorOpts,
} from 'node:net'
import {
  answerOther,
  findAnswer,
  makeTools,
  type Prepared,
  START,
  writeNote,
} from '../answers.ts'
import type { Era } from '../cases.ts'
import { answerParent } from '../process.ts'
import { type WireMessage, WireReader } from '../wire.ts'

/** Of a session, which nothing is kept of. */
const SESSION = 'bench-session'

const JSON_TYPE = 'Content-Type: application/json\r\n'
const SSE_TYPE = 'Content-Type: text/event-stream\r\n'
const EVENT = 'event: message\ndata: '
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n'

const NAMED = /"id":([^,]+),"method":"([^"]+)"(?:.*?"name":"([^"]+)")?/
const NAME = /\r\nmcp-name: *([^\r]*)/i
const TOKEN = /"progressToken":("[^"]*"|\d+)/

/** `/tools/5/7`: five tools; the second number tells servers apart. */
const TOOLS = /^POST \/tools\/(\d+)/

interface Asked {
  readonly id: string | undefined
  readonly method: string | undefined
  readonly tool: string | undefined
}

/** The generator and the gateway write a message's id first; the SDK last. */
function readCall(message: WireMessage): Asked {
  const [, id, method, tool] = NAMED.exec(message.start()) ?? []
  if (id !== undefined || message.size === 0) return { id, method, tool }
  const { params = {}, ...own } = JSON.parse(message.text())
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
  if (method !== 'tools/call') return answerList(socket, era, head, id, method)
  calls++
  const found = findAnswer(era, mirrored ?? '')
  if (!found) return write(socket, '400 Bad Request', '', '')
  if (found.form === 'json') return writeJson(socket, id, found)
  const [, token] = found.notes ? (TOKEN.exec(message.text()) ?? []) : []
  const notes = token === undefined ? '' : writeNotes(token, found.notes ?? 0)
  writeEvents(socket, id, found, notes)
}

function writeJson(socket: Socket, id: string, { tail }: Prepared): void {
  const length = START.length + id.length + tail.length
  const head = `HTTP/1.1 200 OK\r\n${JSON_TYPE}Content-Length: ${length}\r\n\r\n`
  writeAround(socket, `${head}${START}${id}`, tail, '')
}

/** `notes`: chunks that come first. */
function writeEvents(
  socket: Socket,
  id: string,
  { tail }: Prepared,
  notes: string,
): void {
  const start = `${EVENT}${START}${id}`
  const size = (start.length + tail.length + 2).toString(16)
  const head = `HTTP/1.1 200 OK\r\n${SSE_TYPE}${CHUNKED}${notes}${size}\r\n`
  writeAround(socket, `${head}${start}`, tail, '\n\n\r\n0\r\n\r\n')
}

/** An event is a chunk; all leave at once, so that ten cost one write here. */
function writeNotes(token: string, count: number): string {
  let chunks = ''
  for (let at = 1; at <= count; at++) {
    const event = `${EVENT}${writeNote(token, at)}\n\n`
    chunks += `${event.length.toString(16)}\r\n${event}\r\n`
  }
  return chunks
}

function writeAround(
  socket: Socket,
  start: string,
  tail: string | Buffer,
  end: string,
): void {
  if (typeof tail === 'string') {
    socket.write(`${start}${tail}${end}`, 'latin1')
    return
  }
  socket.cork()
  socket.write(start, 'latin1')
  socket.write(tail)
  if (end !== '') socket.write(end, 'latin1')
  socket.uncork()
}

function answerList(
  socket: Socket,
  era: Era,
  head: string,
  id: string,
  method: string | undefined,
): void {
  const [, count] = TOOLS.exec(head) ?? []
  const tools = count === undefined ? undefined : makeTools(Number(count))
  const { text, isError } = answerOther(era, id, method, tools)
  const session =
    method === 'initialize' ? `Mcp-Session-Id: ${SESSION}\r\n` : ''
  const status = isError && era === 'modern' ? '404 Not Found' : '200 OK'
  write(socket, status, text, JSON_TYPE + session)
}

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

/** All connections read into it: a megabyte costs no memory of its own. */
const READ_INTO = Buffer.allocUnsafeSlow(1024 * 1024)

function serve(era: Era): Promise<Server> {
  const options = { noDelay: true, pauseOnConnect: true }
  const server = createServer(options, (accepted) => {
    const socket = readIntoOne(accepted, (bytes) => reader.feed(bytes))
    const reader = new WireReader((message) => answer(socket, era, message))
    socket.on('error', () => socket.destroy())
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', 4_096, () => resolve(server))
  })
}

/** A server has no option for it, so another socket takes the handle over. */
function readIntoOne(accepted: Socket, read: (bytes: Buffer) => void): Socket {
  const before = accepted as unknown as { _handle: object | null }
  const handle = before._handle
  before._handle = null
  const callback = (count: number) => {
    read(READ_INTO.subarray(0, count))
    return true
  }
  const onread = { buffer: READ_INTO, callback }
  return new Socket({ handle, onread } as SocketConstructorOpts)
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

const [legacy, modern] = await Promise.all([serve('legacy'), serve('modern')])
answerParent(
  { legacy: portOf(legacy), modern: portOf(modern) },
  { calls: () => calls },
)
