// Calls that made a task: their progress tokens live as long as the task
// (2025-11-25, utilities/tasks).
// In: such calls, by their ids in a session. Out: the call again.
// INVARIANT: bounded; the oldest is forgotten first.

import type { LRUCache } from 'lru-cache'
import { createCache } from '../base/cache.ts'
import type { Call } from './call.ts'

const MAX = 256

export class TaskCalls {
  /** Few sessions have any. */
  #calls: LRUCache<number, Call> | undefined

  add(id: number, call: Call): void {
    this.#calls ??= createCache(MAX)
    this.#calls.set(id, call)
  }

  find(id: number): Call | undefined {
    return this.#calls?.get(id)
  }
}
