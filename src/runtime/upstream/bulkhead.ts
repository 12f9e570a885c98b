// The slots of one server: in-flight calls, and the queue for a slot.
// INVARIANT: with four or more slots no tenant holds all; a free slot goes to
// the waiting tenant with the fewest.

import { InFlightSet, type Slotted } from '../base/in-flight.ts'

/** The parts of a call that the bulkhead needs. */
interface BulkheadItem extends Slotted {
  readonly call: { readonly caller: { readonly tenant: string } }
  /** Set while it has a slot. */
  share: Share | undefined
}

/** Most slots of one tenant: a quarter is for others. */
export function shareOf(slots: number): number {
  return slots - Math.floor(slots / 4)
}

/** The in-flight calls of one tenant. */
export interface Share {
  readonly tenant: string
  held: number
}

export class Bulkhead<Item extends BulkheadItem> {
  readonly #slots: number
  readonly #queue: number
  /** Most slots of one tenant. */
  readonly #most: number
  readonly #inFlight = new InFlightSet<Item>()
  readonly #waiting: Item[] = []
  /** By tenant: of those that have calls, and the last one. */
  readonly #shares = new Map<string, Share>()
  /** Most calls of a time are of one tenant. */
  #last = this.#addShare('')

  constructor(slots: number, queue: number) {
    this.#slots = slots
    this.#queue = queue
    this.#most = shareOf(slots)
  }

  get size(): number {
    return this.#inFlight.size
  }

  get queued(): number {
    return this.#waiting.length
  }

  /** In-flight calls, then queued ones. */
  list(): readonly Item[] {
    return [...this.#inFlight, ...this.#waiting]
  }

  has(item: Item): boolean {
    return this.#inFlight.has(item)
  }

  /** `full`: there is no slot, and no room in the queue. */
  enter(item: Item): 'in' | 'waiting' | 'full' {
    const share = this.#findShare(item)
    if (this.#inFlight.size < this.#slots && share.held < this.#most) {
      this.#take(item, share)
      return 'in'
    }
    const { tenant } = item.call.caller
    const own = this.#waiting.filter((one) => one.call.caller.tenant === tenant)
    const isFull = this.#waiting.length >= this.#queue
    if (isFull || own.length >= shareOf(this.#queue)) return 'full'
    this.#waiting.push(item)
    return 'waiting'
  }

  /** Removes a call from the queue; false if it is not there. */
  withdraw(item: Item): boolean {
    const at = this.#waiting.indexOf(item)
    if (at === -1) return false
    this.#waiting.splice(at, 1)
    return true
  }

  /** Frees the slot of a call; false if it has none. */
  leave(item: Item): boolean {
    if (!this.#inFlight.delete(item)) return false
    const share = item.share as Share
    item.share = undefined
    share.held--
    if (share.held === 0 && share !== this.#last) {
      this.#shares.delete(share.tenant)
    }
    return true
  }

  /** The next call of the queue that gets a slot, if any. */
  next(): Item | undefined {
    if (this.#waiting.length === 0) return undefined
    const [first, ...others] = this.#waiting.filter((one) => this.#mayHold(one))
    if (!first) return undefined
    const next = others.reduce(
      (least, one) => (this.#heldBy(one) < this.#heldBy(least) ? one : least),
      first,
    )
    this.withdraw(next)
    this.#take(next, this.#findShare(next))
    return next
  }

  #take(item: Item, share: Share): void {
    this.#inFlight.add(item)
    share.held++
    item.share = share
  }

  #findShare({ call }: Item): Share {
    const { tenant } = call.caller
    const last = this.#last
    if (last.tenant === tenant) return last
    if (last.held === 0) this.#shares.delete(last.tenant)
    this.#last = this.#shares.get(tenant) ?? this.#addShare(tenant)
    return this.#last
  }

  #addShare(tenant: string): Share {
    const share = { tenant, held: 0 }
    this.#shares.set(tenant, share)
    return share
  }

  #heldBy(item: Item): number {
    return this.#findShare(item).held
  }

  #mayHold(item: Item): boolean {
    return this.#heldBy(item) < this.#most
  }
}
