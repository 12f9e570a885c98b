// Reopens sessions with subscriptions when they are lost.
// INVARIANT: retried after growing pauses, and only while there are
// subscribers.

import { Backoff } from '../base/backoff.ts'
import type { Caller } from './caller.ts'
import type { Failure } from './failure.ts'
import type { Subscribed } from './session-options.ts'
import type { Held } from './sessions.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

interface RenewalOptions {
  hold(caller: Caller): Held | Failure
  list(key: string): Subscribed
}

export class Renewal {
  readonly #options: RenewalOptions
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #backoffs = new Map<string, Backoff>()

  constructor(options: RenewalOptions) {
    this.#options = options
  }

  lost(caller: Caller): void {
    const { key } = caller
    if (this.#timers.has(key) || isEmpty(this.#options.list(key))) return
    const backoff =
      this.#backoffs.get(key) ?? new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
    this.#backoffs.set(key, backoff)
    const timer = setTimeout(() => this.#renew(caller), backoff.next())
    timer.unref()
    this.#timers.set(key, timer)
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  #renew(caller: Caller): void {
    const { key } = caller
    this.#timers.delete(key)
    if (isEmpty(this.#options.list(key))) {
      this.#backoffs.delete(key)
      return
    }
    const held = this.#options.hold(caller)
    if ('kind' in held) return this.lost(caller)
    held.ready.then(
      () => {
        this.#backoffs.delete(key)
        held.session.serverStream.resume(this.#options.list(key))
      },
      // A new loss calls `lost` again.
      () => {},
    )
  }
}

function isEmpty({ uris, taskIds }: Subscribed): boolean {
  return uris.length + taskIds.length === 0
}
