// `gateway token`: the verbs over token records.
// In: nothing. Out: the group; each verb has its own file.

import type { VerbGroup } from '../verb.ts'
import { inspect } from './token/inspect.ts'
import { issue } from './token/issue.ts'
import { list } from './token/list.ts'
import { revoke } from './token/revoke.ts'
import { rotate } from './token/rotate.ts'

export const token: VerbGroup = {
  name: 'token',
  summary: 'issue, list, inspect, rotate and revoke tokens',
  verbs: [issue, list, inspect, rotate, revoke],
}
