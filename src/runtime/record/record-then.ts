// A record first, then what it is about.
// In: the inside of a record. Out: it is written; then somebody goes on.
// INVARIANT: where the audit cannot be written and the config says `refuse`,
// nothing is done but to say so; what throws costs one request.

import type { Logger } from 'pino'
import type { AuditLog } from '../audit/log.ts'
import { renderNotice } from '../audit/notices.ts'
import type { Routing } from '../catalog/routing.ts'

export function recordThen(
  { audit, log }: { readonly audit: AuditLog; readonly log: Logger },
  { table, digest }: Routing,
  record: string,
  act: () => void,
  refuse: () => void,
): void {
  audit.append(record, (failure) => {
    if (failure) log.error(failure, 'the audit cannot be written')
    if (failure && table.audit.onFailure === 'refuse') return refuse()
    try {
      act()
    } catch (error) {
      log.error(error, 'a bug: a request was dropped')
      audit.append(renderNotice('fault', digest, null))
      refuse()
    }
  })
}
