// Calls that created a task: progress may follow their answer (2025-11-25,
// utilities/tasks).
// INVARIANT: bounded; the oldest is removed first.

import type { LRUCache } from 'lru-cache'
import { createCache } from '../base/cache.ts'
import type { Call } from './call.ts'

const MAX = 256

export class TaskCalls {
  /** Created on first use: few sessions need it. */
  #calls: LRUCache<number, Call> | undefined

  add(id: number, call: Call): void {
    this.#calls ??= createCache(MAX)
    this.#calls.set(id, call)
  }

  find(id: number): Call | undefined {
    return this.#calls?.get(id)
  }
}
