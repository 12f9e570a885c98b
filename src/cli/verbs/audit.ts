// `gateway audit`: the verbs over the audit file.
// In: nothing. Out: the group; each verb has a file of its own.

import type { VerbGroup } from '../verb.ts'
import { query } from './audit/query.ts'
import { replay } from './audit/replay.ts'
import { unused } from './audit/unused.ts'

export const audit: VerbGroup = {
  name: 'audit',
  summary: 'ask the audit who called what, and what follows from it',
  verbs: [query, replay, unused],
}
