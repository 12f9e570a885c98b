// One line of the audit as bytes: its head without a parser, all of it with.
// In: bytes. Out: instant, event and request id; or the record.
// INVARIANT: what the quick look does not understand, JSON.parse reads; a line
// that is no record is undefined.

import type { AuditRecord } from '../contract/audit.ts'
import type { Line } from './scan.ts'

export interface Head {
  readonly ts: string
  readonly event: string
  readonly requestId: string | undefined
}

/** Members stand in this order as we write them, near the beginning. */
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
