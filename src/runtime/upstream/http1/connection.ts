// One connection to a server: a socket with one transfer at a time.
// INVARIANT: a protocol error destroys the socket; a transfer ends once; a
// request that was not written may use another connection, a written one is
// never sent again.

import type { Socket } from 'node:net'
import { holdLoans } from '../../base/lender.ts'
import type { Bytes } from '../../base/pieces.ts'
import { judgeError, refusesOwn } from '../../outward/fault.ts'
import { Opening, type Origin } from '../../outward/open.ts'
import { MissingSecret } from '../../secrets/resolve.ts'
import { describeMissing, type Failure } from '../failure.ts'
import { type LastHead, type Receiver, ResponseParser } from './response.ts'

/** Reads secrets and files again. Throws MissingSecret. */
export type FindOrigin = () => Origin

export interface Transfer extends Receiver {
  /** The connection that carries it. */
  connection: Connection | undefined
  /** A read has ended, and the response has not. */
  more?(): void
  /** The response is complete. */
  end(): void
  lost(failure: Failure): void
}

/** The owner of connections: what a connection calls. */
export interface ConnectionOwner {
  readonly lastHead: LastHead
  /** It may serve another request; false if the owner does not keep it. */
  becameIdle(connection: Connection): boolean
  /** Its request was not written and may use another connection. */
  unsent(request: Bytes, transfer: Transfer): void
  closed(connection: Connection): void
}

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
  #origin: Origin | undefined
  #opening: Opening | undefined
  /** Once it is open. */
  #socket: Socket | undefined
  readonly #parser: ResponseParser
  #transfer: Transfer | undefined
  /** The request, until it is written. */
  #request: Bytes | undefined
  /** Bytes of the server have come. */
  #hasRead = false
  #paused = false
  #gone = false

  constructor(find: FindOrigin, owner: ConnectionOwner) {
    this.#owner = owner
    this.#parser = new ResponseParser(owner.lastHead)
    try {
      this.#origin = find()
    } catch (error) {
      if (!(error instanceof MissingSecret)) throw error
      // Its transfer is not known yet.
      const failure = describeMissing(error)
      queueMicrotask(() => this.#fail(failure))
      return
    }
    this.#opening = new Opening(
      this.#origin,
      {
        opened: (socket) => this.#takeOpen(socket),
        failed: (fault) => this.#fail({ kind: 'unreachable', ...fault }),
      },
      { onread: this.#onread() },
    )
  }

  /** Milliseconds that the server keeps the connection; -1 if unknown. */
  get keepAliveMs(): number {
    return this.#parser.head.keepAliveMs
  }

  get gone(): boolean {
    return this.#gone || this.#socket?.destroyed === true
  }

  /** `later`: writes in the next turn, if the connection is still open. False:
   * the bytes of the request are read after the call. */
  send(request: Bytes, transfer: Transfer, later = false): boolean {
    transfer.connection = this
    this.#transfer = transfer
    this.#parser.reset(transfer)
    if (this.#socket && !later) {
      this.#put(this.#socket, request)
      return this.#socket.writableLength === 0
    }
    this.#request = request
    if (later) setImmediate(() => this.#write())
    return false
  }

  /** Nothing is read until `resume`. */
  pause(): void {
    this.#paused = true
    this.#socket?.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (!this.gone) this.#socket?.resume()
  }

  /** Destroys the socket without a call to its transfer. */
  destroy(): void {
    this.#transfer = undefined
    this.#request = undefined
    this.#parser.stop()
    if (this.#socket) this.#socket.destroy()
    else this.#giveUp()
  }

  /** It was never open. */
  #giveUp(): void {
    if (this.#gone) return
    this.#gone = true
    this.#opening?.abort()
    queueMicrotask(() => this.#owner.closed(this))
  }

  #onread() {
    return {
      buffer: SHARED,
      callback: (size: number) => {
        this.#take(SHARED, size)
        return true
      },
    }
  }

  #takeOpen(socket: Socket): void {
    this.#socket = socket
    const { secureContext, proxy } = this.#origin ?? {}
    socket
      .on('error', (error: NodeJS.ErrnoException) => this.#takeError(error))
      .on('end', () => this.#takeEnd())
      .on('close', () => {
        this.#lose('the connection closed')
        this.#owner.closed(this)
      })
    if (secureContext || proxy) {
      socket.on('data', (chunk: Buffer) => this.#take(chunk, chunk.length))
      if (!this.#paused) socket.resume()
    }
    if (this.#paused) socket.pause()
    this.#write()
  }

  /** In TLS 1.3 the server judges our certificate after the handshake: then it
   * has read nothing of the request. */
  #takeError(error: NodeJS.ErrnoException): void {
    const { code = error.message } = error
    if (this.#hasRead || !refusesOwn(code)) return this.#lose(code)
    const { host = '', hasCertificate = false } = this.#origin ?? {}
    const facts = { host, hasCertificate, presented: undefined }
    this.#fail({ kind: 'unreachable', ...judgeError(error, facts) })
  }

  #write(): void {
    const request = this.#request
    this.#request = undefined
    if (request) this.#put(this.#socket as Socket, request)
  }

  #put(socket: Socket, request: Bytes): void {
    if (Buffer.isBuffer(request)) return void socket.write(request)
    socket.cork()
    const last = request.length - 1
    for (let at = 0; at < last; at++) socket.write(request[at] as Buffer)
    socket.write(request[last] as Buffer, holdLoans(request))
    socket.uncork()
  }

  #take(bytes: Buffer, size: number): void {
    this.#hasRead = true
    // Bytes without a request cannot be a response.
    if (!this.#transfer || this.#request)
      return this.#lose('bytes without a request')
    const progress = this.#parser.feed(bytes, size)
    if (progress === 'whole') this.#finish()
    else if (progress === 'broken') {
      this.#fail({ kind: 'garbage', detail: this.#parser.problem })
    } else this.#awaitMore()
  }

  #awaitMore(): void {
    this.#transfer?.more?.()
    if (this.#parser.lines <= LINES_A_TURN || this.#paused) return
    this.pause()
    setImmediate(() => this.resume())
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
    const idle = this.#socket?.writableLength === 0 && !this.#paused
    if (!lasting || !idle || !this.#owner.becameIdle(this))
      this.#socket?.destroy()
    transfer?.end()
  }

  #lose(detail: string): void {
    const request = this.#request
    const transfer = this.#transfer
    if (this.#socket && request && transfer) {
      this.destroy()
      this.#owner.unsent(request, transfer)
    } else this.#fail({ kind: 'ended', detail: detail + this.#suspect() })
  }

  /** Servers that do not accept a certificate often say nothing. */
  #suspect(): string {
    const isLikely = !this.#hasRead && this.#origin?.hasCertificate
    return isLikely ? '; the server may not accept the client certificate' : ''
  }

  #fail(failure: Failure): void {
    const transfer = this.#transfer
    this.destroy()
    transfer?.lost(failure)
  }
}
