// The root: fragments with their own owners, joined by plain imports.
import { defineGateway } from 'portcullis'
import { roles } from './roles.ts'
import { servers } from './servers.ts'

export default defineGateway({
  servers,
  roles,
  teams: {
    platform: { roles: ['engineer'] },
    interns: { roles: ['reader'] },
  },
  limits: {
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
      each: 'team',
    },
  },
  tests: {
    'interns never delete': {
      team: 'interns',
      allow: { github: ['get_issue'] },
      deny: { github: ['delete_file', 'create_issue'] },
    },
    'engineers merge at home only': {
      team: 'platform',
      args: { owner: 'elsewhere' },
      deny: { github: ['merge_pull_request'] },
    },
  },
})
