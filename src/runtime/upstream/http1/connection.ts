// One connection to a server: a socket, and one exchange at a time on it.
// In: requests as bytes. Out: to the exchange, its response or its loss.
// INVARIANT: any breach destroys the socket; an exchange ends once; what was
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

export interface Exchange extends Receiver {
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
  /** Its exchange was not written and may go elsewhere. */
  unsent(request: Buffer, exchange: Exchange): void
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
  #exchange: Exchange | undefined
  /** The request of the exchange, until it is written. */
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
  send(request: Buffer, exchange: Exchange, later = false): void {
    exchange.connection = this
    this.#exchange = exchange
    this.#parser.reset(exchange)
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
    this.#exchange = undefined
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
    if (!this.#exchange || this.#request) return this.#lose('unasked bytes')
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
    const whole = this.#exchange && this.#parser.finish() === 'whole'
    if (whole) this.#finish()
    else this.#lose('the connection ended')
  }

  /** The connection is free before the answer goes its way. */
  #finish(): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    const { lasting } = this.#parser
    this.#parser.stop()
    // A response to half a request leaves the other half in the way.
    const idle = this.#socket.writableLength === 0 && !this.#paused
    if (!lasting || !idle || !this.#keeper.rested(this)) this.#socket.destroy()
    exchange?.end()
  }

  #lose(detail: string): void {
    const request = this.#request
    const exchange = this.#exchange
    if (this.#opened && request && exchange) {
      this.destroy()
      this.#keeper.unsent(request, exchange)
    } else this.#fail({ kind: this.#opened ? 'ended' : 'unreachable', detail })
  }

  #fail(failure: Failure): void {
    const exchange = this.#exchange
    this.destroy()
    exchange?.lost(failure)
  }
}

const ALIVE = {
  keepAlive: true,
  keepAliveInitialDelay: PROBE_MS,
  noDelay: true,
}
