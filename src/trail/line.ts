// A line of the audit as bytes: its head without a parser, all of it with one.
// In: bytes. Out: instant, event and request id; or the record.
// INVARIANT: JSON.parse reads what the fast path cannot; a line that is not a
// record is undefined.

import type { AuditRecord } from '../contract/audit.ts'
import type { Line } from './scan.ts'

export interface Head {
  readonly ts: string
  readonly event: string
  readonly requestId: string | undefined
}

/** The gateway writes members in this order, near the beginning. */
const HEAD =
  /^\{"ts":"([^"\\]*)","seq":\d+,(?:"prevHash":"[^"\\]*",)?"event":"([^"\\]*)"(?:,"requestId":"([^"\\]*)")?/

const ENOUGH = 256

export function readHead({ bytes, start, end }: Line): Head | undefined {
  const text = bytes.toString('latin1', start, Math.min(end, start + ENOUGH))
  const match = HEAD.exec(text)
  if (match) {
    const [, ts = '', event = '', requestId] = match
    return { ts, event, requestId }
  }
  return parseRecord(bytes.toString('utf8', start, end))
}

export function readText({ bytes, start, end }: Line): string {
  return bytes.toString('utf8', start, end)
}

export function parseRecord(
  text: string,
): (AuditRecord & { readonly requestId: string | undefined }) | undefined {
  try {
    const { ts, event, requestId, ...rest } = JSON.parse(text)
    if (typeof ts !== 'string' || typeof event !== 'string') return undefined
    return { ts, event, requestId, ...rest }
  } catch {
    return undefined
  }
}
