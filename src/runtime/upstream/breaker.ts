// Stops calls to a server that keeps failing.
// INVARIANT: failures of one caller's calls stop no other caller, except when
// the server cannot be reached at all.

import { Backoff } from '../base/backoff.ts'
import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import type { Failure } from './failure.ts'

interface BreakerSettings {
  /** Failures in a row that stop calls. */
  readonly failures: number
  /** Milliseconds until a call may try again. */
  readonly open: number
}

/** After this many programs in a row ended so soon after their start, the next
 * start waits, longer each time. */
const SHORT_LIFE_MS = 10_000
const SHORT_LIVES = 3
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

const MAX_CALLERS = 1_000

/** The key of the circuit that all callers share. */
const ALL = ''

interface Circuit {
  failures: number
  /** Calls are stopped until then; monotonic. */
  until: number
  /** A call is testing the server; others wait for its result. */
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

  /** No failure is counted. */
  get quiet(): boolean {
    return this.#circuits.size === 0
  }

  /** Why a call of this caller is refused; undefined if it may run. While calls
   * are stopped, one call at a time tests the server. */
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

  /** Counts a call that was answered, also with an error. */
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

  /** Counts a call whose end says nothing about the server. */
  left(caller: string): void {
    for (const name of [ALL, caller]) {
      const circuit = this.#circuits.get(name)
      if (circuit) circuit.probing = false
    }
  }

  /** The server was reached by other means, so calls may run again. */
  reached(): void {
    this.#circuits.delete(ALL)
  }

  /** Counts a program that ended by itself, `lived` milliseconds after its
   * start. */
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

  /** The number of callers that wait, and the shortest wait. */
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
