import { rolesFor } from 'portcullis'
import { servers } from '../servers.ts'

const reads = ['get_*', 'list_?']

export const roles = rolesFor(servers)({
  reader: { allow: { github: [...reads, 'search'], fils: ['read_*'] } },
  engineer: { extends: ['reader', 'wirter'], allow: { github: ['create_*'] } },
})
