// A transport that is made when the secrets that it needs have been read.
// INVARIANT: messages keep their order; what was closed before is never opened;
// what is sent after the end fails, as nobody would answer it.

import type { Outgoing } from './encoding.ts'
import type { Failure } from './failure.ts'
import type { Sender, Sent, Transport } from './transport.ts'

export class LateTransport implements Transport {
  readonly #attributes: boolean
  #made: Transport | undefined
  #isClosed = false
  /** Nothing was made. */
  #hasFailed = false
  /** Resolves when it is made, or never will be. */
  readonly #ready: Promise<void>
  #waiting: ((made: Transport) => void)[] = []

  /** `attributes`: of what will be made. `failed`: nothing was made. */
  constructor(
    attributes: boolean,
    making: Promise<Transport>,
    failed: (error: unknown) => void,
  ) {
    this.#attributes = attributes
    this.#ready = making.then(
      (made) => this.#take(made),
      (error) => {
        this.#hasFailed = true
        if (!this.#isClosed) failed(error)
      },
    )
  }

  async #take(made: Transport): Promise<void> {
    if (this.#isClosed) return await made.close()
    this.#made = made
    for (const run of this.#waiting.splice(0)) run(made)
  }

  #then(run: (made: Transport) => void): void {
    if (this.#made) run(this.#made)
    else this.#waiting.push(run)
  }

  get attributes(): boolean {
    return this.#made?.attributes ?? this.#attributes
  }

  send(outgoing: Outgoing, sender: Sender): Sent {
    if (this.#made) return this.#made.send(outgoing, sender)
    // A negotiation asks again in another era.
    if (this.#isClosed || this.#hasFailed) {
      queueMicrotask(() => sender.failed(ENDED))
      return { answered() {}, abandon() {} }
    }
    let sent: Sent | undefined
    let isAbandoned = false
    const late: Sent = {
      answered: () => sent?.answered(),
      abandon: () => {
        isAbandoned = true
        sent?.abandon()
      },
    }
    this.#then((made) => {
      if (isAbandoned) return
      sent = made.send(outgoing, sender)
      sent.call = late.call
    })
    return late
  }

  post(bytes: Buffer): void {
    this.#then((made) => made.post(bytes))
  }

  opened(version: string): void {
    this.#then((made) => made.opened(version))
  }

  async listen(): Promise<void> {
    await this.#ready
    await this.#made?.listen()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#waiting = []
    await (this.#made ? this.#made.close() : this.#ready)
  }
}

const ENDED: Failure = Object.freeze({
  kind: 'ended',
  detail: 'it was closed before it was open',
})
