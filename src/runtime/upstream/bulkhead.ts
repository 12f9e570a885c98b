// The slots of one server: in-flight calls, and the queue for a slot.
// INVARIANT: with four or more slots no tenant holds all; a free slot goes to
// the waiting tenant with the fewest.

import { InFlightSet, type Slotted } from '../base/in-flight.ts'

/** The parts of a call that the bulkhead needs. */
interface BulkheadItem extends Slotted {
  readonly call: { readonly caller: { readonly tenant: string } }
}

/** Most slots of one tenant: a quarter is for others. */
export function shareOf(slots: number): number {
  return slots - Math.floor(slots / 4)
}

export class Bulkhead<Item extends BulkheadItem> {
  readonly #slots: number
  readonly #queue: number
  readonly #inFlight = new InFlightSet<Item>()
  readonly #waiting: Item[] = []
  /** In-flight calls by tenant. */
  readonly #held = new Map<string, number>()

  constructor(slots: number, queue: number) {
    this.#slots = slots
    this.#queue = queue
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
    if (this.#inFlight.size < this.#slots && this.#mayHold(item)) {
      this.#take(item)
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
    const { tenant } = item.call.caller
    const left = this.#heldBy(item) - 1
    if (left > 0) this.#held.set(tenant, left)
    else this.#held.delete(tenant)
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
    this.#take(next)
    return next
  }

  #take(item: Item): void {
    this.#inFlight.add(item)
    this.#held.set(item.call.caller.tenant, this.#heldBy(item) + 1)
  }

  #heldBy({ call }: Item): number {
    return this.#held.get(call.caller.tenant) ?? 0
  }

  #mayHold(item: Item): boolean {
    return this.#heldBy(item) < shareOf(this.#slots)
  }
}
