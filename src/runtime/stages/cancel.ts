// Ends a call before its answer.
// INVARIANT: a call is cancelled once; if its intent is not yet recorded, it
// ends when the relay starts.

import type { AuditOutcome } from '../../contract/audit.ts'
import type { CancelReason, Exchange, FinalAnswer } from '../request.ts'

/** The audit outcome of each reason. */
export const OUTCOME: Readonly<Record<CancelReason, AuditOutcome>> = {
  client: 'cancelled',
  revoked: 'revoked',
  shutdown: 'cancelled',
}

/** Ends a call, also one whose intent is not yet recorded. */
export function cancelExchange(
  exchange: Exchange,
  reason: CancelReason,
  final?: FinalAnswer,
): void {
  if (exchange.relay) exchange.relay.cancel(reason, final)
  else exchange.ended ??= { reason, final }
}
