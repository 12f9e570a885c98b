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

/** Used instead of a Map: an old table references only empty cells. */
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
