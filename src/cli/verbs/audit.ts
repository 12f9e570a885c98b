// `gateway audit`: the verbs over the audit trail.
// In: nothing. Out: the group; each verb has a file of its own.

import type { VerbGroup } from '../verb.ts'
import { verify } from './audit/verify.ts'

export const audit: VerbGroup = {
  name: 'audit',
  summary: 'read and verify the audit trail',
  verbs: [verify],
}
