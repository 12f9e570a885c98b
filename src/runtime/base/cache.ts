// A bounded map that evicts the least recently used entry.
// INVARIANT: memory grows with its entries, not with its bound.

import { LRUCache } from 'lru-cache'

type Options<Key extends {}, Value extends {}> = Pick<
  LRUCache.Options<Key, Value, unknown>,
  'ttl' | 'ttlResolution' | 'ttlAutopurge' | 'updateAgeOnGet' | 'dispose'
>

export function createCache<Key extends {}, Value extends {}>(
  max: number,
  options: Options<Key, Value> = {},
): LRUCache<Key, Value> {
  // With `max`, LRUCache allocates its arrays for all entries at once.
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1, ...options })
}
