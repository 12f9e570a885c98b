// What an authorization server of a test keeps, over its restarts too, so that a
// test can take it away.
// In: nothing. Out: an adapter class of oidc-provider, and its entries.
// INVARIANT: each look is one look-up, however many tokens there are.

type Entry = Record<string, unknown>

export interface Kept {
  /** By kind and id. */
  readonly entries: ReadonlyMap<string, Entry>
  readonly Adapter: new (kind: string) => object
  /** Forgets all entries of a kind, or one: `Client`, `Grant`, `RefreshToken`, … */
  forget(kind: string, id?: string): void
}

export function makeAdapter(): Kept {
  const entries = new Map<string, Entry>()
  const uids = new Map<string, string>()
  const ofGrant = new Map<string, Set<string>>()
  class Adapter {
    readonly #kind: string

    constructor(kind: string) {
      this.#kind = kind
    }

    async find(id: string) {
      return entries.get(`${this.#kind}:${id}`)
    }

    async findByUid(uid: string) {
      return entries.get(uids.get(uid) ?? '')
    }

    async findByUserCode() {}

    async upsert(id: string, payload: Entry) {
      const key = `${this.#kind}:${id}`
      entries.set(key, payload)
      const { uid, grantId } = payload
      if (typeof uid === 'string') uids.set(uid, key)
      if (typeof grantId !== 'string') return
      const own = ofGrant.get(grantId) ?? new Set()
      ofGrant.set(grantId, own.add(key))
    }

    async consume(id: string) {
      const found = entries.get(`${this.#kind}:${id}`)
      if (found) found.consumed = Math.floor(Date.now() / 1_000)
    }

    async destroy(id: string) {
      entries.delete(`${this.#kind}:${id}`)
    }

    async revokeByGrantId(grantId: string) {
      for (const key of ofGrant.get(grantId) ?? []) entries.delete(key)
      ofGrant.delete(grantId)
    }
  }
  const forget = (kind: string, id?: string) => {
    if (id !== undefined) return void entries.delete(`${kind}:${id}`)
    for (const key of [...entries.keys()]) {
      if (key.startsWith(`${kind}:`)) entries.delete(key)
    }
  }
  return { entries, Adapter, forget }
}
