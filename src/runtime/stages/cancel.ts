// How a call ends before its answer.
// In: an exchange, why it ends, perhaps last words. Out: it ends.
// INVARIANT: it is told once; one whose intent is still on its way to the disk
// remembers it.

import type { AuditOutcome } from '../../contract/audit.ts'
import type { CancelReason, Exchange, LastWords } from '../request.ts'

/** What the audit calls it. */
export const OUTCOME: Readonly<Record<CancelReason, AuditOutcome>> = {
  client: 'cancelled',
  revoked: 'revoked',
  shutdown: 'cancelled',
}

/** Ends a call, also one whose intent is still on its way to the disk. */
export function cancelExchange(
  exchange: Exchange,
  reason: CancelReason,
  final?: LastWords,
): void {
  if (exchange.relay) exchange.relay.cancel(reason, final)
  else exchange.ended ??= { reason, final }
}
