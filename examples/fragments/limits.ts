// Owned by the platform team: what a server can bear.
import { limitsFor } from 'portcullis'
import { roles } from './roles/all.ts'
import { servers } from './servers.ts'
import { teams } from './teams.ts'

export const limits = limitsFor({ servers, roles, teams })({
  'github-each': {
    on: { github: ['*'] },
    calls: 60,
    per: 'minute',
    each: 'token',
  },
  'interns-search': {
    on: { github: ['search_*'] },
    for: { teams: ['interns'] },
    calls: 20,
    per: 'hour',
    burst: 5,
    each: ['team', 'tool'],
  },
  'writers-together': {
    on: { github: ['create_*', 'merge_*'] },
    for: { roles: ['engineer', 'support'] },
    concurrent: 2,
  },
  // Watched before it is enforced.
  'docs-daily': {
    on: { docs: [{ resource: '*' }] },
    calls: 1000,
    per: 'day',
    each: 'subject',
    mode: 'warn',
  },
})
