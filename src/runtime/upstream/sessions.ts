// The sessions that callers hold with one server, by key.
// In: keys, as calls come. Out: a session each, opened at its first call.
// INVARIANT: at most `maxSessions`; one with a call under way is never closed
// to make room.

import type { Server } from '../../contract/table.ts'
import type { Clock } from '../clock.ts'
import type { Connector } from './connector.ts'
import type { Failure } from './failure.ts'
import type { Session } from './session.ts'

export interface Held {
  readonly session: Session
  /** Rejects with a Failure. */
  readonly ready: Promise<unknown>
  open: boolean
  lastUsed: number
}

export class Sessions {
  readonly #connector: Connector
  readonly #server: Server
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()
  #closing = 0

  constructor(connector: Connector, server: Server, clock: Clock) {
    this.#connector = connector
    this.#server = server
    this.#clock = clock
  }

  get size(): number {
    return this.#held.size
  }

  hold(key: string): Held | Failure {
    const known = this.#held.get(key)
    if (known && !known.session.over) {
      known.lastUsed = this.#clock.monotonic()
      return known
    }
    const { maxSessions } = this.#server
    const full = this.#held.size >= maxSessions && !this.#evict()
    // A child that will not end counts, so that none can be piled up.
    if (full || this.#held.size + this.#closing >= 2 * maxSessions) {
      return { kind: 'busy', detail: 'maxSessions are in use' }
    }
    return this.#open(key)
  }

  touch(key: string): void {
    const held = this.#held.get(key)
    if (held) held.lastUsed = this.#clock.monotonic()
  }

  /** Drops a session that its server has forgotten, if it is still held. */
  forget(key: string, session: Session | undefined): void {
    if (!session || this.#held.get(key)?.session !== session) return
    this.#held.delete(key)
    // Its other calls are about to hear the same.
    session.closeWhenIdle()
  }

  closeIdle(): void {
    const now = this.#clock.monotonic()
    for (const [key, { session, lastUsed }] of this.#held) {
      if (session.inFlight > 0 || now - lastUsed < this.#server.idle) continue
      void this.close(key)
    }
  }

  async close(key: string): Promise<void> {
    const held = this.#held.get(key)
    if (!held) return
    this.#held.delete(key)
    this.#closing++
    await held.session.close()
    this.#closing--
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((key) => this.close(key)))
  }

  #open(key: string): Held | Failure {
    const drop = () => {
      if (this.#held.get(key) === held) this.#held.delete(key)
    }
    const opened = this.#connector.open({
      // Nothing of the clients is declared until their answers are relayed.
      capabilities: {},
      notified: () => {},
      closed: drop,
    })
    if ('kind' in opened) return opened
    const lastUsed = this.#clock.monotonic()
    const held: Held = { ...opened, open: false, lastUsed }
    this.#held.set(key, held)
    held.ready.then(
      () => {
        held.open = true
      },
      () => {
        drop()
        void held.session.close()
      },
    )
    return held
  }

  /** Closes the session that has been without a call the longest. */
  #evict(): boolean {
    const [oldest] = [...this.#held]
      .filter(([, { session, open }]) => open && session.inFlight === 0)
      .sort(([, a], [, b]) => a.lastUsed - b.lastUsed)
    if (oldest) void this.close(oldest[0])
    return oldest !== undefined
  }
}
