import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  roles: {
    reader: { allow: { github: ['get_*'] }, deny: { github: ['get_secret'] } },
    merger: {
      extends: ['reader'],
      allow: { github: [{ tool: 'merge', when: { owner: { in: ['acme'] } } }] },
    },
  },
  teams: { interns: { roles: ['reader'] } },
  tests: {
    'readers read': { role: 'reader', allow: { github: ['get_issue'] } },
    'readers read secrets': { role: 'reader', allow: { github: ['get_secret'] } },
    'interns read nothing': { team: 'interns', deny: { github: ['get_issue'] } },
    'readers read files': { role: 'reader', allow: { files: ['read'] } },
    'merges anywhere': {
      role: 'merger',
      args: { owner: 'else' },
      allow: { github: ['merge'] },
    },
  },
})
