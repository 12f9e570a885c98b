// Sessions that somebody subscribed in, opened again when they are lost.
// In: the loss of one. Out: another in its place, with the same subscriptions.
// INVARIANT: tried ever more patiently, and only while somebody waits for it.

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
  readonly #pauses = new Map<string, number>()

  constructor(options: RenewalOptions) {
    this.#options = options
  }

  lost(caller: Caller): void {
    const { key } = caller
    if (this.#timers.has(key) || isEmpty(this.#options.list(key))) return
    const pause = this.#pauses.get(key) ?? FIRST_PAUSE_MS
    this.#pauses.set(key, Math.min(pause * 2, LONGEST_PAUSE_MS))
    const timer = setTimeout(() => this.#renew(caller), pause).unref()
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
      this.#pauses.delete(key)
      return
    }
    const held = this.#options.hold(caller)
    if ('kind' in held) return this.lost(caller)
    held.ready.then(
      () => {
        this.#pauses.delete(key)
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
