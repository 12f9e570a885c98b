// What is under way, in collections that every call enters and leaves.
// In: things. Out: the same things, until they are taken out.
// INVARIANT: what is out is referenced from nowhere here, so that a young
// collection can have it.

export interface Slotted {
  /** Where it stands; -1 when out. */
  slot: number
}

/** In place of a Set, whose every rehash leaves a dead table that still points
 * to what was in it; once old, it keeps all of that alive. */
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

  /** True when it was in. */
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

/** In place of a Map: a dead table points to empty cells alone. */
export class InFlightMap<Key, Value> {
  readonly #cells = new Map<Key, { value: Value | undefined }>()

  get size(): number {
    return this.#cells.size
  }

  get(key: Key): Value | undefined {
    return this.#cells.get(key)?.value
  }

  set(key: Key, value: Value): void {
    this.#cells.set(key, { value })
  }

  delete(key: Key): boolean {
    const cell = this.#cells.get(key)
    if (!cell) return false
    cell.value = undefined
    return this.#cells.delete(key)
  }

  values(): Value[] {
    return [...this.#cells.values()].map(({ value }) => value as Value)
  }

  clear(): void {
    for (const key of [...this.#cells.keys()]) this.delete(key)
  }
}
