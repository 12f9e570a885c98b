// The uses in the audit, their principals, and how far back it reaches.
// In: a trail and a span. Out: uses one by one; the audit's start and gaps.
// INVARIANT: the trail is read once, in order, in bounded memory.

import { type AuditRecord, CUT } from '../contract/audit.ts'
import type { Kind } from '../contract/table.ts'
import type { RecordedUse } from '../table/replay.ts'
import type { Span } from './instants.ts'
import { parseRecord, readHead, readText } from './line.ts'
import { readTrail } from './read.ts'
import { LineScanner, type ScanCount, startCount } from './scan.ts'

export interface Coverage {
  readonly count: ScanCount
  /** Time of the first record that was read, in the span or before: ISO 8601 in
   * UTC, with milliseconds; null: there is none. */
  readonly first: string | null
  /** Time of the last record that was read: ISO 8601 in UTC, with milliseconds;
   * null: there is none. */
  readonly last: string | null
  /** Times within the span in which no gateway ran, as far as is known. */
  readonly gaps: readonly Gap[]
}

export interface Gap {
  /** Time of the last record before it: ISO 8601 in UTC, with milliseconds. */
  readonly from: string
  /** Time of the start that ended it: ISO 8601 in UTC, with milliseconds. */
  readonly to: string
}

/** A shorter gap is a restart. */
const GAP_MS = 3_600_000

/** A longer list is not read. */
const MAX_GAPS = 100

export async function readRecords(
  live: string,
  span: Span,
  events: readonly string[],
  tell: (record: AuditRecord) => void,
): Promise<Coverage> {
  const count = startCount()
  const gaps: Gap[] = []
  let first: string | null = null
  let last: string | null = null
  let from: string | undefined
  const scanner = new LineScanner([], count, (line) => {
    const head = readHead(line)
    const at = Date.parse(head?.ts ?? '')
    if (!head || Number.isNaN(at)) return false
    const { ts, event } = head
    first ??= ts
    const idle = last === null ? 0 : at - Date.parse(last)
    // A quiet gateway is no gap: only a time before a start is one.
    if (event !== 'notice') from = undefined
    else if (idle > GAP_MS) from = last as string
    last = ts
    if (event !== 'notice' && !events.includes(event)) return true
    const record = parseRecord(readText(line))
    if (!record) return false
    if (record.notice === 'start' && from !== undefined) {
      const gap = { from, to: ts }
      if (at >= span.since && gaps.length < MAX_GAPS) gaps.push(gap)
      from = undefined
    }
    if (at < span.since || at >= span.until) return true
    tell(record)
    return true
  })
  const pause = async () => {}
  await readTrail({ live, since: span.since, scanner, pause })
  return { count, first, last, gaps }
}

/** By method, the thing that is named. */
const KINDS: Readonly<Record<string, readonly Kind[]>> = Object.freeze({
  'tools/call': ['tool'],
  'prompts/get': ['prompt'],
  'resources/read': ['resource'],
  'resources/subscribe': ['resource'],
  'resources/unsubscribe': ['resource'],
  'completion/complete': ['prompt', 'resource'],
})

/** Undefined for methods that use nothing of a server: lists, pings. */
export function readUse(record: AuditRecord): RecordedUse | undefined {
  const { method, server, tool } = record
  const kinds = KINDS[method ?? '']
  if (!kinds || typeof server !== 'string' || typeof tool !== 'string') {
    return undefined
  }
  if (CUT.test(tool)) return undefined
  return { server, kinds, name: tool, args: readArguments(record.arguments) }
}

/** Whether its kind is decided by rules. */
export function isUse({ method }: AuditRecord): boolean {
  return Object.hasOwn(KINDS, method ?? '')
}

/** Names and digests do not contain values. */
function readArguments(args: unknown): RecordedUse['args'] {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) {
    return null
  }
  const { hmac, bytes } = args as Readonly<Record<string, unknown>>
  const digest = typeof hmac === 'string' && typeof bytes === 'number'
  return digest ? null : { value: args }
}
