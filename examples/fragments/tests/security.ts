// Owned by security: what must stay so, whoever edits a role.
import { testsFor } from 'portcullis'
import { roles } from '../roles/all.ts'
import { servers } from '../servers.ts'
import { teams } from '../teams.ts'

export const security = testsFor({ servers, roles, teams })({
  'interns read and never write': {
    team: 'interns',
    allow: { github: ['get_issue'] },
    deny: { github: ['delete_file', 'create_issue'] },
  },
  'nobody deletes': {
    role: 'engineer',
    deny: { github: ['delete_file'] },
  },
  'support stays in its repository': {
    role: 'support',
    args: { repo: 'website' },
    deny: { github: ['create_issue'] },
  },
})
