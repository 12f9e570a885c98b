// What CI reads on every pull request: see .github/workflows/gateway.yml.
import { defineGateway } from 'portcullis'
import { roles } from './gateway/roles.ts'
import { servers } from './gateway/servers.ts'

export default defineGateway({
  servers,
  roles,
  teams: {
    platform: { roles: ['engineer'] },
    support: { roles: ['reader'] },
  },
  limits: {
    'tracker-each': {
      on: { tracker: ['*'] },
      calls: 60,
      per: 'minute',
      each: 'token',
    },
  },
  tests: {
    'support never writes to the tracker': {
      team: 'support',
      allow: { tracker: ['get_ticket'] },
      deny: { tracker: ['create_ticket', 'delete_ticket'] },
    },
  },
})
