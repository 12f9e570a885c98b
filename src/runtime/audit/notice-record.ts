// Renders notice records: what the audit and the gateway record about
// themselves.
// INVARIANT: every text from outside is escaped.

import type { AuditNotice } from '../../contract/audit.ts'
import { text } from '../base/json-text.ts'

export function renderNoticeRecord(
  notice: AuditNotice,
  table: string | null,
  detail: unknown,
): string {
  return (
    `"event":"notice","notice":${text(notice)},"table":${text(table)},` +
    `"detail":${text(detail ?? null)}`
  )
}

/** A bug that ends the process. The error text may hold a secret, so only the
 * log has it; the record has the stack. */
export function renderCrash(table: string, error: unknown): string {
  const { name, message, stack = '' } = Object(error) as Error
  const trace = stack.slice(stack.indexOf(message) + String(message).length)
  const at = trace.split('\n').filter((line) => /^ {4}at /.test(line))
  const where = at.slice(0, 5).map((line) => line.trim())
  return renderNoticeRecord('crash', table, { name, at: where })
}
