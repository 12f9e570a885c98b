// What the gateway keeps for each token, in bytes.
// In: what is kept and given up. Out: whether there is room for more.
// INVARIANT: one budget for all that a token's sessions, subscriptions, streams
// and waiting calls keep; what one token keeps is never another's loss.

import { ReplayRetention } from './streams.ts'

/** Of one token. */
const MAX_EACH = 32 * 1024 * 1024

export class MemoryBudget {
  readonly #most: number
  readonly #byToken = new Map<string, ReplayRetention>()

  constructor(most = MAX_EACH) {
    this.#most = most
  }

  /** What its streams are charged to. */
  of(tokenId: string): ReplayRetention {
    const known = this.#byToken.get(tokenId)
    if (known) return known
    const retention = new ReplayRetention(this.#most)
    this.#byToken.set(tokenId, retention)
    return retention
  }

  /** Gives up events that are kept for the token's own clients, as far as that
   * makes room. */
  hasRoom(tokenId: string, bytes: number): boolean {
    return this.of(tokenId).leaveRoom(bytes)
  }

  charge(tokenId: string, bytes: number): void {
    const retention = this.of(tokenId)
    retention.cost += bytes
    if (retention.cost <= 0) this.#byToken.delete(tokenId)
  }
}
