// Owned by security: what roles of other files build on.
import { rolesFor } from 'portcullis'
import { servers } from '../servers.ts'

export const shared = rolesFor(servers)({
  reader: {
    allow: {
      github: ['get_*', 'list_*', 'search_*'],
      docs: ['read_*', { resource: 'file:///*' }],
    },
  },
  // Extended by whoever may change something: the one place for what nobody may.
  careful: { deny: { github: ['delete_*'] } },
})
