// One message to a server that answers on another stream.
// INVARIANT: the body of the reply is not read; a reply is not awaited for
// long.

import { holdMessage } from '../../base/lender.ts'
import type { Outgoing } from '../encoding.ts'
import type { Failure } from '../failure.ts'
import type { Sender, Sent } from '../transport.ts'
import type { Connection, Transfer } from './connection.ts'
import type { ResponseHead } from './head.ts'
import { judgeStatus } from './reply.ts'

export interface DeliveryOwner {
  /** Only the first call has an effect. */
  delivered(delivery: Delivery, failure: Failure | undefined): void
}

const UNANSWERED_MS = 10_000

export class Delivery implements Transfer, Sent {
  slot = -1
  connection: Connection | undefined
  readonly outgoing: Outgoing
  /** Called when it is delivered: it may wait for long before it is sent. */
  readonly release: (() => void) | undefined
  readonly sender: Sender
  readonly #owner: DeliveryOwner

  constructor(outgoing: Outgoing, owner: DeliveryOwner, sender: Sender) {
    this.outgoing = outgoing
    this.release = holdMessage(outgoing.bytes)
    this.#owner = owner
    this.sender = sender
  }

  begin({ status }: ResponseHead): void {
    if (status >= 200 && status < 300) return
    this.answered()
    this.#owner.delivered(this, judgeStatus(status))
  }

  take(): void {}

  end(): void {
    this.connection = undefined
    this.#owner.delivered(this, undefined)
  }

  lost(failure: Failure): void {
    this.connection = undefined
    this.#owner.delivered(this, failure)
  }

  answered(): void {
    if (this.slot === -1) return
    setTimeout(() => this.#drop(), UNANSWERED_MS).unref()
  }

  /** The server may be reading the message now. */
  abandon(): void {
    this.answered()
  }

  #drop(): void {
    const { connection } = this
    this.connection = undefined
    connection?.destroy()
    this.#owner.delivered(this, undefined)
  }
}
