// Writes a batch of spans as OTLP/JSON (opentelemetry-proto 1.x, trace/v1).
// INVARIANT: ids are hex and instants decimal texts, as OTLP/JSON requires.

import type { Attribute, EndedSpan } from './span.ts'

export interface Resource {
  readonly version: string
  /** Identifies the process among those of one service. */
  readonly instance: string
}

export interface QueuedSpan extends EndedSpan {
  readonly kind: 'server' | 'client'
}

const KIND = Object.freeze({ server: 2, client: 3 })
const FAILED = Object.freeze({ code: 2 })

/** Flags: sampled; whether the parent is remote is known; for `server` it is. */
const FLAGS = Object.freeze({ server: 0x301, client: 0x101 })

export function writeExport(
  { version, instance }: Resource,
  spans: readonly QueuedSpan[],
): string {
  const attributes = writeAttributes([
    ['service.name', 'portcullis'],
    ['service.version', version],
    ['service.instance.id', instance],
  ])
  const scope = { name: 'portcullis', version }
  const scopeSpans = [{ scope, spans: spans.map(writeSpan) }]
  return JSON.stringify({
    resourceSpans: [{ resource: { attributes }, scopeSpans }],
  })
}

function writeSpan(span: QueuedSpan): object {
  const { traceId, spanId, parentId, name, kind } = span
  return {
    traceId,
    spanId,
    ...(parentId !== undefined && { parentSpanId: parentId }),
    flags: parentId === undefined ? 0x101 : FLAGS[kind],
    name,
    kind: KIND[kind],
    startTimeUnixNano: toNanoseconds(span.began),
    endTimeUnixNano: toNanoseconds(span.ended),
    attributes: writeAttributes(span.attributes),
    ...(span.failed && { status: FAILED }),
  }
}

function writeAttributes(attributes: readonly Attribute[]): readonly object[] {
  return attributes.map(([key, value]) => ({
    key,
    value:
      typeof value === 'number'
        ? { intValue: String(value) }
        : { stringValue: value },
  }))
}

/** Microseconds fit in a number, nanoseconds do not. */
function toNanoseconds(ms: number): string {
  return `${Math.round(ms * 1_000)}000`
}
