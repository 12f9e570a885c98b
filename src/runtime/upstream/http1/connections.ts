// The connections to one origin: in use, and idle for reuse.
// INVARIANT: an idle connection is closed before its server closes it, and not
// reused in the turn in which it became idle; no request waits for another.

import type { Clock } from '../../base/clock.ts'
import { InFlightSet } from '../../base/in-flight.ts'
import type { Bytes } from '../../base/pieces.ts'
import {
  Connection,
  type ConnectionOwner,
  type FindOrigin,
  type Transfer,
} from './connection.ts'
import { RequestMemory } from './request-memory.ts'
import { LastHead } from './response.ts'

/** How long connections stay idle: without `Keep-Alive`, and at most. */
const IDLE_MS = 4_000
const MAX_IDLE_MS = 60_000

/** Subtracted from the time that a server allows. */
const MARGIN_MS = 1_000

/** After this time, an unread close of the server is likely. */
const LONG_IDLE_MS = 100

const SWEEP_MS = 1_000

/** How long requests may still be sent at shutdown. */
const MAX_CLOSE_MS = 1_000

export class Connections implements ConnectionOwner {
  /** For a request that is sent before the next one is written. */
  readonly memory = new RequestMemory()
  readonly lastHead = new LastHead()
  readonly #find: FindOrigin
  readonly #clock: Clock
  readonly #all = new InFlightSet<Connection>()
  /** Idle connections; the last one is reused first. */
  readonly #idle: Connection[] = []
  /** Became idle in this turn. */
  readonly #newlyIdle: Connection[] = []
  #sweeping: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined
  #gone: (() => void) | undefined

  constructor(find: FindOrigin, clock: Clock) {
    this.#find = find
    this.#clock = clock
  }

  send(request: Bytes, transfer: Transfer): void {
    const now = this.#clock.monotonic()
    for (;;) {
      const connection = this.#idle.pop()
      if (!connection) break
      const idleMs = now - connection.idleSince
      if (!connection.gone && idleMs < readIdleLimit(connection)) {
        return this.#send(connection, request, transfer, idleMs > LONG_IDLE_MS)
      }
      connection.destroy()
    }
    if (this.#closing) {
      const detail = 'the gateway is closing'
      return transfer.lost({ kind: 'unreachable', detail })
    }
    const connection = new Connection(this.#find, this)
    this.#all.add(connection)
    this.#send(connection, request, transfer, false)
  }

  #send(
    connection: Connection,
    request: Bytes,
    transfer: Transfer,
    later: boolean,
  ): void {
    if (!connection.send(request, transfer, later)) this.memory.keep()
  }

  /** Lets requests be sent, for a short time; a second call waits for the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearTimeout(this.#sweeping)
    for (const connection of [...this.#idle, ...this.#newlyIdle]) {
      connection.destroy()
    }
    if (this.#all.size === 0) return
    const timer = setTimeout(() => {
      for (const connection of [...this.#all]) connection.destroy()
    }, MAX_CLOSE_MS)
    await new Promise<void>((resolve) => {
      this.#gone = resolve
    })
    clearTimeout(timer)
  }

  becameIdle(connection: Connection): boolean {
    if (this.#closing) return false
    if (this.#newlyIdle.length === 0) setImmediate(() => this.#keepIdle())
    this.#newlyIdle.push(connection)
    return true
  }

  unsent(request: Bytes, transfer: Transfer): void {
    this.send(request, transfer)
  }

  closed(connection: Connection): void {
    this.#all.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at !== -1) this.#idle.splice(at, 1)
    if (this.#all.size === 0) this.#gone?.()
  }

  /** Keeps connections whose server has not closed them with its answer. */
  #keepIdle(): void {
    const now = this.#clock.monotonic()
    for (const connection of this.#newlyIdle) {
      if (connection.gone) continue
      connection.idleSince = now
      this.#idle.push(connection)
    }
    this.#newlyIdle.length = 0
    this.#sweeping ??= setTimeout(() => this.#sweep(), SWEEP_MS).unref()
  }

  #sweep(): void {
    this.#sweeping = undefined
    const now = this.#clock.monotonic()
    for (const connection of this.#idle) {
      const idleMs = now - connection.idleSince
      if (idleMs >= readIdleLimit(connection)) connection.destroy()
    }
    if (this.#idle.length === 0 || this.#closing) return
    this.#sweeping = setTimeout(() => this.#sweep(), SWEEP_MS).unref()
  }
}

function readIdleLimit({ keepAliveMs }: Connection): number {
  if (keepAliveMs === -1) return IDLE_MS
  return Math.min(keepAliveMs - MARGIN_MS, MAX_IDLE_MS)
}
