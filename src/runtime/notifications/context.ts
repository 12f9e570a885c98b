// The parts of a running gateway that notifications need beyond those of
// relaying.
// INVARIANT: a stream is in `listenStreams` after its intent was recorded,
// until it ends.

import type { MemoryBudget } from '../http/memory-budget.ts'
import type { RelayContext } from '../relay/context.ts'
import type { ListenStream, Subscriptions } from './subscriptions.ts'

export interface NotificationContext extends RelayContext {
  readonly memoryBudget: MemoryBudget
  readonly subscriptions: Subscriptions
  /** Subscribers of tasks. */
  readonly watched: Subscriptions
  readonly listenStreams: Set<ListenStream>
}
