// Creates spans for calls and hops, and passes them to a sink when they end.
// INVARIANT: never delays or fails a call: the sink takes a span or counts it
// as dropped.

import { randomBytes } from 'node:crypto'
import type { TraceStatus } from '../../../contract/status.ts'
import type { Server } from '../../../contract/table.ts'
import type { Clock } from '../../base/clock.ts'
import type { Use } from '../../catalog/view.ts'
import {
  type TraceContext,
  writeTraceparent,
} from '../../message/trace-context.ts'
import type { Exchange, Hop, Span } from '../../request.ts'
import { describeCall, describeHop, type EndedSpan } from './span.ts'

export interface Sink {
  add(kind: 'server' | 'client', span: EndedSpan): void
  describe(): TraceStatus
  /** Sends the queued spans, for at most `ms`. */
  close(ms: number): Promise<void>
}

export class Tracer {
  readonly #sink: Sink
  readonly #clock: Clock

  constructor(sink: Sink, clock: Clock) {
    this.#sink = sink
    this.#clock = clock
  }

  begin(context: TraceContext | undefined): Span {
    return new CallSpan(this.#sink, this.#clock, context)
  }

  describe(): TraceStatus {
    return this.#sink.describe()
  }

  close(ms: number): Promise<void> {
    return this.#sink.close(ms)
  }
}

/** The span of a call. */
class CallSpan implements Span {
  readonly traceId: string
  readonly #spanId = createId(8)
  readonly #parentId: string | undefined
  readonly #sampled: boolean
  /** Wall-clock minus monotonic milliseconds at the begin of the call: a change
   * of the clock does not move hops outside of their call. */
  readonly #epoch: number
  #over = false
  readonly #sink: Sink
  readonly #clock: Clock

  /** A call that its client does not sample is not sampled here. */
  constructor(sink: Sink, clock: Clock, context: TraceContext | undefined) {
    this.traceId = context?.traceId ?? createId(16)
    this.#parentId = context?.spanId
    this.#sampled = context?.sampled ?? true
    this.#epoch = clock.now() - clock.monotonic()
    this.#sink = sink
    this.#clock = clock
  }

  end(exchange: Exchange, verdict: string, durationMs: number): void {
    if (this.#over || !this.#sampled) return
    this.#over = true
    const began = this.#epoch + exchange.began
    this.#sink.add('server', {
      ...describeCall(exchange, verdict),
      traceId: this.traceId,
      spanId: this.#spanId,
      parentId: this.#parentId,
      began,
      ended: began + durationMs,
    })
  }

  startHop(exchange: Exchange, use: Use, server: Server): Hop {
    const { traceId } = this
    const [sampled, parentId] = [this.#sampled, this.#spanId]
    const spanId = createId(8)
    const began = this.#epoch + this.#clock.monotonic()
    let over = !sampled
    return {
      traceparent: writeTraceparent({ traceId, spanId, sampled }),
      end: (verdict) => {
        if (over) return
        over = true
        this.#sink.add('client', {
          ...describeHop(exchange, use, server, verdict),
          traceId,
          spanId,
          parentId,
          began,
          ended: this.#epoch + this.#clock.monotonic(),
        })
      },
    }
  }
}

function createId(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}
