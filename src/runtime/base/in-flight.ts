// Collections of in-flight items, which every call enters and leaves.
// INVARIANT: a removed item is referenced from nowhere here, so that a minor
// garbage collection can free it.

export interface Slotted {
  /** Its index; -1 when it is not in the set. */
  slot: number
}

/** Used instead of a Set: each rehash of a Set leaves an old table that still
 * references its items and keeps them alive. */
export class InFlightSet<Item extends Slotted> {
  readonly #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  has(item: Item): boolean {
    return item.slot !== -1
  }

  add(item: Item): void {
    item.slot = this.#items.length
    this.#items.push(item)
  }

  /** True if it was in the set. */
  delete(item: Item): boolean {
    if (item.slot === -1) return false
    const last = this.#items.pop() as Item
    if (last !== item) {
      this.#items[item.slot] = last
      last.slot = item.slot
    }
    item.slot = -1
    return true
  }

  [Symbol.iterator](): IterableIterator<Item> {
    return this.#items[Symbol.iterator]()
  }
}

export interface Numbered {
  readonly id: number
  /** The next one of its chain. */
  next: Numbered | undefined
}

const CHAINS = 64

/** An index, whatever the number. */
function chainOf(id: number): number {
  return id & (CHAINS - 1)
}

/** Used instead of a Map, which allocates for each item and is rehashed. */
export class InFlightMap<Item extends Numbered> {
  readonly #chains: (Item | undefined)[] = new Array(CHAINS).fill(undefined)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): Item | undefined {
    let item = this.#chains[chainOf(id)]
    while (item && item.id !== id) item = item.next as Item | undefined
    return item
  }

  /** No item has its id. */
  add(item: Item): void {
    const chain = chainOf(item.id)
    item.next = this.#chains[chain]
    this.#chains[chain] = item
    this.#size++
  }

  /** Undefined if there is none with this id. */
  take(id: number): Item | undefined {
    const chain = chainOf(id)
    let before: Numbered | undefined
    let item = this.#chains[chain]
    while (item && item.id !== id) {
      before = item
      item = item.next as Item | undefined
    }
    if (!item) return undefined
    if (before) before.next = item.next
    else this.#chains[chain] = item.next as Item | undefined
    item.next = undefined
    this.#size--
    return item
  }

  /** By their ids. */
  values(): Item[] {
    const all: Item[] = []
    for (const first of this.#chains) {
      let item = first
      while (item) {
        all.push(item)
        item = item.next as Item | undefined
      }
    }
    return all.sort((a, b) => a.id - b.id)
  }

  /** Returns them, by their ids. */
  takeAll(): Item[] {
    const all = this.values()
    for (const { id } of all) this.take(id)
    return all
  }
}
