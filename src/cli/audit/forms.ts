// The forms of an answer from the audit, row by row.
// In: rows, records or groups. Out: text, as soon as it can be shown.
// INVARIANT: json has one object on each line, csv one head; only the columns
// of a page wait for later rows.

import type { AuditRecord } from '../../contract/audit.ts'
import { formatDuration, formatInstant } from '../../diagnostics/instants.ts'
import { json, plain, type Shown } from '../../diagnostics/shown.ts'
import type { Row } from '../../trail/row.ts'
import type { Group } from '../../trail/top.ts'
import type { Cell } from '../columns.ts'
import type { CallRowDocument, GroupDocument } from '../documents/running.ts'
import { paintState } from '../tones.ts'
import { Aligner } from './aligner.ts'
import {
  CSV_HEAD,
  formatCsv,
  formatLine,
  formatMs,
  formatRecord,
  formatRow,
  HEADS,
  RECORD_HEADS,
} from './row-text.ts'

export const QUERY_FORMS = ['human', 'json', 'csv'] as const
export type QueryForm = (typeof QUERY_FORMS)[number]

export interface Writer<T> {
  readonly head: Shown
  add(one: T): Shown
  /** Returns the rows of an unfinished page. */
  flush(): Shown
}

const NOTHING = plain``
const nothing = () => NOTHING

export function makeRowWriter(form: QueryForm): Writer<Row> {
  if (form === 'json') return jsonLines<CallRowDocument>()
  if (form === 'csv') return { head: CSV_HEAD, add: formatCsv, flush: nothing }
  return align(HEADS, (row) =>
    formatRow(row).map((cell, at) =>
      HEADS[at] === 'VERDICT' ? paintState(cell) : cell,
    ),
  )
}

export function makeRecordWriter(form: QueryForm): Writer<AuditRecord> {
  if (form === 'json') return jsonLines()
  if (form === 'human') return align(RECORD_HEADS, formatRecord)
  return {
    head: formatLine(RECORD_HEADS.map((head) => head.toLowerCase())),
    add: (record) => formatLine(formatRecord(record)),
    flush: nothing,
  }
}

function jsonLines<T>(): Writer<T> {
  return { head: NOTHING, add: (one) => json(one), flush: nothing }
}

function align<T>(
  heads: readonly string[],
  toRow: (one: T) => readonly Cell[],
): Writer<T> {
  const aligner = new Aligner(heads)
  return {
    head: NOTHING,
    add: (one) => aligner.add(toRow(one)),
    flush: () => aligner.flush(),
  }
}

export function makeGroupWriter(form: QueryForm, field: string): Writer<Group> {
  const owned = field === 'token' || field === 'session'
  if (form === 'json') {
    const lines = jsonLines()
    return { ...lines, add: (group) => lines.add(flatten(group, field)) }
  }
  if (form === 'human') {
    const heads = [field.toUpperCase(), ...(owned ? ['WHO'] : []), ...NUMBERS]
    return align(heads, (group) => formatGroup(group, owned))
  }
  const { columns } = GROUP_CSV
  return {
    head: formatLine(columns),
    add: (group) => {
      const flat = { ...flatten(group, field) } as Readonly<
        Record<string, unknown>
      >
      return formatLine(columns.map((name) => flat[name]))
    },
    flush: nothing,
  }
}

const NUMBERS = [
  'CALLS',
  'REFUSED',
  'FAILED',
  'TOTAL',
  'MEDIAN MS',
  'P95 MS',
  'FIRST',
  'LAST',
]

const GROUP_CSV = {
  columns: [
    'field',
    'value',
    'who',
    'calls',
    'refused',
    'failed',
    'totalMs',
    'medianMs',
    'p95Ms',
    'first',
    'last',
  ],
} as const

function flatten(group: Group, field: string): GroupDocument {
  const { value, who, calls, refused, failed, first, last, durations } = group
  const round = (ms: number | undefined) =>
    ms === undefined ? null : Math.round(ms * 1000) / 1000
  const medianMs = round(durations.quantile(0.5))
  return {
    field,
    value,
    who,
    calls,
    refused,
    failed,
    totalMs: medianMs === null ? null : round(durations.sum),
    medianMs,
    p95Ms: round(durations.quantile(0.95)),
    first,
    last,
  }
}

function formatGroup(group: Group, owned: boolean): readonly string[] {
  const { value, who, calls, refused, failed, first, last, durations } = group
  const median = durations.quantile(0.5)
  return [
    value ?? '-',
    ...(owned ? [who ?? '-'] : []),
    String(calls),
    String(refused),
    String(failed),
    ...(median === undefined
      ? ['-', '-', '-']
      : [
          formatSum(durations.sum),
          formatMs(median),
          formatMs(durations.quantile(0.95) ?? median),
        ]),
    formatInstant(Date.parse(first)),
    formatInstant(Date.parse(last)),
  ]
}

function formatSum(ms: number): string {
  return ms < 1000 ? `${formatMs(ms)} ms` : formatDuration(ms)
}
