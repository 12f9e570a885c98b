// Counts the bytes that the gateway keeps for each token.
// INVARIANT: one budget covers a token's sessions, subscriptions, streams and
// waiting calls; a token never takes room from another.

import { ReplayRetention } from './streams.ts'

/** Most bytes for one token. */
const MAX_EACH = 32 * 1024 * 1024

export class MemoryBudget {
  readonly #most: number
  readonly #byToken = new Map<string, ReplayRetention>()

  constructor(most = MAX_EACH) {
    this.#most = most
  }

  /** The retention that a token's streams are charged to. */
  of(tokenId: string): ReplayRetention {
    const known = this.#byToken.get(tokenId)
    if (known) return known
    const retention = new ReplayRetention(this.#most)
    this.#byToken.set(tokenId, retention)
    return retention
  }

  /** Whether there is room. Deletes events that are kept for the token's own
   * clients to make it. */
  hasRoom(tokenId: string, bytes: number): boolean {
    return this.of(tokenId).makeRoomFor(bytes)
  }

  charge(tokenId: string, bytes: number): void {
    const retention = this.of(tokenId)
    retention.cost += bytes
    if (retention.cost <= 0) this.#byToken.delete(tokenId)
  }
}
