// The route stage: records the intent, then sends the call to its server.
// INVARIANT: no byte of a call is sent before its intent is recorded.

import type { Use } from '../catalog/view.ts'
import { addIntent } from '../record/record.ts'
import { AfterRecord } from '../record/record-then.ts'
import type { Exchange } from '../request.ts'
import type { Failure } from '../upstream/failure.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { StageContext } from './context.ts'
import { writeFailure } from './error-answers.ts'
import { addCallArguments, failUnaudited, finishCall } from './finish.ts'

const GONE: Failure = {
  kind: 'unreachable',
  detail: 'it is no longer in the config',
}

const UNREAD: Failure = {
  kind: 'unreachable',
  detail: 'its lists were not read for this person',
}

const STARTING: Failure = {
  kind: 'starting',
  detail: 'its lists were not read yet',
}

const DISABLED: Failure = { kind: 'disabled', detail: 'the config disables it' }

const CALL_ENDED: Failure = {
  kind: 'session',
  detail: 'the call that asked for this input has ended',
}

/** Continue a call after its intent was recorded. */
export interface Relays<Context extends StageContext> {
  send(context: Context, exchange: Exchange, use: Use, upstream: Upstream): void
  /** Continues the call that waits for this one; false if there is none. */
  resume(context: Context, exchange: Exchange, ticket: string): boolean
}

export function route<Context extends StageContext>(
  runtime: Context,
  exchange: Exchange,
  use: Use,
  relays: Relays<Context>,
): void {
  const line = runtime.audit.begin()
  const room = addIntent(line, exchange)
  addCallArguments(runtime, line, exchange, use, room)
  runtime.exchanges.add(exchange)
  runtime.tally.admitted++
  runtime.audit.end(new Sending(runtime, exchange, use, relays))
}

/** Sends a call to its server. */
class Sending<Context extends StageContext> extends AfterRecord<Context> {
  readonly #exchange: Exchange
  readonly #use: Use
  readonly #relays: Relays<Context>

  constructor(
    runtime: Context,
    exchange: Exchange,
    use: Use,
    relays: Relays<Context>,
  ) {
    super(runtime, exchange.routing)
    this.#exchange = exchange
    this.#use = use
    this.#relays = relays
  }

  protected act(): void {
    const exchange = this.#exchange
    const use = this.#use
    const relays = this.#relays
    const { runtime, routing } = this
    const ticket = exchange.granted?.ticket
    if (ticket !== undefined) {
      if (relays.resume(runtime, exchange, ticket)) return
      return fail(runtime, exchange, use, CALL_ENDED)
    }
    // Calls need the server's list, which was never read.
    const isAbsent = routing.unlisted.includes(use.server)
    const upstream = runtime.upstreams.get(use.server)
    if (upstream && !isAbsent) {
      return relays.send(runtime, exchange, use, upstream)
    }
    // A swap may have removed the server since the call was granted.
    const why = upstream ? explainUnread(upstream) : GONE
    const isDisabled = routing.table.servers[use.server]?.disabled
    fail(runtime, exchange, use, isDisabled ? DISABLED : why)
  }

  protected refuse(): void {
    failUnaudited(this.runtime, this.#exchange)
  }
}

function explainUnread({ listing, isPersonal }: Upstream): Failure {
  return listing.failure ?? (isPersonal ? UNREAD : STARTING)
}

function fail(
  runtime: StageContext,
  exchange: Exchange,
  use: Use,
  why: Failure,
): void {
  const body = writeFailure(exchange, use, why)
  const ended = { outcome: 'upstream_error', upstreamMs: null } as const
  finishCall(runtime, exchange, ended, { status: 200, body })
}
