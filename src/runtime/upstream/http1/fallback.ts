// The transport to a server whose HTTP transport is not known yet.
// INVARIANT: a server that answers the handshake over Streamable HTTP gets no
// other request; 401, 403, 5xx and silence do not lead to HTTP+SSE.

import type { Outgoing } from '../encoding.ts'
import type { Failure } from '../failure.ts'
import { SseTransport } from '../sse.ts'
import type { Sender, Sent, Transport, TransportEvents } from '../transport.ts'
import { type Endpoint, HttpTransport } from './http.ts'

/** How a server older than 2025-03-26 answers a POST to its stream's URL
 * (2025-11-25, basic/transports, Backwards Compatibility). */
const OLDER = [400, 404, 405]

export class FallbackTransport implements Transport {
  readonly #endpoint: Endpoint
  readonly #cap: number
  readonly #events: TransportEvents
  readonly #found: () => void
  #transport: Transport
  #tried: SseTransport | undefined
  #opened = false

  /** `found` is called when the server uses HTTP+SSE. */
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
    this.#transport = new HttpTransport(endpoint, cap, events)
  }

  get attributes(): boolean {
    return this.#transport.attributes
  }

  send(outgoing: Outgoing, sender: Sender): Sent {
    // Before the handshake, only `initialize` is not mirrored.
    if (this.#opened || this.#tried || outgoing.mirrored) {
      return this.#transport.send(outgoing, sender)
    }
    let waits = true
    const failed = (failure: Failure) => {
      const older = waits && OLDER.includes(failure.status ?? 0)
      if (older) this.#fallBack(outgoing, sender, failure)
      else sender.failed(failure)
    }
    const sent = this.#transport.send(outgoing, { failed })
    // The answer is received before its status is reported.
    const answered = () => {
      waits = false
      sent.answered()
    }
    const abandon = () => sent.abandon()
    return { answered, abandon }
  }

  post(bytes: Buffer): void {
    this.#transport.post(bytes)
  }

  opened(version: string): void {
    this.#opened = true
    this.#transport.opened(version)
  }

  listen(): Promise<void> {
    return this.#transport.listen()
  }

  close(): Promise<void> {
    void this.#tried?.close()
    return this.#transport.close()
  }

  /** Sends the message again if a GET finds HTTP+SSE: the first one was not
   * understood. */
  #fallBack(outgoing: Outgoing, sender: Sender, first: Failure): void {
    const closed = (second: Failure) => {
      if (this.#transport === tried) return this.#events.closed(second)
      const detail = `${first.detail}, and no HTTP+SSE either: ${second.detail}`
      sender.failed({ ...first, detail })
    }
    const found = () => {
      this.#transport = tried
      this.#found()
    }
    const events = { ...this.#events, closed }
    const tried = new SseTransport(this.#endpoint, this.#cap, events, found)
    this.#tried = tried
    tried.send(outgoing, sender)
  }
}
