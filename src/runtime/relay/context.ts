// What relaying a call needs of a running gateway, beside the stages.
// In: nothing. Out: the interface.

import type { LRUCache } from 'lru-cache'
import type { StageContext } from '../stages/context.ts'
import type { PendingQuestions } from './pending-input.ts'
import type { Seal } from './seal.ts'
import type { TaskIndex } from './tasks.ts'

export interface RelayContext extends StageContext {
  readonly tasks: TaskIndex
  readonly pendingQuestions: PendingQuestions
  /** Keeps states of servers to those whom they were given to. */
  readonly seal: Seal
  /** States that calls went on with, each by how it begins. */
  readonly spent: LRUCache<string, true>
}
