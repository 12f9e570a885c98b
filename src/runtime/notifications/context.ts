// What notifications need of a running gateway, beside relayed calls.
// In: nothing. Out: the interface.

import type { MemoryBudget } from '../http/memory-budget.ts'
import type { RelayContext } from '../relay/context.ts'
import type { ListenStream, Subscriptions } from './subscriptions.ts'

export interface NotificationContext extends RelayContext {
  readonly memoryBudget: MemoryBudget
  readonly subscriptions: Subscriptions
  /** Who listens to which task. */
  readonly watched: Subscriptions
  readonly listening: Set<ListenStream>
}
