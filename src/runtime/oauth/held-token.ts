// The access token of the grant that the store holds now, and its next renewal.
// In: a place in the store; which grants are of use. Out: a header; when to renew.
// INVARIANT: the grant in the store counts, whoever has put it there; one renewal
// at a time; after a failure there is a pause.

import { Backoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import type { Grant } from '../grants/grant.ts'
import type { GrantStore } from '../grants/store.ts'
import type { GrantEvent } from './account.ts'
import { planLife } from './life.ts'
import { CLOSING, type SignInFailure } from './problem.ts'

export interface HeldTokenOptions {
  /** Of the server, in the config. */
  readonly name: string
  readonly subject: string | null
  readonly clock: Clock
  readonly store: GrantStore
  hide(token: string): void
  onEvent(event: GrantEvent): void
}

/** What differs between tokens of a sign-in and those that are vouched for. */
export interface HeldTokenKind {
  isUsable(grant: Grant): boolean
  canRenew(grant: Grant): boolean
  /** Another grant has come. */
  took(grant: Grant): void
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000
const LONGEST_ASKED_MS = 300_000

const NEVER = Number.NEGATIVE_INFINITY

export class HeldToken {
  isClosed = false
  /** The server has refused the token; another is being requested. */
  isDoubted = false
  failure: SignInFailure | undefined
  readonly #options: HeldTokenOptions
  readonly #kind: HeldTokenKind
  readonly #slot: { readonly grant: Grant | undefined }
  readonly #backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  /** The grant that the following is of. */
  #grant: Grant | undefined
  #authorization = ''
  /** Monotonic milliseconds. */
  #renewAt = NEVER
  #endsAt = NEVER
  #retryAt = NEVER
  #pending: Promise<void> | undefined

  constructor(options: HeldTokenOptions, kind: HeldTokenKind) {
    this.#options = options
    this.#kind = kind
    this.#slot = options.store.slotOf(options.subject, options.name)
  }

  /** As it was read last. */
  get grant(): Grant | undefined {
    return this.#grant
  }

  get authorization(): string {
    this.read()
    return this.#authorization
  }

  /** Whether it has not ended, as it was read last. */
  get isGood(): boolean {
    return this.#now < this.#endsAt
  }

  get isRenewing(): boolean {
    return this.#pending !== undefined
  }

  get #now(): number {
    return this.#options.clock.monotonic()
  }

  /** Takes over what the store holds now. */
  read(): void {
    const { grant } = this.#slot
    if (grant === this.#grant) return
    this.#grant = grant
    this.failure = undefined
    this.#retryAt = NEVER
    this.#authorization = ''
    this.#endsAt = NEVER
    if (!grant) return
    this.#kind.took(grant)
    if (this.#kind.isUsable(grant)) this.#use(grant)
  }

  #use(grant: Grant): void {
    const { clock, hide } = this.#options
    const { accessToken, renewed, ends } = grant
    hide(accessToken)
    const age = Math.max(0, clock.now() - renewed)
    const life = (ends ?? Number.POSITIVE_INFINITY) - renewed
    const { renewAt, endsAt } = planLife(clock.monotonic() - age, life)
    this.#renewAt = this.#kind.canRenew(grant) ? renewAt : endsAt
    this.#endsAt = endsAt
    this.#authorization = `Bearer ${accessToken}`
    this.#backoff.reset()
  }

  /** False: another token is needed first. */
  keepFresh(renew: () => Promise<void>): boolean {
    this.read()
    if (!this.isGood || this.isDoubted) return false
    if (this.#now >= this.#renewAt) renew().catch(() => {})
    return true
  }

  async obtain(renew: () => Promise<void>): Promise<void> {
    if (this.keepFresh(renew)) return
    try {
      await renew()
    } catch (failure) {
      this.read()
      // One that was refused may be good for other tools.
      if (!this.isGood) throw failure
    }
  }

  /** Another one, as the server does not take this one. */
  replace(renew: () => Promise<void>): Promise<void> {
    this.isDoubted = true
    return renew().finally(() => {
      this.isDoubted = false
    })
  }

  /** Once for all that wait, and for all that renew in this `place`. */
  renew(place: () => string, run: () => Promise<void>): Promise<void> {
    if (this.#pending) return this.#pending
    if (this.isClosed) return Promise.reject(CLOSING)
    const waitMs = this.#retryAt - this.#now
    if (this.failure && waitMs > 0) {
      return Promise.reject({ ...this.failure, waitMs })
    }
    const pending = this.#options.store.exclusive(place(), run).finally(() => {
      this.#pending = undefined
    })
    this.#pending = pending
    return pending
  }

  /** No pause: somebody has done what was needed, or wants it now. */
  retryNow(): void {
    this.#retryAt = NEVER
  }

  /** `askedMs`: how long the other side wants to be left alone. */
  pause(failure: SignInFailure, askedMs = 0): SignInFailure {
    const asked = Math.min(askedMs, LONGEST_ASKED_MS)
    const waitMs = Math.max(this.#backoff.next(), asked)
    this.#retryAt = this.#now + waitMs
    this.failure = failure
    return { ...failure, waitMs }
  }

  report(kind: GrantEvent['kind'], grant: Grant, detail?: string): void {
    const { name, subject, store, onEvent } = this.#options
    const { issuer } = grant
    const grantId = store.idOf(subject, name, issuer)
    const more = detail === undefined ? {} : { detail }
    onEvent({ kind, server: name, subject, grantId, issuer, ...more })
  }
}
