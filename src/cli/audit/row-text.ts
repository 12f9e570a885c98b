// Audit rows as text: aligned for people, or as a JSON object or a CSV line.
// In: rows. Out: lines.
// INVARIANT: a text from a caller, a tool or a file cannot move a cursor, forge
// a line, or be read as a formula.

import type { AuditRecord } from '../../contract/audit.ts'
import type { Shown } from '../../diagnostics/shown.ts'
import { COLUMNS, type Row } from '../../trail/row.ts'
import { renderCsv } from '../render/csv.ts'

/** One line for each. */
export function formatLine(values: readonly unknown[]): Shown {
  const cells = values.map((value) =>
    typeof value === 'object'
      ? value && JSON.stringify(value)
      : String(value ?? ''),
  )
  return renderCsv([cells], '\n')
}

export const CSV_HEAD = formatLine(COLUMNS)

export function formatCsv(row: Row): Shown {
  const { rule, client, roles } = row
  const flat = {
    ...row,
    rule: rule && [rule.pointer, rule.at ?? ''].join(' ').trimEnd(),
    client: client && `${client.name} ${client.version}`,
    roles: roles.join(' '),
  }
  return formatLine(COLUMNS.map((name) => flat[name]))
}

export const HEADS = [
  'TIME',
  'WHO',
  'TEAM',
  'CALL',
  'VERDICT',
  'MS',
  'RULE',
] as const

/** Cells of the aligned form. */
export function formatRow(row: Row): readonly string[] {
  const { ts, subject, tokenId, ip, team, durationMs } = row
  return [
    ts,
    subject ?? tokenId ?? ip ?? '-',
    team ?? '-',
    formatUse(row),
    formatVerdict(row),
    durationMs === null ? '-' : formatMs(durationMs),
    formatRule(row),
  ]
}

/** What refused it: a rule; for a limit its place, which is the reason in its
 * record; otherwise the reason. */
function formatRule({ rule, decision, limit, reason }: Row): string {
  if (decision === 'limited' && limit !== null) return reason ?? '-'
  return rule?.at ?? rule?.pointer ?? reason ?? '-'
}

/** A tool by its name; for other methods, the method too. */
function formatUse({ server, tool, method, exposed }: Row): string {
  if (server === null) {
    // An unknown name: it may be any text, of any length.
    const asked = exposed ?? ''
    const what = asked.length > WIDE ? `${asked.slice(0, WIDE)}…` : asked
    return [method ?? '-', what].join(' ').trimEnd()
  }
  const what = `${server}/${tool}`
  return method === 'tools/call' ? what : `${method ?? '-'} ${what}`
}

const WIDE = 48

function formatVerdict(row: Row): string {
  const { decision, outcome, limit, count } = row
  if (decision === 'allowed') {
    const warned = limit === null ? '' : `, over ${limit}`
    return `${outcome ?? 'unfinished'}${warned}`
  }
  const by = limit === null ? '' : ` ${limit}`
  const times = count === 1 ? '' : ` × ${count}`
  return `${decision}${by}${times}`
}

export function formatMs(ms: number): string {
  return ms >= 100 ? String(Math.round(ms)) : ms.toFixed(1)
}

/** A record that is not a call, or that is requested by itself. */
export const RECORD_HEADS = ['TIME', 'EVENT', 'WHO', 'WHAT', 'DETAIL'] as const

export function formatRecord(record: AuditRecord): readonly string[] {
  const { ts, event, subject, ip, notice, method, server, tool } = record
  const use = server ? `${server}/${tool}` : ''
  const what = [method ?? '', use].filter(Boolean).join(' ')
  return [
    ts,
    event,
    subject ?? ip ?? '-',
    notice ?? (what || '-'),
    formatDetail(record),
  ]
}

const MAX = 100

function formatDetail(record: AuditRecord): string {
  const { event, detail, table, outcome, decision, durationMs } = record
  if (event === 'notice') {
    const digest = table ? table.slice(0, 12) : ''
    const told = detail ? JSON.stringify(detail) : ''
    const text = [digest, told].filter(Boolean).join(' ')
    return text.length > MAX ? `${text.slice(0, MAX)}…` : text
  }
  const ms = durationMs === undefined ? '' : `${formatMs(durationMs)} ms`
  return [outcome ?? decision ?? '', ms].filter(Boolean).join(' ')
}
