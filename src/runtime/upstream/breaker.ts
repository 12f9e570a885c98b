// Stops calling a server that keeps failing.
// In: how calls ended, by caller. Out: who is to wait, and how long.
// INVARIANT: what one caller's calls do to its sessions holds up no other
// caller; only a server that nobody can reach is closed to all.

import { Backoff } from '../base/backoff.ts'
import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import type { Failure } from './failure.ts'

export interface BreakerSettings {
  /** In a row, until it opens. */
  readonly failures: number
  /** Milliseconds until a call may try again. */
  readonly open: number
}

/** Programs that ended so soon after their start, in a row, are started again
 * ever more patiently. */
const SHORT_LIFE_MS = 10_000
const SHORT_LIVES = 3
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

const MAX_CALLERS = 1_000

/** In place of a caller: everybody. */
const ALL = ''

interface Circuit {
  failures: number
  /** Monotonic; no call before. */
  until: number
  /** A call is on its way to find out. */
  probing: boolean
  shortLives: number
  readonly restarts: Backoff
}

export class Breaker {
  readonly #settings: BreakerSettings
  readonly #clock: Clock
  readonly #circuits = createCache<string, Circuit>(MAX_CALLERS)
  /** The last failure that counted. */
  last: Failure | undefined

  constructor(settings: BreakerSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  /** Nobody waits, and nothing has failed. */
  get quiet(): boolean {
    return this.#circuits.size === 0
  }

  /** Why a call of this caller is not tried; undefined: it is, and if it is the
   * one that finds out, it is the only one. */
  judge(caller: string): Failure | undefined {
    const circuits = [this.#circuits.get(ALL), this.#circuits.get(caller)]
    for (const circuit of circuits) {
      const failure = circuit && this.#judge(circuit)
      if (failure) return failure
    }
    for (const circuit of circuits) {
      if (circuit && this.#isOpen(circuit)) circuit.probing = true
    }
    return undefined
  }

  #judge(circuit: Circuit): Failure | undefined {
    const waitMs = circuit.until - this.#clock.monotonic()
    const detail = this.last?.detail ?? 'it keeps failing'
    if (waitMs > 0) return { kind: 'failing', detail, waitMs }
    return circuit.probing ? { kind: 'failing', detail } : undefined
  }

  #isOpen({ failures }: Circuit): boolean {
    return failures >= this.#settings.failures
  }

  /** A call was answered, in whatever words. */
  succeeded(caller: string): void {
    this.#circuits.delete(ALL)
    const own = this.#circuits.get(caller)
    if (!own) return
    if (this.#isOpen(own)) own.until = Number.NEGATIVE_INFINITY
    own.failures = 0
    own.probing = false
    if (own.shortLives === 0) this.#circuits.delete(caller)
  }

  failed(caller: string, failure: Failure): void {
    this.last = failure
    this.#count(caller)
    if (failure.kind === 'unreachable') this.#count(ALL)
  }

  #count(name: string): void {
    const circuit = this.#find(name)
    circuit.failures++
    circuit.probing = false
    if (!this.#isOpen(circuit)) return
    circuit.until = this.#clock.monotonic() + this.#settings.open
  }

  /** A call ended without telling anything of the server. */
  left(caller: string): void {
    for (const name of [ALL, caller]) {
      const circuit = this.#circuits.get(name)
      if (circuit) circuit.probing = false
    }
  }

  /** The server was reached by another way: whoever waits may try. */
  reached(): void {
    this.#circuits.delete(ALL)
  }

  /** A program ended by itself, `lived` milliseconds after its start. */
  ended(caller: string, lived: number): void {
    const circuit = this.#find(caller)
    if (lived >= SHORT_LIFE_MS) {
      circuit.shortLives = 0
      circuit.restarts.reset()
      return
    }
    circuit.shortLives++
    if (circuit.shortLives < SHORT_LIVES) return
    const at = this.#clock.monotonic() + circuit.restarts.next()
    circuit.until = Math.max(circuit.until, at)
    this.last = {
      kind: 'ended',
      detail: 'its program ends soon after each start',
    }
  }

  /** Callers that have to wait, and how long the first of them. */
  get waiting(): { readonly callers: number; readonly ms: number } {
    const now = this.#clock.monotonic()
    const left = [...this.#circuits.entries()]
      .filter(([, { until, probing }]) => until > now || probing)
      .map(([name, { until }]) => [name, Math.max(0, until - now)] as const)
    const own = left.filter(([name]) => name !== ALL)
    const ms = Math.min(...left.map(([, ms]) => ms))
    return { callers: own.length, ms: left.length === 0 ? 0 : ms }
  }

  #find(name: string): Circuit {
    const known = this.#circuits.get(name)
    if (known) return known
    const circuit: Circuit = {
      failures: 0,
      until: Number.NEGATIVE_INFINITY,
      probing: false,
      shortLives: 0,
      restarts: new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
    }
    this.#circuits.set(name, circuit)
    return circuit
  }
}
