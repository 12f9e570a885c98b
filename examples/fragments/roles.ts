// Owned by security: who may do what. A misspelt server is an editor error.
import { rolesFor } from 'portcullis'
import { servers } from './servers.ts'

const reads = ['get_*', 'list_*', 'search_*']

export const roles = rolesFor(servers)({
  reader: {
    allow: { github: reads, docs: ['read_*', { resource: 'file:///*' }] },
  },
  engineer: {
    extends: ['reader'],
    allow: {
      github: [
        'create_*',
        { tool: 'merge_pull_request', when: { owner: { in: ['acme'] } } },
      ],
    },
    deny: { github: ['delete_*'] },
  },
})
