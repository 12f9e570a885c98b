// W3C Trace Context of a call.
// INVARIANT: a `traceparent` that is not in the exact format is ignored.

import { type Message, readString } from './message.ts'

export interface TraceContext {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

/** Later versions have the same first four fields. */
const FORMAT =
  /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const MAX = 512

export function parseTraceparent(
  text: string | undefined,
): TraceContext | undefined {
  if (text === undefined || text.length > MAX) return undefined
  const [, version, traceId = '', spanId = '', flags = '', more] =
    FORMAT.exec(text) ?? []
  if (version === undefined || version === 'ff') return undefined
  if (version === '00' && more !== undefined) return undefined
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export function writeTraceparent({
  traceId,
  spanId,
  sampled,
}: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

/** The message's own context comes first: a request may carry several messages. */
export function readContext(
  { bytes, meta }: Message,
  { traceparent }: { readonly traceparent: string | undefined },
): TraceContext | undefined {
  const node = meta?.traceparent
  const own = node && parseTraceparent(readString(bytes, node))
  return own ?? parseTraceparent(traceparent)
}
