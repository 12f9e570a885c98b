// Records of the gateway itself, as the audit engine and the runtime write them.
// In: what happened. Out: the inside of a JSON object.
// INVARIANT: every text from outside is escaped.

import type { AuditNotice } from '../../contract/audit.ts'
import { text } from '../base/json-text.ts'
export function renderNotice(
  notice: AuditNotice,
  table: string | null,
  detail: unknown,
): string {
  return (
    `"event":"notice","notice":${text(notice)},"table":${text(table)},` +
    `"detail":${text(detail ?? null)}`
  )
}

/** A bug that ends the process. Its text may hold anything, an answer or a
 * secret too: the log has it, the audit has where it was. */
export function renderCrash(table: string, error: unknown): string {
  const { name, message, stack = '' } = Object(error) as Error
  const trace = stack.slice(stack.indexOf(message) + String(message).length)
  const at = trace.split('\n').filter((line) => /^ {4}at /.test(line))
  const where = at.slice(0, 5).map((line) => line.trim())
  return renderNotice('crash', table, { name, at: where })
}
