// The wire to a server of which it is not known which wire over HTTP it has.
// In: a URL and resolved headers. Out: a Transport, of either kind.
// INVARIANT: a server that answers the handshake is asked nothing else; 401,
// 403, 5xx and silence say nothing about its wire.

import type { Outgoing } from '../encoding.ts'
import type { Failure } from '../failure.ts'
import { SseTransport } from '../sse.ts'
import type { Sent, Transport, TransportEvents } from '../transport.ts'
import { type Endpoint, HttpTransport } from './http.ts'

/** What a server of before 2025-03-26 makes of a POST to its stream's URL
 * (2025-11-25, basic/transports, Backwards Compatibility). */
const OLDER = [400, 404, 405]

export class FallbackTransport implements Transport {
  readonly #endpoint: Endpoint
  readonly #cap: number
  readonly #events: TransportEvents
  readonly #found: () => void
  #wire: Transport
  #tried: SseTransport | undefined
  #opened = false

  /** `found` is told when it speaks HTTP+SSE. */
  constructor(
    endpoint: Endpoint,
    cap: number,
    events: TransportEvents,
    found: () => void,
  ) {
    this.#endpoint = endpoint
    this.#cap = cap
    this.#events = events
    this.#found = found
    this.#wire = new HttpTransport(endpoint, cap, events)
  }

  get attributes(): boolean {
    return this.#wire.attributes
  }

  send(outgoing: Outgoing, failed: (failure: Failure) => void): Sent {
    // Without headers and before the handshake is done, it is `initialize`.
    if (this.#opened || this.#tried || outgoing.headers) {
      return this.#wire.send(outgoing, failed)
    }
    let waits = true
    const sent = this.#wire.send(outgoing, (failure) => {
      const older = waits && OLDER.includes(failure.status ?? 0)
      if (older) this.#fallBack(outgoing, failed, failure)
      else failed(failure)
    })
    // An answer comes before the status that it came with is told of.
    const answered = () => {
      waits = false
      sent.answered()
    }
    const abandon = () => sent.abandon()
    return { answered, abandon }
  }

  post(bytes: Buffer): void {
    this.#wire.post(bytes)
  }

  opened(version: string): void {
    this.#opened = true
    this.#wire.opened(version)
  }

  listen(): Promise<void> {
    return this.#wire.listen()
  }

  close(): Promise<void> {
    void this.#tried?.close()
    return this.#wire.close()
  }

  /** Sends it again where a GET finds the older wire: it was not understood. */
  #fallBack(
    outgoing: Outgoing,
    failed: (failure: Failure) => void,
    first: Failure,
  ): void {
    const closed = (second: Failure) => {
      if (this.#wire === tried) return this.#events.closed(second)
      const detail = `${first.detail}, and no HTTP+SSE either: ${second.detail}`
      failed({ ...first, detail })
    }
    const found = () => {
      this.#wire = tried
      this.#found()
    }
    const events = { ...this.#events, closed }
    const tried = new SseTransport(this.#endpoint, this.#cap, events, found)
    this.#tried = tried
    tried.send(outgoing, failed)
  }
}
