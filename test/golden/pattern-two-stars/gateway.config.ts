import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: { files: stdio({ command: 'files-mcp' }) },
  roles: {
    reader: {
      allow: {
        files: [
          'read_**',
          { tool: 'write_file', when: { path: { glob: 'drafts/**' } } },
          'read_[ab]**',
        ],
      },
    },
  },
  teams: { all: { roles: ['reader'] } },
})
