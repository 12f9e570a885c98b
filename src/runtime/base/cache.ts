// A bounded map that drops what was used longest ago.
// In: its bound. Out: an LRUCache.
// INVARIANT: it takes memory for what it holds, not for its bound: a gateway
// and each of its routings have several.

import { LRUCache } from 'lru-cache'

type Options<Key extends {}, Value extends {}> = Pick<
  LRUCache.Options<Key, Value, unknown>,
  'ttl' | 'ttlAutopurge' | 'updateAgeOnGet' | 'dispose'
>

export function createCache<Key extends {}, Value extends {}>(
  max: number,
  options: Options<Key, Value> = {},
): LRUCache<Key, Value> {
  // With `max`, its arrays are made whole at once.
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1, ...options })
}
