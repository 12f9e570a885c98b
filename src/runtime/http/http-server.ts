// A node:http server that takes the requests of a connection one at a time.
// In: what answers a request. Out: a Server.
// INVARIANT: a connection that was turned away serves nothing more, neither
// what was pipelined behind the refusal nor what arrives after it.

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'

/** Milliseconds. */
export interface HttpTimes {
  /** From a connection, or the end of the last request, to the end of a head. */
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

/** Requests of one connection that wait for their turn. */
const MAX_WAITING = 64

/** Told of bytes that are no HTTP, and of heads and bodies that took too long. */
export type Malformed = (ip: string, reason: string) => void

export function createHttpServer(
  serve: RequestListener,
  malformed: Malformed,
  times: HttpTimes = TIMES,
): Server {
  const turns = takeTurns(serve)
  const server = createServer({
    headersTimeout: times.head,
    requestTimeout: times.request,
    connectionsCheckingInterval: times.check,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEAD,
    // Duplicates are judged by the head stage, Host among them.
    requireHostHeader: false,
  })
  // Node drops what is beyond its count, without a word; a head has a length.
  server.maxHeadersCount = 0
  // Without the last two, Node answers them itself, before anything is judged.
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.on(event, turns)
  }
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    endMalformed(error, socket, malformed)
  })
  return server
}

/** Node hands over pipelined requests at once (RFC 9112 §9.3.2 lets only safe
 * ones run side by side). A request whose response has no socket yet waits
 * until it gets one; behind a last answer it never does. */
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
      // Not within Node's hand-over of the socket, which is not over yet.
      process.nextTick(() => {
        if (!isDone(socket)) serve(request, response)
      })
    })
  }
}

/** Nothing that is written to it would leave. */
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

/** An answer under way is broken off: nothing is written into its midst. */
function endMalformed(
  { code = '' }: NodeJS.ErrnoException,
  socket: Socket,
  malformed: Malformed,
): void {
  if (code === 'ECONNRESET' || code === 'EPIPE') return void socket.destroy()
  const [status, reason] = STATUS[code] ?? MALFORMED
  malformed(socket.remoteAddress ?? '', reason)
  if (socket.writable && !isAnswering(socket)) {
    socket.write(
      `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    )
  }
  socket.destroy()
}

/** Whether an answer is begun, or due to a request that came whole. Node keeps
 * the response that is due on its connection. */
function isAnswering(socket: Socket): boolean {
  const { _httpMessage: response } = socket as Socket & {
    _httpMessage?: ServerResponse<IncomingMessage> | null
  }
  if (!response) return false
  return response.headersSent || response.req.complete
}
