// Owned by engineering; security approves.
import { rolesFor } from 'portcullis'
import { servers } from '../servers.ts'
import { shared } from './shared.ts'

export const engineering = rolesFor(
  servers,
  shared,
)({
  engineer: {
    extends: ['reader', 'careful'],
    allow: {
      github: [
        'create_*',
        { tool: 'merge_pull_request', when: { owner: { in: ['acme'] } } },
      ],
    },
  },
})
