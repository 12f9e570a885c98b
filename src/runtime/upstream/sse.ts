// The HTTP+SSE transport of 2024-11-05: one stream of events, and an endpoint
// for POSTs.
// INVARIANT: requests go only to the origin of the config; the session ends
// with the stream.

import { InFlightSet } from '../base/in-flight.ts'
import type { Outgoing } from './encoding.ts'
import type { Failure } from './failure.ts'
import { Delivery, type DeliveryOwner } from './http1/delivery.ts'
import type { StreamEvent } from './http1/frames.ts'
import type { Endpoint } from './http1/http.ts'
import { type Headers, writeHead, writeRequest } from './http1/request.ts'
import { StreamReply } from './http1/stream-reply.ts'
import { judgeRedirect, type Redirect, type Target } from './server-path.ts'
import type { Sender, Sent, Transport, TransportEvents } from './transport.ts'

/** The time limit for the endpoint event. */
const ENDPOINT_MS = 10_000

const MAX_ENDPOINT = 8_192

export class SseTransport implements Transport, DeliveryOwner {
  readonly attributes = false
  readonly #endpoint: Endpoint
  readonly #events: TransportEvents
  readonly #found: () => void
  readonly #stream: StreamReply
  readonly #late: NodeJS.Timeout
  readonly #deliveries = new InFlightSet<Delivery>()
  /** Headers of a POST. */
  #headers: Headers
  /** Path of the endpoint, once it is known. */
  #path: string | undefined
  #head: Buffer | undefined
  /** Messages that wait for the endpoint or for the handshake; undefined: none
   * has to wait. */
  #waiting: Delivery[] | undefined = []
  /** 'next': the next message ends the handshake; then that message, until it
   * is delivered. */
  #handshakes: 'next' | Delivery | undefined
  #redirected = false
  /** The access token of the last request. */
  #authorization = ''
  #over = false

  /** `found` is called when the server has sent its endpoint. */
  constructor(
    endpoint: Endpoint,
    cap: number,
    events: TransportEvents,
    found: () => void,
    waitMs = ENDPOINT_MS,
  ) {
    this.#endpoint = endpoint
    this.#events = events
    this.#found = found
    this.#headers = {
      host: endpoint.url.host,
      connection: 'keep-alive',
      ...endpoint.headers,
      'content-type': 'application/json',
      'accept-encoding': 'identity',
    }
    this.#stream = new StreamReply(cap, {
      event: (event) => this.#receive(event),
      alive: () => events.alive(),
      flooded: (messages) => events.flooded(messages),
      redirected: (redirect) => this.#move(redirect),
      ended: (failure) => this.#end(failure),
    })
    this.#late = setTimeout(
      () => this.#end({ kind: 'timeout', detail: 'it named no endpoint' }),
      waitMs,
    )
    // The constructor must return before the transport can end.
    queueMicrotask(() => this.#open())
  }

  send(outgoing: Outgoing, sender: Sender): Sent {
    const delivery = new Delivery(outgoing, this, sender)
    // This transport does not carry modern requests.
    if (outgoing.mirrored)
      sender.failed({ kind: 'garbage', detail: 'its transport is HTTP+SSE' })
    else if (this.#over) sender.failed(ENDED)
    else this.#queue(delivery)
    return delivery
  }

  /** A second time where the server may have closed the connection before it
   * read it: nobody else would. */
  post(bytes: Buffer, isSecond = false): void {
    if (this.#over) return
    const failed = ({ kind }: Failure) => {
      if (kind === 'ended' && !isSecond) this.post(bytes, true)
    }
    const delivery = new Delivery({ bytes }, this, { failed })
    if (this.#handshakes === 'next') this.#handshakes = delivery
    this.#queue(delivery)
    delivery.answered()
    // Each message has its own connection. Some servers refuse one that arrives
    // before the end of the handshake.
    if (this.#handshakes === delivery) this.#waiting = []
  }

  opened(version: string): void {
    this.#headers = { ...this.#headers, 'mcp-protocol-version': version }
    this.#head = undefined
    this.#handshakes = 'next'
  }

  /** The stream is open from the beginning. */
  listen(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#stop()
    return Promise.resolve()
  }

  delivered(delivery: Delivery, failure: Failure | undefined): void {
    if (!this.#deliveries.delete(delivery)) return
    delivery.release?.()
    if (delivery === this.#handshakes) {
      this.#handshakes = undefined
      this.#release()
    }
    if (failure) this.#judge(failure)
    if (failure && !this.#over) delivery.sender.failed(failure)
  }

  #open(): void {
    this.#whenSignedIn(
      () => this.#request(),
      (failure) => this.#end(failure),
    )
  }

  #request(): void {
    if (this.#over) return
    const { connections, url, headers, serverPath } = this.#endpoint
    const head = writeHead('GET', serverPath.path, {
      host: url.host,
      connection: 'keep-alive',
      ...headers,
      ...this.#authorize(),
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
    })
    connections.send(head, this.#stream)
  }

  /** Calls `send` once there is an access token, if the server wants one. */
  #whenSignedIn(send: () => void, failed: (failure: Failure) => void): void {
    const { credential } = this.#endpoint
    if (!credential || credential.keepFresh()) send()
    else credential.obtain().then(send, failed)
  }

  #authorize(): Headers {
    const { authorization = '' } = this.#endpoint.credential ?? {}
    this.#authorization = authorization
    return authorization ? { authorization } : {}
  }

  /** Lets the next session have another token: a message whose session ends is
   * sent again there (upstream.ts). */
  #judge({ status }: Failure): void {
    if (status !== 401) return
    const { credential } = this.#endpoint
    credential?.judge(this.#authorization, status, '')?.catch(() => {})
  }

  /** Follows one redirect. */
  #move(redirect: Redirect): string | undefined {
    if (this.#redirected) return 'after another redirect'
    const { url, serverPath } = this.#endpoint
    const target = judgeRedirect('GET', redirect, url, serverPath.path)
    if ('problem' in target) return target.problem
    this.#redirected = true
    serverPath.move(target.path)
    queueMicrotask(() => this.#open())
    return undefined
  }

  #receive({ type, data }: StreamEvent): void {
    if (this.#over) return
    if (this.#path === undefined) this.#begin(type, data)
    else if (type === 'message' && data.length > 0) this.#events.message(data)
  }

  #begin(type: string, data: Buffer): void {
    const { url, serverPath } = this.#endpoint
    const base = new URL(serverPath.path, url)
    const target = type === 'endpoint' ? readEndpoint(data, base) : NAMELESS
    if ('problem' in target) {
      return this.#end({ kind: 'garbage', detail: target.problem })
    }
    clearTimeout(this.#late)
    this.#path = target.path
    this.#found()
    this.#release()
  }

  #queue(delivery: Delivery): void {
    this.#deliveries.add(delivery)
    if (this.#waiting) this.#waiting.push(delivery)
    else this.#dispatch(delivery)
  }

  #release(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const delivery of waiting) this.#dispatch(delivery)
  }

  #dispatch(delivery: Delivery): void {
    this.#whenSignedIn(
      () => this.#deliver(delivery),
      (failure) => this.delivered(delivery, failure),
    )
  }

  #deliver(delivery: Delivery): void {
    if (this.#over || !this.#deliveries.has(delivery)) return
    const { connections, credential } = this.#endpoint
    if (credential && credential.authorization !== this.#authorization) {
      this.#head = undefined
    }
    this.#head ??= writeHead('POST', this.#path ?? '', {
      ...this.#headers,
      ...this.#authorize(),
    })
    const { bytes, edits } = delivery.outgoing
    connections.send(writeRequest(this.#head, bytes, edits), delivery)
  }

  #end(failure: Failure): void {
    if (this.#over) return
    this.#judge(failure)
    this.#stop()
    this.#events.closed(failure)
  }

  /** Messages that are being sent are completed. */
  #stop(): void {
    this.#over = true
    clearTimeout(this.#late)
    this.#stream.close()
    for (const delivery of this.#deliveries) delivery.answered()
  }
}

const ENDED: Failure = { kind: 'ended', detail: 'its stream has ended' }

const NAMELESS: Target = { problem: 'its stream begins without an endpoint' }

/** The text of the event is not logged: it may hold a secret. */
function readEndpoint(data: Buffer, base: URL): Target {
  const text = data.toString()
  if (data.length > MAX_ENDPOINT || !URL.canParse(text, base.href)) {
    return { problem: 'its endpoint is not a URL' }
  }
  const { origin, username, password, pathname, search } = new URL(text, base)
  if (origin !== base.origin) {
    return { problem: 'its endpoint has another origin' }
  }
  // The server must not choose credentials.
  if (username !== '' || password !== '') {
    return { problem: 'its endpoint holds credentials' }
  }
  return { path: pathname + search }
}
