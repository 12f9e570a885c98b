// How a server is doing: up, starting, down, failing, or refusing the gateway.
// In: how calls and the catalogue's session end. Out: a state and its reason;
// whether calls are tried.
// INVARIANT: a state is logged once, as it begins and as it ends.

import type { ServerStatus } from '../../contract/status.ts'
import type { Server } from '../../contract/table.ts'
import { Breaker } from './breaker.ts'
import type { Caller } from './caller.ts'
import type { Connector } from './connector.ts'
import type { UpstreamContext } from './context.ts'
import { describeState, type Failure, formatMs } from './failure.ts'
import type { InFlightCall } from './in-flight-call.ts'
import type { Started } from './listing.ts'
import { ownerOf } from './sessions.ts'

/** One tool may be forbidden; a server that forbids so many calls in a row, and
 * allows none, refuses the gateway. */
const REFUSALS = 3

/** What is reported of the listing. */
type Listed = Pick<ServerStatus, 'state'> & {
  readonly failure: Failure | undefined
  /** Wall-clock milliseconds. */
  readonly since: number
}

export class Health {
  readonly breaker: Breaker
  readonly #name: string
  readonly #connector: Connector
  readonly #context: UpstreamContext
  /** Calls that were refused in a row, and the last of these refusals. */
  #refusals = 0
  #refusal: Failure | undefined
  #failing = false
  /** It was told that there is no access token. */
  #isLocked = false

  constructor(
    name: string,
    server: Server,
    connector: Connector,
    context: UpstreamContext,
  ) {
    this.#name = name
    this.#connector = connector
    this.#context = context
    this.breaker = new Breaker(server.breaker, context.clock)
  }

  /** The catalogue's session came up, or was lost. */
  turned(failure: Failure | undefined, started?: Started): void {
    if (!failure) this.breaker.reached()
    const known = failure && this.#addCredentials(failure)
    this.#context.turned(this.#name, known, started)
  }

  answered({ call }: InFlightCall): void {
    this.#refusals = 0
    if (this.#refusal || this.#isLocked) {
      this.#refusal = undefined
      this.#isLocked = false
      this.#context.turned(this.#name, undefined)
    }
    if (!this.breaker.quiet) this.breaker.succeeded(ownerOf(call.caller.key))
    this.#tellFailing()
  }

  failed({ call }: InFlightCall, failure: Failure): void {
    const owner = ownerOf(call.caller.key)
    const { kind, status = 0 } = failure
    if (COUNTED.has(kind) || status >= 500) this.breaker.failed(owner, failure)
    else if (SILENT.has(kind) && status === 0) this.breaker.left(owner)
    else if (!this.breaker.quiet) this.breaker.succeeded(owner)
    this.#tellFailing()
    // It may be that of one person.
    const isShared = !this.#connector.identity.isPersonal
    if (kind === 'signin' && isShared && !this.#isLocked) {
      this.#isLocked = true
      this.#context.turned(this.#name, failure)
    }
    if (status !== 401 && status !== 403) return
    if (!isShared) return
    this.#refusals++
    const certain = status === 401 || this.#refusals >= REFUSALS
    if (this.#refusal || !certain) return
    this.#refusal = failure
    this.#context.turned(this.#name, this.#addCredentials(failure))
  }

  /** A call ended for a reason of its caller. */
  left({ call }: InFlightCall): void {
    if (!this.breaker.quiet) this.breaker.left(ownerOf(call.caller.key))
  }

  /** A program of this caller ended by itself. */
  ended({ key }: Caller, lived: number): void {
    this.breaker.ended(ownerOf(key), lived)
    this.#tellFailing()
  }

  describe({ state, failure, since }: Listed) {
    const now = this.#context.clock.now()
    if (state === 'starting') {
      const said = this.#connector.lastWords.slice(0, 200)
      const reason = `starting for ${formatMs(now - since)}`
      return { state, reason: said ? `${reason}; it says: ${said}` : reason }
    }
    const isOurs = failure?.kind === 'refused' || failure?.kind === 'signin'
    const { locked } = this.#connector.identity
    if (locked && locked.kind !== 'signin' && state === 'up') {
      return { state: 'down', reason: describeState(locked) } as const
    }
    const refusal = isOurs
      ? failure
      : locked?.kind === 'signin'
        ? locked
        : this.#refusal
    if (refusal && (state === 'down' || state === 'up')) {
      const reason = describeState(this.#addCredentials(refusal))
      return { state: 'unauthorized', reason } as const
    }
    if (failure) return { state, reason: describeState(failure) }
    const { callers, ms } = this.breaker.waiting
    const { last } = this.breaker
    if (state !== 'up' || callers === 0 || !last) return { state, reason: null }
    const many = callers === 1 ? '1 caller' : `${callers} callers`
    const next =
      ms > 0 ? `the next try is in ${formatMs(ms)}` : 'a call is trying it'
    const reason = `${describeState(last)}; calls of ${many} are held back, ${next}`
    return { state: 'failing', reason } as const
  }

  #tellFailing(): void {
    const failing = !this.breaker.quiet && this.breaker.waiting.callers > 0
    if (failing === this.#failing) return
    this.#failing = failing
    this.#context.failing(this.#name, failing ? this.breaker.last : undefined)
  }

  #addCredentials(failure: Failure): Failure {
    if (failure.kind !== 'refused') return failure
    const detail = `${failure.detail}; ${this.#connector.credentials}`
    return { ...failure, detail }
  }
}

/** What says nothing of that, where no status came with it. */
const SILENT: ReadonlySet<string> = new Set([
  'busy',
  'secret',
  'signin',
  'person',
  'denied',
  'garbage',
  'oversized',
])

/** What says that the server is out of order; of statuses, 5xx does. */
const COUNTED: ReadonlySet<string> = new Set([
  'unreachable',
  'ended',
  'timeout',
  'starting',
])
