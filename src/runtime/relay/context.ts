// The parts of a running gateway that relaying needs beyond those of the
// stages.
// INVARIANT: a state in `usedStates` is not accepted again.

import type { LRUCache } from 'lru-cache'
import type { StageContext } from '../stages/context.ts'
import type { PendingQuestions } from './pending-input.ts'
import type { PendingSignIns } from './pending-sign-ins.ts'
import type { Seal } from './seal.ts'
import type { TaskIndex } from './tasks.ts'

export interface RelayContext extends StageContext {
  readonly tasks: TaskIndex
  readonly pendingQuestions: PendingQuestions
  readonly pendingSignIns: PendingSignIns
  /** Seals states of servers, so that only their recipients can return them. */
  readonly seal: Seal
  /** States that were used, by their first characters. */
  readonly usedStates: LRUCache<string, true>
  /** Where people reach the gateway: an origin. */
  publicOrigin(): string
}
