// What counts for minutes: interactions, codes, what may be used only once.
// In: a kind. Out: the store of that kind.
// INVARIANT: a change of the config takes nothing of it away; each kind has its
// own bound, so that many of one kind push out none of another.

import { createCache } from '../base/cache.ts'

const MAX = 20_000
const MAX_USED = 100_000
const HOUR_MS = 3_600_000

type Store<T extends {}> = ReturnType<typeof createCache<string, T>>

export class Passing {
  readonly #kinds = new Map<string, Store<Readonly<Record<string, unknown>>>>()
  /** Identity assertions; who puts one in says for how long. */
  readonly assertions: Store<true> = createCache(MAX_USED, { ttl: HOUR_MS })

  /** In the words of oidc-provider, which names a few. */
  open(kind: string): Store<Readonly<Record<string, unknown>>> {
    const known = this.#kinds.get(kind)
    if (known) return known
    const store = createCache<string, Readonly<Record<string, unknown>>>(MAX, {
      ttl: HOUR_MS,
    })
    this.#kinds.set(kind, store)
    return store
  }
}
