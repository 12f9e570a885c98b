// What counts for minutes: interactions, codes, what may be used only once.
// In: a kind. Out: the store of that kind.
// INVARIANT: a change of the config takes nothing of it away; each kind has its
// own bound, and the network that has put the most into it makes place.

import type { Clock } from '../base/clock.ts'
import { FairStore } from '../base/fair-store.ts'
import { nameBlock } from './pace.ts'

const MAX = 20_000

type Store = FairStore<Readonly<Record<string, unknown>>>

export class Passing {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #kinds = new Map<string, Store>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** In the words of oidc-provider, which names a few. */
  open(kind: string): Store {
    const known = this.#kinds.get(kind)
    if (known) return known
    const store: Store = new FairStore(
      MAX,
      () => this.#clock.monotonic(),
      nameBlock,
    )
    this.#kinds.set(kind, store)
    return store
  }
}
