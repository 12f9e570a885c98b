// A bounded map that many share: who has put the most into it makes place.
// In: values, with their owner and their life. Out: the same, until they end.
// INVARIANT: while an owner has fewer entries than another, nothing of theirs is
// pushed out.

interface Entry<T> {
  readonly owner: string
  readonly value: T
  /** Monotonic. */
  readonly until: number
}

export class FairStore<T> {
  readonly #max: number
  readonly #monotonic: () => number
  readonly #all = new Map<string, Entry<T>>()
  /** Owner → keys, the oldest first. */
  readonly #shares = new Map<string, Set<string>>()

  constructor(max: number, monotonic: () => number) {
    this.#max = max
    this.#monotonic = monotonic
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
    const keys = this.#shares.get(owner) ?? new Set()
    this.#shares.set(owner, keys.add(key))
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
    const keys = this.#shares.get(owner)
    keys?.delete(key)
    if (keys?.size === 0) this.#shares.delete(owner)
  }

  /** What has ended goes first; then the oldest of the owner with the most. */
  #makePlace(): void {
    const now = this.#monotonic()
    const [first] = this.#all
    if (first && first[1].until <= now) return this.delete(first[0])
    let most: Set<string> | undefined
    for (const keys of this.#shares.values()) {
      if (keys.size > (most?.size ?? 0)) most = keys
    }
    const [oldest] = most ?? []
    if (oldest !== undefined) this.delete(oldest)
  }
}
