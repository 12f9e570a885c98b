// The clients that one session with a server has, as far as they are there.
// In: the client of each call. Out: the only one of them, if it is one.
// INVARIANT: a client that may still be meant is counted; one whose session is
// over is not.

import type { Client } from './caller.ts'

/** A client without a stream may be meant for so long after its call. */
const RECENT_MS = 60_000

export class Clientele {
  #last: Client | undefined
  /** Each other with the time of its last call. */
  readonly #others = new Map<Client, number>()

  note(client: Client | undefined, now: number): void {
    if (client === this.#last || client === undefined) return
    if (this.#last !== undefined) this.#others.set(this.#last, now)
    this.#others.delete(client)
    this.#last = client
    for (const [other, at] of this.#others) {
      if (!isThere(other, now - at)) this.#others.delete(other)
    }
  }

  /** `idle`: milliseconds since the last call. Undefined: none is there, or
   * several are. */
  findOnly(now: number, idle: number): Client | undefined {
    const there = [...this.#others]
      .filter(([client, at]) => isThere(client, now - at))
      .map(([client]) => client)
    const last = this.#last
    if (last !== undefined && isThere(last, idle)) there.push(last)
    return there.length === 1 ? there[0] : undefined
  }
}

function isThere(client: Client, idle: number): boolean {
  if (typeof client === 'string') return idle < RECENT_MS
  const { open } = client.streams
  return open && (client.stream !== undefined || idle < RECENT_MS)
}
