// What an authorization server of a test keeps, so that a test can take it away.
// In: nothing. Out: an adapter class of oidc-provider, and its entries.

export interface Kept {
  /** By kind and id. */
  readonly entries: Map<string, Record<string, unknown>>
  readonly Adapter: new (kind: string) => object
  /** Forgets all entries of a kind: `Client`, `Grant`, `RefreshToken`, … */
  forget(kind: string): void
}

export function makeAdapter(): Kept {
  const entries = new Map<string, Record<string, unknown>>()
  const forget = (kind: string) => {
    for (const key of [...entries.keys()]) {
      if (key.startsWith(`${kind}:`)) entries.delete(key)
    }
  }
  class Adapter {
    readonly #kind: string
    constructor(kind: string) {
      this.#kind = kind
    }

    async find(id: string) {
      return entries.get(`${this.#kind}:${id}`)
    }

    async findByUid(uid: string) {
      return [...entries.values()].find((one) => one.uid === uid)
    }

    async findByUserCode() {}

    async upsert(id: string, payload: Record<string, unknown>) {
      entries.set(`${this.#kind}:${id}`, payload)
    }

    async consume(id: string) {
      const found = entries.get(`${this.#kind}:${id}`)
      if (found) found.consumed = Math.floor(Date.now() / 1_000)
    }

    async destroy(id: string) {
      entries.delete(`${this.#kind}:${id}`)
    }

    async revokeByGrantId(grantId: string) {
      for (const [key, one] of [...entries]) {
        if (one.grantId === grantId) entries.delete(key)
      }
    }
  }
  return { entries, Adapter, forget }
}
