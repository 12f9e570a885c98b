// Writes an audit record, then continues.
// INVARIANT: if the record cannot be written and the config says `refuse`, only
// `refuse` is called; an exception ends one request.

import type { Logger } from '../../contract/log.ts'
import type { Line } from '../audit/batch.ts'
import type { AuditLog, Done } from '../audit/log.ts'
import { renderNoticeRecord } from '../audit/notice-record.ts'
import type { Routing } from '../catalog/routing.ts'

/** `record`: its fields, or all that was added to the line that the audit began
 * last. */
export function recordThen(
  { audit, log }: { readonly audit: AuditLog; readonly log: Logger },
  { table, digest }: Routing,
  record: string | Line,
  act: () => void,
  refuse: () => void,
): void {
  const done: Done = (failure) => {
    if (failure) log.error(failure, 'the audit cannot be written')
    if (failure && table.audit.onFailure === 'refuse') return refuse()
    try {
      act()
    } catch (error) {
      log.error(error, 'a bug: a request was dropped')
      audit.append(renderNoticeRecord('fault', digest, null))
      refuse()
    }
  }
  if (typeof record === 'string') audit.append(record, done)
  else audit.end(done)
}
