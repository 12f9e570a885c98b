// `gateway grants`: the verbs over accounts that somebody has signed in to.
// In: nothing. Out: the group; each verb has its own file.

import type { VerbGroup } from '../verb.ts'
import { list } from './grants/list.ts'
import { revoke } from './grants/revoke.ts'

export const grants: VerbGroup = {
  name: 'grants',
  summary: 'list and revoke the sign-ins that a gateway keeps',
  verbs: [list, revoke],
}
