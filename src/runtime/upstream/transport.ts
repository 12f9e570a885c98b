// What a session needs of the wire below it.
// In: nothing. Out: the interface that stdio and HTTP implement.
// INVARIANT: a transport moves messages and judges none.

import type { Call } from './call.ts'
import type { Outgoing } from './encoding.ts'
import type { Failure } from './failure.ts'

export interface TransportEvents {
  /** One whole message from the server; `on`: with what it came, where that
   * is not the stream of the session. */
  message(bytes: Buffer, on?: Sent): void
  /** The server may let go of what answers this, and go on with it later. */
  resumable(on: Sent): void
  /** It has let go. */
  paused(on: Sent): void
  /** Something came that belongs to all calls on this wire. */
  alive(): void
  /** It sends more messages in a second than are read; told once a stream. */
  flooded(messages: number): void
  /** What came is no message: so many lines of it. */
  noise(lines: number): void
  /** Nothing more can be sent; what was sent may still be answered. */
  closing(): void
  /** The wire is gone, and every call on it. Told once. */
  closed(failure: Failure): void
}

export interface Sent {
  /** The call that it is of, where the wire tells what belongs to it. */
  call?: Call | undefined
  /** Its answer has come: what is left of it is not waited for. */
  answered(): void
  /** Stops waiting for what belongs to this message, where the wire can. */
  abandon(): void
}

export interface Transport {
  /** Whether a message tells on which request's behalf it came. */
  readonly attributes: boolean
  /** Sends one message. `failed` is called at most once, when this message or
   * its answer is lost while the wire itself lives on. */
  send(outgoing: Outgoing, failed: (failure: Failure) => void): Sent
  /** Sends a message that is not answered; it may get lost. */
  post(bytes: Buffer): void
  /** Called once the handshake is done, with the version agreed on. */
  opened(version: string): void
  /** Opens the stream of unasked messages, where the wire has one. Resolves
   * when it is open, or will not be. */
  listen(): Promise<void>
  /** Ends the wire; resolves when nothing of it is left. `closed` is not told
   * of it. */
  close(): Promise<void>
}
