// The places at one server: calls in flight, and calls that wait for a place.
// In: calls, each with whose it is. Out: which may go on.
// INVARIANT: of four places or more nobody holds all; a place that is free goes
// to whoever waits and holds the fewest.

import { InFlightSet, type Slotted } from '../base/in-flight.ts'

/** A call, as far as its place is concerned. */
export interface Placed extends Slotted {
  readonly call: { readonly caller: { readonly tenant: string } }
}

/** How many of so many places one token may hold: a quarter is for others. */
export function shareOf(places: number): number {
  return places - Math.floor(places / 4)
}

export class Bulkhead<Item extends Placed> {
  readonly #places: number
  readonly #queue: number
  readonly #inFlight = new InFlightSet<Item>()
  readonly #waiting: Item[] = []
  /** Calls in flight, by tenant. */
  readonly #held = new Map<string, number>()

  constructor(places: number, queue: number) {
    this.#places = places
    this.#queue = queue
  }

  get size(): number {
    return this.#inFlight.size
  }

  get queued(): number {
    return this.#waiting.length
  }

  /** Those in flight, then those that wait. */
  list(): readonly Item[] {
    return [...this.#inFlight, ...this.#waiting]
  }

  has(item: Item): boolean {
    return this.#inFlight.has(item)
  }

  /** `full`: it can neither go on nor wait. */
  enter(item: Item): 'in' | 'waiting' | 'full' {
    if (this.#inFlight.size < this.#places && this.#mayHold(item)) {
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

  /** Takes out one that waits; false when it did not. */
  withdraw(item: Item): boolean {
    const at = this.#waiting.indexOf(item)
    if (at === -1) return false
    this.#waiting.splice(at, 1)
    return true
  }

  /** False when it had no place any more. */
  leave(item: Item): boolean {
    if (!this.#inFlight.delete(item)) return false
    const { tenant } = item.call.caller
    const left = this.#heldBy(item) - 1
    if (left > 0) this.#held.set(tenant, left)
    else this.#held.delete(tenant)
    return true
  }

  /** The one that goes on now, if one may. */
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
    return this.#heldBy(item) < shareOf(this.#places)
  }
}
