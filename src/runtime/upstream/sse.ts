// The HTTP+SSE transport of 2024-11-05: one stream of events, and an endpoint.
// In: a URL and resolved headers. Out: a Transport.
// INVARIANT: nothing goes to another origin than the config's; the stream is
// the session, and ends with it.

import { InFlightSet } from '../base/in-flight.ts'
import type { Outgoing } from './encoding.ts'
import type { Failure } from './failure.ts'
import { Delivery, type DeliveryOwner } from './http1/delivery.ts'
import type { StreamEvent } from './http1/frames.ts'
import type { Endpoint } from './http1/http.ts'
import { type Headers, writeHead, writeRequest } from './http1/request.ts'
import { StreamReply } from './http1/stream-reply.ts'
import { judgeRedirect, type Redirect } from './place.ts'
import type { Sent, Transport, TransportEvents } from './transport.ts'

/** A server that has not named its endpoint by then never will. */
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
  /** Of a POST. */
  #headers: Headers
  /** Where POSTs go, once that is known. */
  #path: string | undefined
  #head: Buffer | undefined
  /** What may not go yet, while that is so. */
  #waiting: Delivery[] | undefined = []
  /** The end of the handshake is due, then on its way. */
  #handshakes: 'next' | Delivery | undefined
  #redirected = false
  #over = false

  /** `found` is told when the server has named its endpoint. */
  constructor(
    endpoint: Endpoint,
    cap: number,
    events: TransportEvents,
    found: () => void,
    patience = ENDPOINT_MS,
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
      heard: (event) => this.#hear(event),
      alive: () => events.alive(),
      flooded: (messages) => events.flooded(messages),
      moved: (redirect) => this.#move(redirect),
      ended: (failure) => this.#end(failure),
    })
    this.#late = setTimeout(
      () => this.#end({ kind: 'timeout', detail: 'it named no endpoint' }),
      patience,
    )
    // Whoever makes it must have it before it can end.
    queueMicrotask(() => this.#open())
  }

  send({ bytes, headers }: Outgoing, failed: (failure: Failure) => void): Sent {
    const delivery = new Delivery(bytes, this, failed)
    // What says something in headers is of the newer era, which knows no such
    // wire.
    if (headers) failed({ kind: 'garbage', detail: 'it speaks HTTP+SSE' })
    else if (this.#over) failed(ENDED)
    else this.#queue(delivery)
    return delivery
  }

  post(bytes: Buffer): void {
    if (this.#over) return
    const delivery = new Delivery(bytes, this, () => {})
    if (this.#handshakes === 'next') this.#handshakes = delivery
    this.#queue(delivery)
    delivery.answered()
    // Each message has a connection of its own, and some servers refuse one
    // that overtakes the end of the handshake.
    if (this.#handshakes === delivery) this.#waiting = []
  }

  opened(version: string): void {
    this.#headers = { ...this.#headers, 'mcp-protocol-version': version }
    this.#head = undefined
    this.#handshakes = 'next'
  }

  /** It has been open from the beginning. */
  listen(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#stop()
    return Promise.resolve()
  }

  delivered(delivery: Delivery, failure: Failure | undefined): void {
    if (!this.#deliveries.delete(delivery)) return
    if (delivery === this.#handshakes) {
      this.#handshakes = undefined
      this.#release()
    }
    if (failure && !this.#over) delivery.failed(failure)
  }

  #open(): void {
    if (this.#over) return
    const { connections, url, headers, place } = this.#endpoint
    const head = writeHead('GET', place.path, {
      host: url.host,
      connection: 'keep-alive',
      ...headers,
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
    })
    connections.send(head, this.#stream)
  }

  /** Where a redirect leads, once. */
  #move(redirect: Redirect): string | undefined {
    if (this.#redirected) return 'after another redirect'
    const { url, place } = this.#endpoint
    const target = judgeRedirect('GET', redirect, url, place.path)
    if ('problem' in target) return target.problem
    this.#redirected = true
    place.move(target.path)
    queueMicrotask(() => this.#open())
    return undefined
  }

  #hear({ type, data }: StreamEvent): void {
    if (this.#over) return
    if (this.#path === undefined) this.#begin(type, data)
    else if (type === 'message' && data.length > 0) this.#events.message(data)
  }

  #begin(type: string, data: Buffer): void {
    const { url, place } = this.#endpoint
    const base = new URL(place.path, url)
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
    if (this.#over || !this.#deliveries.has(delivery)) return
    this.#head ??= writeHead('POST', this.#path ?? '', this.#headers)
    const request = writeRequest(this.#head, delivery.bytes)
    this.#endpoint.connections.send(request, delivery)
  }

  #end(failure: Failure): void {
    if (this.#over) return
    this.#stop()
    this.#events.closed(failure)
  }

  /** What was still being said may go out. */
  #stop(): void {
    this.#over = true
    clearTimeout(this.#late)
    this.#stream.close()
    for (const delivery of this.#deliveries) delivery.answered()
  }
}

const ENDED: Failure = { kind: 'ended', detail: 'its stream has ended' }

type Target = { readonly path: string } | { readonly problem: string }

const NAMELESS: Target = { problem: 'its stream begins without an endpoint' }

/** Its words are not repeated: they may hold what it was sent. */
function readEndpoint(data: Buffer, base: URL): Target {
  const text = data.toString()
  if (data.length > MAX_ENDPOINT || !URL.canParse(text, base.href)) {
    return { problem: 'its endpoint is no URL' }
  }
  const { origin, username, password, pathname, search } = new URL(text, base)
  if (origin !== base.origin) {
    return { problem: 'its endpoint is of another origin' }
  }
  // Nobody is to be logged in as whom the server names.
  if (username !== '' || password !== '') {
    return { problem: 'its endpoint holds credentials' }
  }
  return { path: pathname + search }
}
