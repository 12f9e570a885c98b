// One connection to a server: a socket with one transfer at a time.
// INVARIANT: a protocol error destroys the socket; a transfer ends once; a
// request that was not written may use another connection, a written one is
// never sent again.

import { isIP, connect as openTcp, type Socket } from 'node:net'
import { connect as openTls, type SecureContext } from 'node:tls'
import type { Bytes } from '../../base/pieces.ts'
import type { Failure } from '../failure.ts'
import { type Receiver, ResponseParser } from './response.ts'

export interface Origin {
  readonly host: string
  readonly port: number
  /** Undefined for plain TCP. */
  readonly secureContext: SecureContext | undefined
}

export interface Transfer extends Receiver {
  /** The connection that carries it. */
  connection: Connection | undefined
  /** The response is complete. */
  end(): void
  lost(failure: Failure): void
}

/** The owner of connections: what a connection calls. */
export interface ConnectionOwner {
  /** It may serve another request; false if the owner does not keep it. */
  becameIdle(connection: Connection): boolean
  /** Its request was not written and may use another connection. */
  unsent(request: Bytes, transfer: Transfer): void
  closed(connection: Connection): void
}

const CONNECT_MS = 10_000
const PROBE_MS = 60_000

/** Lines that are read in one turn: a body in tiny chunks costs more than its
 * bytes. */
const LINES_A_TURN = 1_000

/** The read buffer of all plain connections, used by one at a time. */
const SHARED = Buffer.allocUnsafeSlow(64 * 1024)

export class Connection {
  slot = -1
  /** Monotonic milliseconds; set by the owner. */
  idleSince = 0
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  readonly #parser = new ResponseParser()
  #transfer: Transfer | undefined
  /** The request, until it is written. */
  #request: Bytes | undefined
  #opened = false
  #paused = false
  readonly #deadline: NodeJS.Timeout

  constructor(origin: Origin, owner: ConnectionOwner) {
    this.#owner = owner
    const { secureContext } = origin
    this.#socket = secureContext
      ? this.#openTls(origin, secureContext)
      : this.#openTcp(origin)
    this.#deadline = setTimeout(
      () => this.#lose('the connection was not made in time'),
      CONNECT_MS,
    )
    this.#socket
      .on(secureContext ? 'secureConnect' : 'connect', () => this.#takeOpen())
      .on('error', (error: NodeJS.ErrnoException) =>
        this.#lose(error.code ?? error.message),
      )
      .on('end', () => this.#takeEnd())
      .on('close', () => {
        this.#lose('the connection closed')
        owner.closed(this)
      })
  }

  /** Milliseconds that the server keeps the connection; -1 if unknown. */
  get keepAliveMs(): number {
    return this.#parser.head.keepAliveMs
  }

  get gone(): boolean {
    return this.#socket.destroyed
  }

  /** `later`: writes in the next turn, if the connection is still open. */
  send(request: Bytes, transfer: Transfer, later = false): void {
    transfer.connection = this
    this.#transfer = transfer
    this.#parser.reset(transfer)
    if (this.#opened && !later) {
      return this.#put(request)
    }
    this.#request = request
    if (later) setImmediate(() => this.#write())
  }

  /** Nothing is read until `resume`. */
  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (!this.#socket.destroyed) this.#socket.resume()
  }

  /** Destroys the socket without a call to its transfer. */
  destroy(): void {
    clearTimeout(this.#deadline)
    this.#transfer = undefined
    this.#request = undefined
    this.#parser.stop()
    this.#socket.destroy()
  }

  #openTcp({ host, port }: Origin): Socket {
    return openTcp({
      ...TCP_OPTIONS,
      host,
      port,
      onread: {
        buffer: SHARED,
        callback: (size) => {
          this.#take(SHARED, size)
          return true
        },
      },
    })
  }

  /** Certificates are verified, whatever the environment says. */
  #openTls({ host, port }: Origin, secureContext: SecureContext): Socket {
    const socket = openTls({
      ...TCP_OPTIONS,
      host,
      port,
      servername: isIP(host) ? '' : host,
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      secureContext,
    })
    socket.on('data', (chunk: Buffer) => this.#take(chunk, chunk.length))
    return socket
  }

  #takeOpen(): void {
    clearTimeout(this.#deadline)
    this.#opened = true
    this.#write()
  }

  #write(): void {
    const request = this.#request
    this.#request = undefined
    if (request) this.#put(request)
  }

  #put(request: Bytes): void {
    const socket = this.#socket
    if (Buffer.isBuffer(request)) return void socket.write(request)
    socket.cork()
    for (const piece of request) socket.write(piece)
    socket.uncork()
  }

  #take(bytes: Buffer, size: number): void {
    // Bytes without a request cannot be a response.
    if (!this.#transfer || this.#request)
      return this.#lose('bytes without a request')
    const progress = this.#parser.feed(bytes, size)
    if (progress === 'whole') this.#finish()
    else if (progress === 'broken') {
      this.#fail({ kind: 'garbage', detail: this.#parser.problem })
    } else if (this.#parser.lines > LINES_A_TURN && !this.#paused) {
      this.pause()
      setImmediate(() => this.resume())
    }
  }

  #takeEnd(): void {
    const whole = this.#transfer && this.#parser.finish() === 'whole'
    if (whole) this.#finish()
    else this.#lose('the connection ended')
  }

  /** Frees the connection before the answer is processed. */
  #finish(): void {
    const transfer = this.#transfer
    this.#transfer = undefined
    const { lasting } = this.#parser
    this.#parser.stop()
    // A response to a half-written request: the rest would precede the next
    // one.
    const idle = this.#socket.writableLength === 0 && !this.#paused
    if (!lasting || !idle || !this.#owner.becameIdle(this))
      this.#socket.destroy()
    transfer?.end()
  }

  #lose(detail: string): void {
    const request = this.#request
    const transfer = this.#transfer
    if (this.#opened && request && transfer) {
      this.destroy()
      this.#owner.unsent(request, transfer)
    } else this.#fail({ kind: this.#opened ? 'ended' : 'unreachable', detail })
  }

  #fail(failure: Failure): void {
    const transfer = this.#transfer
    this.destroy()
    transfer?.lost(failure)
  }
}

const TCP_OPTIONS = {
  keepAlive: true,
  keepAliveInitialDelay: PROBE_MS,
  noDelay: true,
}
