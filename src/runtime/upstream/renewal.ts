// Sessions that somebody subscribed in, opened again when they are lost.
// In: the loss of one. Out: another in its place, with the same subscriptions.
// INVARIANT: tried ever more patiently, and only while somebody waits for it.

import { Backoff } from '../base/backoff.ts'
import type { Caller } from './caller.ts'
import type { Failure } from './failure.ts'
import type { Subscribed } from './session-options.ts'
import type { Held } from './sessions.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

export interface RenewalOptions {
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
      // It was lost again, and its loss is told as that of any.
      () => {},
    )
  }
}

function isEmpty({ uris, taskIds }: Subscribed): boolean {
  return uris.length + taskIds.length === 0
}
