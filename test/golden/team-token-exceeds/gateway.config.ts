import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: { files: stdio({ command: 'files-mcp' }) },
  roles: {
    reader: { allow: { files: ['read_file'] } },
    writer: { extends: ['reader'], allow: { files: ['write_file'] } },
  },
  teams: { interns: { roles: ['reader'] }, staff: { roles: ['writer'] } },
  tests: {
    'interns never write': {
      team: 'interns',
      allow: { files: ['read_file'] },
      deny: { files: ['write_file'] },
    },
  },
})
