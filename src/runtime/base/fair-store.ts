// A bounded map that many share: who has put the most into it makes place.
// In: values, with their owner and their life. Out: the same, until they end.
// INVARIANT: nothing of a block of owners is pushed out while another block has more;
// of an owner, nothing while another of the same block has more.

interface Entry<T> {
  readonly owner: string
  readonly value: T
  /** Monotonic. */
  readonly until: number
}

/** Owner → keys, the oldest first. */
interface Block {
  readonly shares: Map<string, Set<string>>
  size: number
}

export class FairStore<T> {
  readonly #max: number
  readonly #monotonic: () => number
  /** Of an owner: what one attacker may have many owners of. */
  readonly #blockOf: (owner: string) => string
  readonly #all = new Map<string, Entry<T>>()
  readonly #blocks = new Map<string, Block>()

  constructor(
    max: number,
    monotonic: () => number,
    blockOf: (owner: string) => string,
  ) {
    this.#max = max
    this.#monotonic = monotonic
    this.#blockOf = blockOf
  }

  get size(): number {
    return this.#all.size
  }

  get(key: string): T | undefined {
    const entry = this.#all.get(key)
    return entry && entry.until > this.#monotonic() ? entry.value : undefined
  }

  /** What is there already stays with its owner. */
  set(
    key: string,
    value: T,
    by: { readonly owner: string; readonly ms: number },
  ): void {
    const owner = this.#all.get(key)?.owner ?? by.owner
    this.delete(key)
    if (this.#all.size >= this.#max) this.#makePlace()
    const until = this.#monotonic() + by.ms
    this.#all.set(key, { owner, value, until })
    const name = this.#blockOf(owner)
    const block = this.#blocks.get(name) ?? { shares: new Map(), size: 0 }
    const keys = block.shares.get(owner) ?? new Set()
    block.shares.set(owner, keys.add(key))
    block.size++
    this.#blocks.set(name, block)
  }

  /** Another value for a key that is there. */
  replace(key: string, value: T): void {
    const entry = this.#all.get(key)
    if (entry) this.#all.set(key, { ...entry, value })
  }

  delete(key: string): void {
    const { owner } = this.#all.get(key) ?? {}
    if (owner === undefined) return
    this.#all.delete(key)
    const name = this.#blockOf(owner)
    const block = this.#blocks.get(name)
    const keys = block?.shares.get(owner)
    if (!block || !keys?.delete(key)) return
    block.size--
    if (keys.size === 0) block.shares.delete(owner)
    if (block.size === 0) this.#blocks.delete(name)
  }

  /** What has ended goes first; then, of the block with the most, the oldest of the
   * owner with the most. */
  #makePlace(): void {
    const now = this.#monotonic()
    const [first] = this.#all
    if (first && first[1].until <= now) return this.delete(first[0])
    let largest: Block | undefined
    for (const block of this.#blocks.values()) {
      if (block.size > (largest?.size ?? 0)) largest = block
    }
    let most: Set<string> | undefined
    for (const keys of largest?.shares.values() ?? []) {
      if (keys.size > (most?.size ?? 0)) most = keys
    }
    const [oldest] = most ?? []
    if (oldest !== undefined) this.delete(oldest)
  }
}
