// A call of a session, from its sending to its end.
// In: what its transport says of it. Out: its session learns of it.
// INVARIANT: it holds no more than the two need to find each other.

import type { Numbered } from '../base/in-flight.ts'
import type { Call } from './call.ts'
import type { Failure } from './failure.ts'
import type { Sender, Sent } from './transport.ts'

interface Owner {
  /** The request or its answer is lost. */
  lost(pending: Pending, failure: Failure): void
}

export class Pending implements Numbered, Sender {
  readonly id: number
  readonly call: Call
  readonly #owner: Owner
  sent: Sent | undefined
  next: Pending | undefined

  constructor(owner: Owner, id: number, call: Call) {
    this.#owner = owner
    this.id = id
    this.call = call
  }

  failed(failure: Failure): void {
    this.#owner.lost(this, failure)
  }
}
