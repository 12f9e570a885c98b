// One connection to a server: a socket, and one transfer at a time on it.
// In: requests as bytes. Out: to the transfer, its response or its loss.
// INVARIANT: any breach destroys the socket; a transfer ends once; what was
// not written may go elsewhere, what was written is never sent again.

import { isIP, connect as openTcp, type Socket } from 'node:net'
import { connect as openTls, type SecureContext } from 'node:tls'
import type { Failure } from '../failure.ts'
import { type Receiver, ResponseParser } from './response.ts'

export interface Origin {
  readonly host: string
  readonly port: number
  /** Without: plain TCP. */
  readonly secureContext: SecureContext | undefined
}

export interface Transfer extends Receiver {
  /** Where it is under way. */
  connection: Connection | undefined
  /** The response came whole. */
  end(): void
  lost(failure: Failure): void
}

/** What a connection tells those who keep it. */
export interface Keeper {
  /** It may serve another request; false when nobody wants it. */
  rested(connection: Connection): boolean
  /** Its transfer was not written and may go elsewhere. */
  unsent(request: Buffer, transfer: Transfer): void
  closed(connection: Connection): void
}

const CONNECT_MS = 10_000
const PROBE_MS = 60_000

/** A body in tiny chunks costs more than its bytes: others come in between. */
const LINES_A_TURN = 1_000

/** All plain connections read into it, one at a time. */
const SHARED = Buffer.allocUnsafeSlow(64 * 1024)

export class Connection {
  slot = -1
  /** Monotonic milliseconds; the keeper's. */
  restedAt = 0
  readonly #keeper: Keeper
  readonly #socket: Socket
  readonly #parser = new ResponseParser()
  #transfer: Transfer | undefined
  /** The request of the transfer, until it is written. */
  #request: Buffer | undefined
  #opened = false
  #paused = false
  readonly #deadline: NodeJS.Timeout

  constructor(origin: Origin, keeper: Keeper) {
    this.#keeper = keeper
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
        keeper.closed(this)
      })
  }

  /** Milliseconds that the server said it would wait; -1 when it did not. */
  get patience(): number {
    return this.#parser.head.patience
  }

  get gone(): boolean {
    return this.#socket.destroyed
  }

  /** `later`: in the next turn, if it still stands then. */
  send(request: Buffer, transfer: Transfer, later = false): void {
    transfer.connection = this
    this.#transfer = transfer
    this.#parser.reset(transfer)
    if (this.#opened && !later) {
      this.#socket.write(request)
      return
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

  /** Whatever it carries is told nothing any more. */
  destroy(): void {
    clearTimeout(this.#deadline)
    this.#transfer = undefined
    this.#request = undefined
    this.#parser.stop()
    this.#socket.destroy()
  }

  #openTcp({ host, port }: Origin): Socket {
    return openTcp({
      ...ALIVE,
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

  /** Certificates are verified whatever the environment says. */
  #openTls({ host, port }: Origin, secureContext: SecureContext): Socket {
    const socket = openTls({
      ...ALIVE,
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
    if (request) this.#socket.write(request)
  }

  #take(bytes: Buffer, size: number): void {
    // A server that speaks unasked cannot be understood.
    if (!this.#transfer || this.#request) return this.#lose('unasked bytes')
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

  /** The connection is free before the answer goes its way. */
  #finish(): void {
    const transfer = this.#transfer
    this.#transfer = undefined
    const { lasting } = this.#parser
    this.#parser.stop()
    // A response to half a request leaves the other half in the way.
    const idle = this.#socket.writableLength === 0 && !this.#paused
    if (!lasting || !idle || !this.#keeper.rested(this)) this.#socket.destroy()
    transfer?.end()
  }

  #lose(detail: string): void {
    const request = this.#request
    const transfer = this.#transfer
    if (this.#opened && request && transfer) {
      this.destroy()
      this.#keeper.unsent(request, transfer)
    } else this.#fail({ kind: this.#opened ? 'ended' : 'unreachable', detail })
  }

  #fail(failure: Failure): void {
    const transfer = this.#transfer
    this.destroy()
    transfer?.lost(failure)
  }
}

const ALIVE = {
  keepAlive: true,
  keepAliveInitialDelay: PROBE_MS,
  noDelay: true,
}
