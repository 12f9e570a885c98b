// The result of one call.
// In: nothing. Out: a type.
// INVARIANT: a call that got no answer is none of these.

import type { AuditRecord } from '../../../contract/audit.ts'
import type { Answer } from '../../mcp/post.ts'

export interface Called {
  readonly answer: Answer
  /** Names it in the audit; '' if the gateway gave none. */
  readonly requestId: string
  /** Undefined: its gateway alone has it. */
  readonly record?: AuditRecord | undefined
  /** The file of the record, where it is here. */
  readonly trail?: string
  /** Why its server is not up, where the gateway is ours. */
  readonly problem?: string | null
}
