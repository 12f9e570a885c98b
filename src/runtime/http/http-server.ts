// A node:http server that serves the requests of a connection one at a time.
// INVARIANT: after a connection was refused, it serves no request that was
// pipelined or arrives later.

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import { type FastOptions, FastServer } from './fast-connection.ts'
import { namePeer } from './proxies.ts'
import {
  connectedEvent,
  createSecureServer,
  type Secure,
} from './secure-server.ts'

/** Milliseconds. */
interface HttpTimes {
  /** From the connection, or the last request, to the end of a head. */
  readonly head: number
  /** To the end of the body. */
  readonly request: number
  /** How often the two are checked. */
  readonly check: number
}

const TIMES: HttpTimes = Object.freeze({
  head: 10_000,
  request: 30_000,
  check: 500,
})

const KEEP_ALIVE_MS = 72_000
const MAX_HEAD = 16 * 1024

/** Pipelined requests that may wait on one connection. */
const MAX_WAITING = 64

/** Called for bytes that are not HTTP and for requests that took too long: they
 * count for the peer, as no header of theirs was read. */
export type Malformed = (ip: string, reason: string) => void

export function createHttpServer(
  serve: RequestListener,
  malformed: Malformed,
  times: HttpTimes = TIMES,
  fast?: FastSettings,
  secure?: Secure,
): Server {
  const turns = takeTurns(serve)
  const options = {
    headersTimeout: times.head,
    requestTimeout: times.request,
    connectionsCheckingInterval: times.check,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEAD,
    // The head stage checks for duplicates, Host included.
    requireHostHeader: false,
  }
  const server = secure
    ? createSecureServer(options, secure)
    : createServer(options)
  // By default, Node drops headers above a count without an error. The length
  // of a head bounds them.
  server.maxHeadersCount = 0
  // Without listeners for the last two, Node answers such requests itself.
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.on(event, turns)
  }
  if (fast) readFast(server, fast, times)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    endMalformed(error, socket, malformed)
  })
  return server
}

/** What is read without Node's parser. */
export type FastSettings = Pick<FastOptions, 'endpoints' | 'cap' | 'lender'>

/** Puts our reader before Node's: a connection is Node's once it says so. */
function readFast(
  server: Server,
  settings: FastSettings,
  { request, check }: HttpTimes,
): void {
  const event = connectedEvent(server)
  const [listener] = server.listeners(event)
  server.removeAllListeners(event)
  const decline = (socket: Socket) => listener?.call(server, socket)
  const times = { request, check, idle: KEEP_ALIVE_MS }
  const fast = new FastServer({ server, decline, times, ...settings })
  server.on(event, (socket: Socket) => fast.take(socket))
  const [closeIdle, closeAll] = [
    server.closeIdleConnections,
    server.closeAllConnections,
  ]
  Object.assign(server, {
    closeIdleConnections() {
      closeIdle.call(server)
      fast.closeIdle()
    },
    closeAllConnections() {
      closeAll.call(server)
      fast.closeAll()
    },
  })
}

/** Node emits pipelined requests at once (RFC 9112 §9.3.2 lets only safe ones
 * run in parallel). A request whose response has no socket waits until it gets
 * one; after a last answer it never does. */
function takeTurns(serve: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, number>()
  return (request, response) => {
    const { socket } = request
    if (isDone(socket)) return
    if (response.socket) return serve(request, response)
    const count = (waiting.get(socket) ?? 0) + 1
    if (count > MAX_WAITING) return void socket.destroy()
    waiting.set(socket, count)
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
      // Node has not finished assigning the socket at this point.
      process.nextTick(() => {
        if (!isDone(socket)) serve(request, response)
      })
    })
  }
}

/** Nothing more can be sent on it. */
function isDone(socket: Socket): boolean {
  return socket.destroyed || socket.writableEnded
}

const STATUS: Readonly<Record<string, readonly [string, string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'head too large',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'too slow'],
}
const MALFORMED = ['400 Bad Request', 'malformed HTTP'] as const

/** An answer that has begun is cut: no error is written into it. */
function endMalformed(
  { code = '' }: NodeJS.ErrnoException,
  socket: Socket,
  malformed: Malformed,
): void {
  if (code === 'ECONNRESET' || code === 'EPIPE') return void socket.destroy()
  const [status, reason] = STATUS[code] ?? MALFORMED
  malformed(namePeer(socket), reason)
  if (socket.writable && !isAnswering(socket)) {
    socket.write(
      `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    )
  }
  socket.destroy()
}

/** Whether an answer has begun or is due to a complete request. Node keeps the
 * response that is due on its socket. */
function isAnswering(socket: Socket): boolean {
  const { _httpMessage: response } = socket as Socket & {
    _httpMessage?: ServerResponse<IncomingMessage> | null
  }
  if (!response) return false
  return response.headersSent || response.req.complete
}
