// Sign-ins that have begun in a browser and have not come back.
// In: a flow. Out: the same, once, for its state.
// INVARIANT: in memory only; a state is used once, within ten minutes; of one
// subject at one server only the last few are kept.

import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'

export interface Flow {
  /** 256 random bits: who has it is the browser that began, or its user. */
  readonly state: string
  readonly server: string
  /** Null: the gateway. */
  readonly subject: string | null
  /** A digest that the callback must bring again. */
  readonly browser: string
  /** Of PKCE. */
  readonly verifier: string
  readonly redirect: string
  readonly issuer: string
  /** The client's id. */
  readonly client: string
  readonly scopes: readonly string[]
  /** Monotonic milliseconds. */
  readonly began: number
}

const LIFE_MS = 600_000
const MOST = 10_000
const MOST_EACH = 5

export class Flows {
  readonly #clock: Clock
  readonly #flows = createCache<string, Flow>(MOST, {
    dispose: (flow) => this.#forget(flow),
  })
  /** By server and subject, the states, the last one last. */
  readonly #states = new Map<string, readonly string[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(flow: Flow): void {
    const key = keyOf(flow.server, flow.subject)
    const states = this.#states.get(key) ?? []
    const surplus = Math.max(0, states.length + 1 - MOST_EACH)
    for (const old of states.slice(0, surplus)) {
      this.#flows.delete(old)
    }
    this.#flows.set(flow.state, flow)
    const kept = this.#states.get(key) ?? []
    this.#states.set(key, [...kept, flow.state])
  }

  /** The flow with this state, which is used then; undefined: it was used, has
   * expired, or there was none. */
  take(state: string): Flow | undefined {
    const flow = this.#flows.get(state)
    if (!flow) return undefined
    this.#flows.delete(state)
    return this.#isOpen(flow) ? flow : undefined
  }

  /** Whether one of this subject at this server has not come back. */
  hasOpen(server: string, subject: string | null): boolean {
    const states = this.#states.get(keyOf(server, subject)) ?? []
    return states.some((state) => {
      const flow = this.#flows.peek(state)
      return flow !== undefined && this.#isOpen(flow)
    })
  }

  #isOpen({ began }: Flow): boolean {
    return this.#clock.monotonic() - began < LIFE_MS
  }

  #forget({ server, subject, state }: Flow): void {
    const key = keyOf(server, subject)
    const rest = (this.#states.get(key) ?? []).filter((one) => one !== state)
    if (rest.length > 0) this.#states.set(key, rest)
    else this.#states.delete(key)
  }
}

function keyOf(server: string, subject: string | null): string {
  return JSON.stringify([server, subject])
}
