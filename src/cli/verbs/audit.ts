// `gateway audit`: the verbs over the audit trail.
// In: nothing. Out: the group; each verb has its own file.

import type { VerbGroup } from '../verb.ts'
import { key } from './audit/key.ts'
import { query } from './audit/query.ts'
import { replay } from './audit/replay.ts'
import { unused } from './audit/unused.ts'
import { verify } from './audit/verify.ts'

export const audit: VerbGroup = {
  name: 'audit',
  summary: 'query the audit trail, and verify that it is intact',
  verbs: [query, replay, unused, verify, key],
}
