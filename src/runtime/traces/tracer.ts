// Gives calls and hops their places in traces, and ends them.
// In: contexts of clients, exchanges as they end. Out: spans, to a sink.
// INVARIANT: never delays a call and never fails one: a sink takes a span or
// counts it as dropped.

import { randomBytes } from 'node:crypto'
import type { TraceStatus } from '../../contract/status.ts'
import type { Server } from '../../contract/table.ts'
import type { Clock } from '../clock.ts'
import type { Exchange, Use } from '../exchange.ts'
import { type TraceContext, writeTraceparent } from './context.ts'
import { describeCall, describeHop, type EndedSpan, type Span } from './span.ts'

export interface Sink {
  add(kind: 'server' | 'client', span: EndedSpan): void
  describe(): TraceStatus
  /** Sends what it has, for at most so long. */
  close(ms: number): Promise<void>
}

/** A call on its way to a server, once: a retry is another. */
export interface Hop {
  /** What the server is told. */
  readonly traceparent: string
  /** The first time counts. */
  end(verdict: string): void
}

export class Tracer {
  readonly #sink: Sink
  readonly #clock: Clock

  constructor(sink: Sink, clock: Clock) {
    this.#sink = sink
    this.#clock = clock
  }

  /** A client that samples not is not sampled here either. */
  begin(context: TraceContext | undefined): Span {
    return {
      traceId: context?.traceId ?? drawId(16),
      spanId: drawId(8),
      parentId: context?.spanId,
      sampled: context?.sampled ?? true,
      epoch: this.#clock.now() - this.#clock.monotonic(),
    }
  }

  end(exchange: Exchange, verdict: string, durationMs: number): void {
    const { span, began } = exchange
    if (!span?.sampled) return
    const { traceId, spanId, parentId, epoch } = span
    this.#sink.add('server', {
      ...describeCall(exchange, verdict),
      traceId,
      spanId,
      parentId,
      began: epoch + began,
      ended: epoch + began + durationMs,
    })
  }

  /** Undefined for a call that began before anything was traced. */
  startHop(exchange: Exchange, use: Use, server: Server): Hop | undefined {
    const { span } = exchange
    if (!span) return undefined
    const { traceId, sampled, epoch } = span
    const spanId = drawId(8)
    const began = epoch + this.#clock.monotonic()
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
          parentId: span.spanId,
          began,
          ended: epoch + this.#clock.monotonic(),
        })
      },
    }
  }

  describe(): TraceStatus {
    return this.#sink.describe()
  }

  close(ms: number): Promise<void> {
    return this.#sink.close(ms)
  }
}

function drawId(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}
