import { rolesFor } from 'portcullis'
import { servers } from './servers.ts'

export const roles = rolesFor(servers)({
  reader: {
    allow: { tracker: ['get_*', 'list_*'], wiki: ['*'] },
  },
  engineer: {
    extends: ['reader'],
    allow: { tracker: ['create_ticket'] },
  },
})
