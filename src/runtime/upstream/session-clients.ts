// The clients of one session with a server that may still be connected.
// INVARIANT: a client is counted as long as a message may be for it; one whose
// session is over is not.

import type { Client } from './caller.ts'

/** How long after its call a client without a stream still counts. */
const RECENT_MS = 60_000

export class SessionClients {
  #last: Client | undefined
  /** The other clients, with the time of their last call. */
  readonly #others = new Map<Client, number>()

  /** `clock`: of monotonic milliseconds. */
  add(client: Client | undefined, clock: { now(): number }): void {
    if (client === this.#last || client === undefined) return
    const now = clock.now()
    if (this.#last !== undefined) this.#others.set(this.#last, now)
    this.#others.delete(client)
    this.#last = client
    for (const [other, at] of this.#others) {
      if (!isPresent(other, now - at)) this.#others.delete(other)
    }
  }

  /** The only client that counts; undefined if there is none or several.
   * `idle`: milliseconds since the last call. */
  findOnly(now: number, idle: number): Client | undefined {
    const present = [...this.#others]
      .filter(([client, at]) => isPresent(client, now - at))
      .map(([client]) => client)
    const last = this.#last
    if (last !== undefined && isPresent(last, idle)) present.push(last)
    return present.length === 1 ? present[0] : undefined
  }
}

function isPresent(client: Client, idle: number): boolean {
  if (typeof client === 'string') return idle < RECENT_MS
  const { open } = client.streams
  return open && (client.stream !== undefined || idle < RECENT_MS)
}
