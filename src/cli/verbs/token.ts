// `gateway token`: the verbs over token records.
// In: nothing. Out: the group; each verb has a file of its own.

import type { VerbGroup } from '../verb.ts'
import { issue } from './token/issue.ts'
import { list } from './token/list.ts'
import { revoke } from './token/revoke.ts'

export const token: VerbGroup = {
  name: 'token',
  summary: 'issue, list and revoke tokens, offline',
  verbs: [issue, list, revoke],
}
