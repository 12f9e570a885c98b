// Opens the connection to a host: directly or through a proxy, with TLS or not.
// In: an origin. Out: one socket that is ready for a request, or why not.
// INVARIANT: certificates are verified, whatever the environment says; before
// `opened`, the host has got no byte of a request.

import {
  isIP,
  type LookupFunction,
  connect as openTcp,
  type Socket,
  type TcpSocketConnectOpts,
} from 'node:net'
import {
  type DetailedPeerCertificate,
  connect as openTls,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'
import type { ProxyHop } from './exit.ts'
import { type Fault, judgeError } from './fault.ts'
import { type Presented, readPresented } from './presented.ts'
import { openTunnel } from './tunnel.ts'

export interface Origin {
  readonly host: string
  readonly port: number
  /** Undefined for plain TCP. */
  readonly secureContext: SecureContext | undefined
  /** The context has a client certificate. */
  readonly hasCertificate?: boolean
  /** Undefined: directly. */
  readonly proxy?: ProxyHop | undefined
  /** For TLS to the proxy itself. */
  readonly proxyContext?: SecureContext | undefined
  /** Looks up the host of the first connection. */
  readonly lookup?: LookupFunction | undefined
}

export interface OpeningEvents {
  /** Called once, or `failed` is. The socket has no listener of ours any more. */
  opened(socket: Socket): void
  /** `error`: Node's own, if it was one. */
  failed(fault: Fault, error?: unknown): void
}

const CONNECT_MS = 10_000
const PROBE_MS = 60_000

const TCP_OPTIONS = Object.freeze({
  keepAlive: true,
  keepAliveInitialDelay: PROBE_MS,
  noDelay: true,
})

export class Opening {
  readonly #origin: Origin
  readonly #events: OpeningEvents
  readonly #deadline: NodeJS.Timeout
  /** The socket of the present step. */
  #socket: Socket
  /** The proxy has answered: what fails now is between us and the host. */
  #inTunnel = false
  #over = false

  /** `onread`: takes the bytes of a direct connection without TLS. */
  constructor(
    origin: Origin,
    events: OpeningEvents,
    { ms = CONNECT_MS, onread }: OpeningOptions = {},
  ) {
    this.#origin = origin
    this.#events = events
    this.#deadline = setTimeout(() => this.#failLate(ms), ms)
    const { proxy, proxyContext, secureContext, lookup } = origin
    const { host, port } = proxy ?? origin
    const address = { ...TCP_OPTIONS, host, port, ...(lookup && { lookup }) }
    if (!proxy) {
      this.#socket = secureContext
        ? this.#openTls(address, host, secureContext)
        : openTcp({ ...address, ...(onread && { onread }) })
      this.#watch(secureContext !== undefined, (socket) => this.#end(socket))
      return
    }
    this.#socket = proxyContext
      ? this.#openTls(address, host, proxyContext)
      : openTcp(address)
    this.#watch(proxyContext !== undefined, (socket) =>
      this.#openTunnel(socket, proxy),
    )
  }

  /** Neither event comes any more. */
  abort(): void {
    this.#over = true
    clearTimeout(this.#deadline)
    this.#socket.destroy()
  }

  /** `address`: where to connect, or a socket that is connected. */
  #openTls(
    address: object,
    host: string,
    secureContext: SecureContext,
  ): TLSSocket {
    return openTls({
      ...address,
      host,
      servername: isIP(host) ? '' : host,
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      secureContext,
    })
  }

  /** Waits for one step: TCP, or TCP with TLS. */
  #watch(isTls: boolean, next: (socket: Socket) => void): void {
    const socket = this.#socket
    let certificate: DetailedPeerCertificate | undefined
    const free = guard(socket, (error) => {
      const presented = certificate && readPresented(certificate, Date.now())
      this.#failStep(error, presented)
    })
    // Before Node verifies it: one that it refuses cannot be read after that.
    const look = () => {
      certificate = (socket as TLSSocket).getPeerCertificate(true)
    }
    if (isTls) socket.prependOnceListener('secure', look)
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      free()
      if (!this.#over) next(socket)
    })
  }

  #openTunnel(socket: Socket, proxy: ProxyHop): void {
    const { host, secureContext } = this.#origin
    const free = guard(socket, (error) => this.#failStep(error, undefined))
    openTunnel(socket, proxy, this.#origin, (fault) => {
      free()
      if (this.#over) return
      if (fault) return this.#fail(fault)
      this.#inTunnel = true
      if (!secureContext) return this.#end(socket)
      const inner = this.#openTls({ socket }, host, secureContext)
      this.#socket = inner
      inner.once('close', () => socket.destroy())
      this.#watch(true, () => this.#end(inner))
    })
  }

  #failStep(error: unknown, presented: Presented | undefined): void {
    if (this.#over) return
    const { proxy, host, hasCertificate = false } = this.#origin
    if (!proxy || this.#inTunnel) {
      const facts = { host, presented, hasCertificate }
      return this.#fail(judgeError(error, facts), error)
    }
    const own = { host: proxy.host, presented, hasCertificate: false }
    this.#fail(blameProxy(proxy, judgeError(error, own)), error)
  }

  #failLate(ms: number): void {
    const { proxy } = this.#origin
    const detail = `no connection within ${ms / 1_000} s`
    this.#fail(
      proxy && !this.#inTunnel ? blameProxy(proxy, { detail }) : { detail },
    )
  }

  #fail(fault: Fault, error?: unknown): void {
    if (this.#over) return
    this.abort()
    this.#events.failed(fault, error)
  }

  #end(socket: Socket): void {
    clearTimeout(this.#deadline)
    this.#over = true
    this.#events.opened(socket)
  }
}

/** Calls `fail` once, when the socket fails or ends before `free` is called. */
function guard(socket: Socket, fail: (error: unknown) => void): () => void {
  const take = (error: unknown) => {
    free()
    fail(error)
  }
  const end = () => take({ code: 'ECONNRESET' })
  const free = () => {
    socket.off('error', take).off('end', end).off('close', end)
  }
  socket.on('error', take).on('end', end).on('close', end)
  // One that is given up may still fail.
  if (socket.listenerCount('error', ignore) === 0) socket.on('error', ignore)
  return free
}

function ignore(): void {}

interface OpeningOptions {
  readonly ms?: number
  readonly onread?: TcpSocketConnectOpts['onread']
}

function blameProxy(proxy: ProxyHop, { state, ...rest }: Fault): Fault {
  const known = state === undefined ? '' : `${state}: `
  return {
    ...rest,
    state: `proxy ${proxy.name} cannot be reached`,
    detail: known + rest.detail,
  }
}
