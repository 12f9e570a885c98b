// Reads requests of the plainest form off the socket; the rest is Node's server's.
// In: the sockets of a server. Out: a request and a response each, one at a time.
// INVARIANT: a connection is Node's from the first request on that is not taken,
// and stays so; no byte is lost or read twice.

import type { IncomingHttpHeaders, Server } from 'node:http'
import { Socket } from 'node:net'
import { ChunkBuffer } from '../base/chunk-buffer.ts'
import { type Lender, type Loan, loanOf } from '../base/lender.ts'
import { AnswerMemory } from './answer-memory.ts'
import { type FastHead, FastHeads } from './fast-head.ts'
import { type Carrier, FastResponse, type Shared } from './fast-response.ts'
import { LentReads, type Reads } from './lent-reads.ts'
import type { HeadMemo, HttpRequest, HttpResponse } from './request-response.ts'

export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void

/** Milliseconds. */
export interface FastTimes {
  /** For a body. */
  readonly request: number
  /** Between two requests. */
  readonly idle: number
  /** How often they are checked. */
  readonly check: number
}

export interface FastOptions {
  readonly server: Server
  /** What Node's server does with a connection. */
  readonly decline: (socket: Socket) => void
  readonly endpoints: readonly Endpoint[]
  /** Bytes of a body, at most. */
  readonly cap: number
  readonly times: FastTimes
  /** Of the memory for long bodies. */
  readonly lender?: Lender | undefined
}

/** What serves the requests to a path, as they name it. */
export interface Endpoint {
  readonly path: string
  readonly serve: HttpHandler
}

/** Bytes of requests that wait for their turn. */
const MAX_AHEAD = 64 * 1024

const NO_HEADERS: readonly string[] = []

export class FastRequest implements HttpRequest {
  readonly method = 'POST'
  readonly httpVersion = '1.1'
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders = NO_HEADERS
  readonly socket: Socket
  readonly memo: HeadMemo
  readonly whole: Buffer | undefined
  readonly #connection: FastConnection

  constructor(
    connection: FastConnection,
    url: string,
    { headers, memo }: FastHead,
    whole: Buffer | undefined,
  ) {
    this.#connection = connection
    this.whole = whole
    this.socket = connection.socket
    this.url = url
    this.headers = headers
    this.memo = memo
  }

  readBody(done: (body: Buffer) => void): void {
    if (this.whole) done(this.whole)
    else this.#connection.readBody(done)
  }
}

class FastConnection implements Carrier {
  readonly socket: Socket
  readonly leavesAtOnce: boolean
  readonly shared: Shared
  readonly #all: FastServer
  readonly #reads: Reads
  readonly #body: ChunkBuffer
  /** The memory of the body that was given. */
  #loan: Loan | undefined
  /** Bytes of the body: all, and those that are to come. */
  #length = 0
  #missing = 0
  #wanted: ((body: Buffer) => void) | undefined
  #response: FastResponse | undefined
  /** The beginning of a head. */
  #partial: Buffer | undefined
  /** What came before its turn. */
  readonly #ahead = new ChunkBuffer()
  readonly #heads: FastHeads
  /** The check after which the connection began to wait for what comes next. */
  #since: number
  #isNew = true
  #isLast = false

  constructor(all: FastServer, socket: Socket) {
    this.#all = all
    this.shared = all
    this.#since = all.checks
    this.#heads = new FastHeads(all.starts)
    this.#body = new ChunkBuffer(all.lender)
    this.socket = socket
    this.leavesAtOnce = socket.constructor === Socket
    this.#reads = all.reads.start(socket, this.#read)
    socket.on('error', this.#fail)
    socket.on('timeout', this.#fail)
    socket.on('end', this.#end)
    socket.on('close', this.#close)
  }

  /** The bytes are lent until it returns. */
  readonly #read = (bytes: Buffer): void => {
    if (this.#isLast) return
    if (this.#missing > 0) return this.#readBody(bytes)
    if (this.#response) return this.#keep(bytes)
    const partial = this.#partial
    this.#start(partial ? Buffer.concat([partial, bytes]) : bytes)
  }

  #start(bytes: Buffer): void {
    const { endpoints, cap } = this.#all
    const head = this.#heads.read(bytes)
    if (!head && this.#heads.mayGrow(bytes)) return this.#await(bytes)
    this.#partial = undefined
    if (!head || head.length > cap) return this.#decline(bytes)
    this.#isNew = false
    this.#since = this.#all.checks
    const end = head.size + head.length
    this.#length = head.length
    this.#missing = Math.max(0, end - bytes.length)
    const isWhole = this.#missing === 0
    const whole = isWhole ? copy(bytes, head.size, end) : undefined
    if (!isWhole) this.#body.addLent(bytes.subarray(head.size), head.length)
    if (bytes.length > end) this.#keep(bytes.subarray(end))
    const { path, serve } = endpoints[head.start] as Endpoint
    const request = new FastRequest(this, path, head, whole)
    const response = new FastResponse(this, request)
    this.#begin(response)
    serve(request, response)
    // What nobody wants yet, such as the body of a guess, stays in the kernel.
    if (this.#missing > 0 && !this.#wanted) this.socket.pause()
  }

  /** A head that is cut: its rest is mostly in the kernel already. */
  #await(bytes: Buffer): void {
    // Counted from its first byte, however many follow one by one.
    if (!this.#partial) this.#since = this.#all.checks
    this.#partial = copy(bytes, 0, bytes.length)
  }

  /** Node has it so on its sockets (revoke/client-sockets.ts). */
  #begin(response: FastResponse | undefined): void {
    this.#response = response
    const socket = this.socket as Socket & { _httpMessage?: unknown }
    socket._httpMessage = response
  }

  readBody(done: (body: Buffer) => void): void {
    this.#wanted = done
    if (this.#missing === 0) this.#give()
    else this.socket.resume()
  }

  #readBody(bytes: Buffer): void {
    const own = bytes.subarray(0, this.#missing)
    this.#missing -= own.length
    this.#body.addLent(own, this.#length)
    if (bytes.length > own.length) this.#keep(bytes.subarray(own.length))
    if (this.#missing === 0 && this.#wanted) this.#give()
  }

  #give(): void {
    const done = this.#wanted
    this.#wanted = undefined
    const body = this.#body.take()
    this.#loan = loanOf(body)
    this.#loan?.hold()
    done?.(body)
  }

  /** Not read before the answer has left. The socket is read on for a while, so
   * that the end of the connection is seen. */
  #keep(bytes: Buffer): void {
    this.#ahead.addLent(bytes)
    if (this.#ahead.length > MAX_AHEAD) this.socket.pause()
  }

  done(last: boolean): void {
    const { socket } = this
    this.#begin(undefined)
    this.#wanted = undefined
    this.#loan?.release()
    this.#loan = undefined
    // A body that nobody wanted is no part of the next one.
    if (this.#body.length > 0) this.#body.take()
    this.#since = this.#all.checks
    if (socket.timeout) socket.setTimeout(0)
    if (last || this.#missing > 0) {
      this.#isLast = true
      return socket.destroySoon()
    }
    if (this.#ahead.length === 0) return
    const ahead = this.#ahead.take()
    // Not within the write of the answer before it.
    process.nextTick(() => {
      if (socket.destroyed) return
      socket.resume()
      this.#read(ahead)
    })
  }

  #decline(bytes: Buffer | undefined): void {
    const { socket } = this
    this.#forget()
    socket.pause()
    this.#reads.end()
    if (bytes && bytes.length > 0) {
      socket.unshift(copy(bytes, 0, bytes.length))
    }
    // As it is on a socket that nobody has read from.
    Object.assign(socket, { readableFlowing: null })
    this.#all.decline(socket)
  }

  #forget(): void {
    const { socket } = this
    socket.off('error', this.#fail)
    socket.off('timeout', this.#fail)
    socket.off('end', this.#end)
    socket.off('close', this.#close)
    this.#all.delete(this)
  }

  readonly sent = (): void => {
    this.#response?.sent()
  }

  readonly #fail = (): void => {
    this.socket.destroy()
  }

  /** As Node's server does: whoever hangs up takes no answer. */
  readonly #end = (): void => {
    this.socket.end()
  }

  readonly #close = (): void => {
    this.#all.delete(this)
    this.#response?.close()
    this.#response = undefined
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return !this.#response
  }

  check(): void {
    const { times, checks } = this.#all
    // At least: the first interval had begun.
    const waited = (checks - this.#since - 1) * times.check
    // Without a head it is Node's, which bounds what follows.
    if (this.#isNew || this.#partial) {
      if (waited >= times.check) this.#decline(this.#partial)
    } else if (this.isIdle) {
      if (waited >= times.idle) this.socket.destroy()
    } else if (this.#missing > 0 && waited >= times.request) {
      this.#all.endSlow(this.socket)
    }
  }
}

/** The connections that are read so. */
export class FastServer implements Shared {
  readonly endpoints: readonly Endpoint[]
  readonly cap: number
  readonly lender: Lender | undefined
  readonly starts: readonly string[]
  readonly times: FastOptions['times']
  readonly reads = new LentReads()
  readonly answers = new AnswerMemory()
  readonly decline: (socket: Socket) => void
  readonly #server: Server
  readonly #open = new Set<FastConnection>()
  readonly #timer: NodeJS.Timeout
  readonly keepAliveLines: string
  /** Checks so far: the time of connections, which costs no call of a clock. */
  checks = 0
  #dateLine = ''
  #ending = ''
  #dateSecond = 0

  constructor(options: FastOptions) {
    const { server, decline, endpoints, cap, times, lender } = options
    this.#server = server
    this.decline = decline
    this.endpoints = endpoints
    this.cap = cap
    this.lender = lender
    this.times = times
    this.starts = endpoints.map(({ path }) => `POST ${path} HTTP/1.1`)
    const seconds = Math.floor(times.idle / 1_000)
    this.keepAliveLines = `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n`
    this.#timer = setInterval(() => this.#check(), times.check).unref()
  }

  take(socket: Socket): void {
    this.#open.add(new FastConnection(this, socket))
  }

  delete(connection: FastConnection): void {
    this.#open.delete(connection)
  }

  get dateLine(): string {
    this.#renewDate()
    return this.#dateLine
  }

  get ending(): string {
    this.#renewDate()
    return this.#ending
  }

  /** Renders once a second. */
  #renewDate(): void {
    const now = Date.now()
    const second = Math.floor(now / 1_000)
    if (second === this.#dateSecond) return
    this.#dateSecond = second
    this.#dateLine = `Date: ${new Date(now).toUTCString()}\r\n`
    this.#ending = `${this.#dateLine}${this.keepAliveLines}\r\n`
  }

  /** As Node does with a body that takes too long. */
  endSlow(socket: Socket): void {
    const error = new Error('the request took too long')
    const code = 'ERR_HTTP_REQUEST_TIMEOUT'
    this.#server.emit('clientError', Object.assign(error, { code }), socket)
  }

  closeIdle(): void {
    for (const one of [...this.#open]) if (one.isIdle) one.socket.destroy()
  }

  closeAll(): void {
    clearInterval(this.#timer)
    for (const one of [...this.#open]) one.socket.destroy()
  }

  #check(): void {
    this.checks++
    for (const one of [...this.#open]) one.check()
  }
}

function copy(bytes: Buffer, from: number, end: number): Buffer {
  const own = Buffer.allocUnsafe(end - from)
  bytes.copy(own, 0, from, end)
  return own
}
