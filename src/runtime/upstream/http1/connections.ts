// The connections to one origin: those at work, and those kept for more.
// In: requests as bytes, a transfer each. Out: nothing; transfers are told.
// INVARIANT: one that rests is dropped before its server would, and never
// used in the turn in which it came to rest; no call waits for another.

import type { Clock } from '../../base/clock.ts'
import { InFlightSet } from '../../base/in-flight.ts'
import {
  Connection,
  type Keeper,
  type Origin,
  type Transfer,
} from './connection.ts'

/** Without a word of the server, and at most. */
const PATIENCE_MS = 4_000
const MAX_PATIENCE_MS = 60_000

/** A server is believed but for so much. */
const MARGIN_MS = 1_000

/** After a rest so long, the server's farewell may wait to be read. */
const DOZE_MS = 100

const SWEEP_MS = 1_000

/** What was still to be said when the end came. */
const LAST_WORDS_MS = 1_000

export class Connections implements Keeper {
  readonly #origin: Origin
  readonly #clock: Clock
  readonly #all = new InFlightSet<Connection>()
  /** The last to rest is the first to work. */
  readonly #resting: Connection[] = []
  /** Came to rest in this turn. */
  readonly #fresh: Connection[] = []
  #sweeping: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined
  #gone: (() => void) | undefined

  constructor(origin: Origin, clock: Clock) {
    this.#origin = origin
    this.#clock = clock
  }

  send(request: Buffer, transfer: Transfer): void {
    const now = this.#clock.monotonic()
    for (;;) {
      const connection = this.#resting.pop()
      if (!connection) break
      const rested = now - connection.restedAt
      if (!connection.gone && rested < readPatience(connection)) {
        return connection.send(request, transfer, rested > DOZE_MS)
      }
      connection.destroy()
    }
    if (this.#closing) {
      const detail = 'the gateway is closing'
      return transfer.lost({ kind: 'unreachable', detail })
    }
    const connection = new Connection(this.#origin, this)
    this.#all.add(connection)
    connection.send(request, transfer)
  }

  /** Lets what is still being said go out, but not for long; a second call
   * waits for the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearTimeout(this.#sweeping)
    for (const connection of [...this.#resting, ...this.#fresh]) {
      connection.destroy()
    }
    if (this.#all.size === 0) return
    const timer = setTimeout(() => {
      for (const connection of [...this.#all]) connection.destroy()
    }, LAST_WORDS_MS)
    await new Promise<void>((resolve) => {
      this.#gone = resolve
    })
    clearTimeout(timer)
  }

  rested(connection: Connection): boolean {
    if (this.#closing) return false
    if (this.#fresh.length === 0) setImmediate(() => this.#keepFresh())
    this.#fresh.push(connection)
    return true
  }

  unsent(request: Buffer, transfer: Transfer): void {
    this.send(request, transfer)
  }

  closed(connection: Connection): void {
    this.#all.delete(connection)
    const at = this.#resting.indexOf(connection)
    if (at !== -1) this.#resting.splice(at, 1)
    if (this.#all.size === 0) this.#gone?.()
  }

  /** A server that closes with its answer has been heard by now. */
  #keepFresh(): void {
    const now = this.#clock.monotonic()
    for (const connection of this.#fresh) {
      if (connection.gone) continue
      connection.restedAt = now
      this.#resting.push(connection)
    }
    this.#fresh.length = 0
    this.#sweeping ??= setTimeout(() => this.#sweep(), SWEEP_MS).unref()
  }

  #sweep(): void {
    this.#sweeping = undefined
    const now = this.#clock.monotonic()
    for (const connection of this.#resting) {
      const rested = now - connection.restedAt
      if (rested >= readPatience(connection)) connection.destroy()
    }
    if (this.#resting.length === 0 || this.#closing) return
    this.#sweeping = setTimeout(() => this.#sweep(), SWEEP_MS).unref()
  }
}

function readPatience({ patience }: Connection): number {
  if (patience === -1) return PATIENCE_MS
  return Math.min(patience - MARGIN_MS, MAX_PATIENCE_MS)
}
