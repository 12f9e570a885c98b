// The keys of the company's provider, kept and fetched again.
// In: the provider, a clock. Out: the key of a token's header.
// INVARIANT: whatever comes, one fetch a minute, for logouts one in five seconds;
// while the provider cannot be reached, the last keys hold for a day.

import type { webcrypto } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JWK } from 'jose'
import type { Clock } from '../base/clock.ts'
import { describeProblem } from '../oauth/problem.ts'
import type { LoginFault } from './problem.ts'
import { pickKey, type TokenHeader, type TokenKeys } from './token-keys.ts'

export interface ProviderKeysOptions {
  readonly clock: Clock
  read(): Promise<readonly JWK[]>
  /** Called when keys could not be fetched, and when they could again. */
  note(problem: string | null): void
}

/** Keys of this age are fetched again while they are used. */
const FRESH_MS = 10 * 60_000
/** Keys that a provider has withdrawn hold no longer than this. */
const KEPT_MS = 24 * 3_600_000
/** Between two fetches. */
const PAUSE_MS = 60_000
/** As long as there are no keys at all, or for what comes only once. */
const SHORT_PAUSE_MS = 5_000

/** So many wait for keys that a provider may not have; others are told to come
 * again, so that tokens with known keys are still checked. */
const MAX_WAITING = 64
const MAX_PATIENT = 32

const UNREACHABLE: LoginFault = Object.freeze({
  problem: 'unreachable',
  retryAfterMs: SHORT_PAUSE_MS,
})

export interface KeysState {
  readonly keys: number
  /** Of the keys, in milliseconds; null: there are none. */
  readonly ageMs: number | null
  readonly problem: string | null
}

export class ProviderKeys implements TokenKeys {
  readonly #options: ProviderKeysOptions
  #keys: readonly JWK[] | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  #waiting = 0
  #patient = 0
  #problem: string | null = null

  constructor(options: ProviderKeysOptions) {
    this.#options = options
  }

  async find(header: TokenHeader): Promise<webcrypto.CryptoKey | LoginFault> {
    const age = this.#now() - this.#readAt
    if (age > KEPT_MS) {
      this.#keys = undefined
      await this.#read(SHORT_PAUSE_MS)
    } else if (age > FRESH_MS) void this.#read(PAUSE_MS)
    const known = await pickKey(this.#keys ?? [], header)
    if (known) return known
    if (this.#keys && this.#waiting >= MAX_WAITING) {
      return UNREACHABLE
    }
    this.#waiting++
    await this.#read(PAUSE_MS).finally(() => this.#waiting--)
    const found = await pickKey(this.#keys ?? [], header)
    if (found) return found
    if (this.#problem === null) return { problem: 'unknown key' }
    return UNREACHABLE
  }

  /** For what is sent only once: where a key is not known, and keys were fetched a
   * moment ago, it may be newer than that. */
  async findLate(
    header: TokenHeader,
  ): Promise<webcrypto.CryptoKey | LoginFault> {
    const tried = this.#triedAt
    const found = await this.find(header)
    const isUnknown = 'problem' in found && found.problem === 'unknown key'
    if (!isUnknown || this.#triedAt !== tried) return found
    if (this.#patient >= MAX_PATIENT) return UNREACHABLE
    this.#patient++
    try {
      const leftMs = tried + SHORT_PAUSE_MS - this.#now()
      if (leftMs > 0) await sleep(leftMs, undefined, { ref: false })
      // One of those that wait fetches for all.
      await (this.#triedAt === tried ? this.#read(0) : this.#reading)
    } finally {
      this.#patient--
    }
    return await this.find(header)
  }

  describe(): KeysState {
    const { length } = this.#keys ?? []
    const ageMs = this.#keys ? this.#now() - this.#readAt : null
    return { keys: length, ageMs, problem: this.#problem }
  }

  #now(): number {
    return this.#options.clock.monotonic()
  }

  /** Resolves, whatever comes of it. Does nothing within the pause. */
  #read(pauseMs: number): Promise<void> {
    if (this.#reading) return this.#reading
    const now = this.#now()
    if (now - this.#triedAt < pauseMs) return Promise.resolve()
    this.#triedAt = now
    this.#reading = this.#options
      .read()
      .then(
        (keys) => {
          this.#keys = keys
          this.#readAt = now
          this.#tell(null)
        },
        (error: unknown) =>
          this.#tell(describeProblem(error, (text) => text).detail),
      )
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }

  #tell(problem: string | null): void {
    if (problem !== null || this.#problem !== null) this.#options.note(problem)
    this.#problem = problem
  }
}
