// Owned by engineering: what its people need to get their work done.
import { testsFor } from 'portcullis'
import { roles } from '../roles/all.ts'
import { servers } from '../servers.ts'
import { teams } from '../teams.ts'

export const engineering = testsFor({ servers, roles, teams })({
  'engineers merge at home': {
    team: 'platform',
    args: { owner: 'acme' },
    allow: { github: ['merge_pull_request', 'create_branch'] },
  },
  'engineers merge at home only': {
    team: 'platform',
    args: { owner: 'elsewhere' },
    deny: { github: ['merge_pull_request'] },
  },
})
