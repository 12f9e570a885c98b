// What a session needs of a transport: stdio or HTTP.
// INVARIANT: a transport moves messages and does not check them.

import type { Call } from './call.ts'
import type { Outgoing } from './encoding.ts'
import type { Failure } from './failure.ts'

export interface TransportEvents {
  /** A message of the server; `on`: the request on whose stream it came, unless
   * it is the stream of the session. */
  message(bytes: Buffer, on?: Sent): void
  /** The server may pause the stream of this request and continue it later. */
  resumable(on: Sent): void
  /** The server has paused the stream. */
  paused(on: Sent): void
  /** Bytes were received that may belong to any call. */
  alive(): void
  /** The server sends more messages a second than are read; called once per
   * stream. */
  flooded(messages: number): void
  /** The number of lines that are not messages. */
  noise(lines: number): void
  /** Nothing more can be sent; sent requests may still be answered. */
  closing(): void
  /** The transport has ended, and every call on it. Called once. */
  closed(failure: Failure): void
}

export interface Sent {
  /** Its call, if the transport knows to which request a message belongs. */
  call?: Call | undefined
  /** Its answer was received: the rest of its stream is not needed. */
  answered(): void
  /** Stops reading the stream of this request, if it has one. */
  abandon(): void
}

/** Whom a transport tells what became of one message. */
export interface Sender {
  /** Called at most once: when the message or its answer is lost while the
   * transport still works. */
  failed(failure: Failure): void
}

export interface Transport {
  /** Whether the transport knows to which request a message belongs. */
  readonly attributes: boolean
  send(outgoing: Outgoing, sender: Sender): Sent
  /** Sends a message that needs no answer; it may be lost. */
  post(bytes: Buffer): void
  /** Called after the handshake, with the agreed version. */
  opened(version: string): void
  /** Opens the stream for messages that belong to no call, if the transport has
   * one. Resolves when it is open or cannot be. */
  listen(): Promise<void>
  /** Ends the transport; resolves when nothing is left. Does not call `closed`. */
  close(): Promise<void>
}
