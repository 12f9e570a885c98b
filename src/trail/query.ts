// The calls, or the records, in a span of the audit that match a filter.
// In: the trail, a span, a filter. Out: each of them as soon as it is complete.
// INVARIANT: a call belongs to the span in which it began; a broken line is
// counted and skipped.

import type { AuditRecord } from '../contract/audit.ts'
import { type Call, CallJoiner, START } from './calls.ts'
import { type Filter, UNFINISHED } from './filter.ts'
import type { Span } from './instants.ts'
import { parseRecord, readText } from './line.ts'
import type { ReadMembers } from './members.ts'
import { type Reading, readTrail } from './read.ts'
import { readCallMembers, startOf } from './row.ts'
import { type Line, LineScanner, type ScanCount, startCount } from './scan.ts'

export interface Query
  extends Pick<Reading, 'live' | 'pause' | 'follow' | 'idle' | 'done'> {
  readonly span: Span
  readonly filter: Filter
}

export async function queryCalls(
  query: Query,
  /** In the order of their start, or of their end. */
  ordered: boolean,
  tell: (call: Call, main: ReadMembers) => void,
): Promise<ScanCount> {
  const { filter, done } = query
  const count = startCount()
  const { since, until } = isoOf(query.span)
  const tellOne = (call: Call) => {
    const main = readCallMembers(call)
    if (!main) count.damaged++
    else if (filter.matches(main) && isWithin(startOf(call, main))) {
      tell(call, main)
    }
  }
  const isWithin = (ts: string) => ts >= since && ts < until
  const joiner = new CallJoiner(tellOne, ordered, makeEndJudge(filter))
  let past = false
  const take = (line: Line) => {
    const ts = readStamp(line)
    // Its call began even earlier.
    if (ts !== undefined && ts < since) return true
    if (ts !== undefined && ts >= until) past = true
    return joiner.take(line)
  }
  const needles = filter.needles.map((group) => [...group, START])
  await readTrail({
    ...query,
    since: query.span.since,
    scanner: new LineScanner(needles, count, take),
    done: () => (past && joiner.open === 0) || done?.() === true,
  })
  joiner.finish()
  return count
}

export async function queryRecords(
  query: Query,
  events: readonly string[],
  tell: (record: AuditRecord) => void,
): Promise<ScanCount> {
  const { filter } = query
  const count = startCount()
  const { since, until } = isoOf(query.span)
  const take = (line: Line) => {
    const ts = readStamp(line)
    if (ts !== undefined && (ts < since || ts >= until)) return true
    const record = parseRecord(readText(line))
    if (!record) return false
    const within = record.ts >= since && record.ts < until
    if (within && events.includes(record.event) && filter.matches(record)) {
      tell(record)
    }
    return true
  }
  const wanted = events.map((event) => `"event":"${event}"`)
  await readTrail({
    ...query,
    since: query.span.since,
    scanner: new LineScanner([wanted, ...filter.needles], count, take),
  })
  return count
}

/** Instants of the audit can be compared as texts. */
function isoOf({ since, until }: Span) {
  return {
    since: since === -Infinity ? '' : new Date(since).toISOString(),
    until: until === Infinity ? '~' : new Date(until).toISOString(),
  }
}

const STAMP = '{"ts":"'.length
const STAMP_END = STAMP + '2026-11-27T14:34:22.512Z'.length

/** Undefined if a line does not begin like a record. */
function readStamp({ bytes, start }: Line): string | undefined {
  const text = bytes.toString('latin1', start + STAMP, start + STAMP_END)
  return text.endsWith('Z') ? text : undefined
}

/** Outcomes that the query does not need are not parsed. */
function makeEndJudge({ outcomes }: Filter): (line: Line) => boolean {
  if (!outcomes) return () => true
  const needles = outcomes
    .filter((one) => one !== UNFINISHED)
    .map((one) => `"outcome":"${one}"`)
  return ({ bytes, start, end }) => {
    const line = bytes.subarray(start, end)
    return needles.some((needle) => line.includes(needle))
  }
}
